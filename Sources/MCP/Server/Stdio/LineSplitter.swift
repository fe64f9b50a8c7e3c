/// Cuts a stream of bytes into lines, each bounded: a longer one is dropped whole.
struct LineSplitter {
    enum Line: Equatable {
        case line([UInt8])
        case tooLong
    }

    private let maxBytes: Int
    private var rest: [UInt8] = []
    private var isDropping = false

    init(maxBytes: Int) { self.maxBytes = maxBytes }

    /// The lines that end in `bytes`, without their line ends; empty ones are left out.
    mutating func take(_ bytes: [UInt8]) -> [Line] {
        var lines: [Line] = []
        for piece in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            append(piece)
            if let line = finish() { lines.append(line) }
        }
        append(bytes.suffix(while: { $0 != UInt8(ascii: "\n") }))
        return lines
    }

    /// What is left when the stream has ended without a line end.
    mutating func finish() -> Line? {
        defer {
            rest = []
            isDropping = false
        }
        if isDropping { return .tooLong }
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        return rest.isEmpty ? nil : .line(rest)
    }

    private mutating func append(_ piece: some Collection<UInt8>) {
        guard !isDropping, rest.count + piece.count <= maxBytes else {
            isDropping = isDropping || !piece.isEmpty
            rest = []
            return
        }
        rest += piece
    }
}

extension Array where Element == UInt8 {
    fileprivate func suffix(while matches: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        var start = endIndex
        while start > startIndex, matches(self[start - 1]) { start -= 1 }
        return self[start...]
    }
}
