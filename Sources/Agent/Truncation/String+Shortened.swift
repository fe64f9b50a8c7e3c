extension String {
    /// This text, or its beginning and end with a mark between that tells how much is missing, so that it takes at most
    /// `size` bytes as a JSON string, quotes not counted. The mark alone takes up to 48 bytes, which is the least that
    /// comes out of a long text.
    func shortened(toJSONBytes size: Int) -> String {
        // Each byte takes at least itself: most long texts are known as such without a look at them.
        guard utf8.count > size || utf8.reduce(0, { $0 + $1.bytesInJSON }) > size else { return self }
        // Lengths that follow a mark's own length would go in circles; the longest mark is allowed for.
        let room = max(0, size - Self.longestMark)
        // The beginning says more: what it is, and the first of what was listed.
        let head = index(after: room * 2 / 3)
        let tail = index(before: room / 3)
        let left = utf8[head..<max(head, tail)].reduce(0) { $0 + $1.bytesInJSON }
        return self[..<head] + "\n[… \(left) bytes left out …]\n" + self[max(head, tail)...]
    }

    private static let longestMark = 48

    /// The end of the longest beginning that takes at most `size` bytes.
    private func index(after size: Int) -> Index {
        var left = size
        for index in utf8.indices {
            left -= utf8[index].bytesInJSON
            if left < 0 { return scalarStart(at: index) }
        }
        return endIndex
    }

    /// The start of the longest end that takes at most `size` bytes.
    private func index(before size: Int) -> Index {
        var left = size
        var start = utf8.endIndex
        while start > utf8.startIndex {
            let before = utf8.index(before: start)
            left -= utf8[before].bytesInJSON
            if left < 0 { break }
            start = before
        }
        // Not in the middle of a character's bytes.
        while start < utf8.endIndex, utf8[start] & 0xC0 == 0x80 { start = utf8.index(after: start) }
        return start
    }

    private func scalarStart(at index: Index) -> Index {
        var index = index
        while index > utf8.startIndex, utf8[index] & 0xC0 == 0x80 { index = utf8.index(before: index) }
        return index
    }
}

extension UInt8 {
    /// What the byte takes in a JSON string as ``Swift/Array/appendJSONString(_:)`` writes it.
    fileprivate var bytesInJSON: Int {
        switch self {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): 2
        case 0..<0x20: 6
        default: 1
        }
    }
}
