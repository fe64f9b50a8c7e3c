/// Messages of a conversation in a new selection: some as they are stored, some made anew.
struct Excerpt {
    enum Piece {
        /// The conversation's message with this number.
        case stored(Int)
        /// A message that is encoded already.
        case made([UInt8])
    }

    var pieces: [Piece] = []

    /// The JSON array. What stands between two neighbours that stay neighbours is kept as well.
    func bytes(of source: Conversation) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.bytes.count + 1024)
        var last: Int?
        for (place, piece) in pieces.enumerated() {
            let stored: Int? = if case .stored(let number) = piece { number } else { nil }
            if let last, stored == last + 1 {
                let gap = source.messages[last].range.upperBound..<source.messages[last + 1].range.lowerBound
                bytes += source.bytes[gap]
            } else if place == 0, stored == 0 {
                bytes += source.bytes[..<source.messages[0].range.lowerBound]
            } else {
                bytes.append(place == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","))
            }
            switch piece {
            case .stored(let number): bytes += source.bytes[source.messages[number].range]
            case .made(let json): bytes += json
            }
            last = stored
        }
        if pieces.isEmpty { bytes.append(UInt8(ascii: "[")) }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }
}
