/// One event of an event stream, as it is on the wire.
struct StreamEvent: Sendable, Equatable {
    /// `message` when the stream does not name it.
    var name: String
    var data: String
    /// The id that came with it, and only with it: events without a place in the run come without one.
    var id: String?
}

/// Bytes in, events out, wherever the bytes are cut. Source: WHATWG HTML, section 9.2.6 "Interpreting an event stream".
struct EventStreamParser: Sendable {
    /// How long the stream asks its readers to wait before they come back.
    private(set) var retry: Duration?

    private let limit: Int
    private var line: [UInt8] = []
    private var isFirstLine = true
    /// The line before ended with a carriage return, so that a line feed belongs to it.
    private var isBehindReturn = false
    private var name = ""
    private var lines: [String] = []
    private var bytes = 0
    private var id: String?

    /// - Parameter limit: bytes of one event.
    init(limit: Int = 4 * 1024 * 1024) { self.limit = limit }

    /// - Returns: the events that end in `piece`.
    /// - Throws: `.unreadable` for an event over the limit.
    mutating func take(_ piece: some Sequence<UInt8>) throws(ParleyError) -> [StreamEvent] {
        var events: [StreamEvent] = []
        for byte in piece {
            let isBehindReturn = self.isBehindReturn
            self.isBehindReturn = byte == Self.carriageReturn
            switch byte {
            case Self.lineFeed where isBehindReturn: continue
            case Self.lineFeed, Self.carriageReturn: if let event = endLine() { events.append(event) }
            default:
                line.append(byte)
                bytes += 1
                guard bytes <= limit else {
                    throw ParleyError(.unreadable, "An event of the stream is larger than \(limit) bytes")
                }
            }
        }
        return events
    }

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private mutating func endLine() -> StreamEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        var text = line[...]
        if isFirstLine, text.starts(with: Self.byteOrderMark) { text = text.dropFirst(Self.byteOrderMark.count) }
        isFirstLine = false
        if text.isEmpty { return endEvent() }
        let field = text.prefix { $0 != UInt8(ascii: ":") }
        var value = text[field.endIndex...].dropFirst()
        // One blank behind the colon is for the eye.
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        take(field: String(decoding: field, as: UTF8.self), String(decoding: value, as: UTF8.self))
        return nil
    }

    /// A comment is a field without a name, and ignored like every one that has no meaning.
    private mutating func take(field: String, _ value: String) {
        switch field {
        case "event": name = value
        case "data": lines.append(value)
        case "id" where !value.contains("\0"): id = value
        case "retry" where !value.isEmpty && value.utf8.allSatisfy({ (0x30...0x39).contains($0) }):
            retry = Int(value).map { .milliseconds($0) } ?? retry
        default: break
        }
    }

    private mutating func endEvent() -> StreamEvent? {
        defer {
            name = ""
            id = nil
            lines = []
            bytes = 0
        }
        guard !lines.isEmpty else { return nil }
        return StreamEvent(name: name.isEmpty ? "message" : name, data: lines.joined(separator: "\n"), id: id)
    }
}
