/// The history that a turn leaves, on its way into the store.
package enum NewHistory: Sendable {
    /// Takes the place of what is stored: a JSON array of messages.
    case whole([UInt8])
    /// What is stored, with more behind it. `open` is all of it but the closing bracket; its first `stored` bytes are what
    /// is stored, closing bracket aside, and that is the last byte there. A store may write only the rest.
    case longer(open: [UInt8], stored: Int)

    /// How many bytes the history has.
    package var count: Int {
        switch self {
        case .whole(let bytes): bytes.count
        case .longer(let open, _): open.count + 1
        }
    }

    /// All of the history; a copy, if it is ``longer(open:stored:)``.
    package var bytes: [UInt8] {
        switch self {
        case .whole(let bytes): bytes
        case .longer(let open, _): Self.closed(open[...])
        }
    }

    /// What is to be written, and where: over the closing bracket that is stored, or, without an offset, instead of it all.
    package var written: (bytes: [UInt8], offset: Int?) {
        switch self {
        case .whole(let bytes): (bytes, nil)
        case .longer(let open, let stored): (Self.closed(open[stored...]), stored)
        }
    }

    private static func closed(_ open: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(open.count + 1)
        bytes += open
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }
}
