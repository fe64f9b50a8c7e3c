/// The status and the fields of a response.
struct ResponseHead: Sendable, Equatable {
    var status: Int
    var headers: WebHeaders
    /// Whether the connection carries other transfers at the same time (HTTP/2).
    var isMultiplexed = false
}

/// Puts a response's head together from its lines, which libcurl hands over one by one, whatever the HTTP version.
/// Interim heads (1xx) are passed over and trailers are ignored. Source: RFC 9112, sections 4 and 5.
struct ResponseHeadParser {
    enum Step: Equatable {
        case more
        case head(ResponseHead)
        case tooLarge
        case malformed
    }

    private var head: ResponseHead?
    private var isComplete = false
    private var bytesLeft: Int

    init(limit: Int) { bytesLeft = limit }

    /// - Parameter line: one line, with or without its line break.
    mutating func feed(_ line: some BidirectionalCollection<UInt8>) -> Step {
        bytesLeft -= line.count
        guard bytesLeft >= 0 else { return .tooLarge }
        guard !isComplete else { return .more }
        let line = line.trimmedOfBlanks
        guard let head else { return start(line) }
        guard line.isEmpty else { return field(line) }
        guard head.status >= 200 else {
            self.head = nil
            return .more
        }
        isComplete = true
        return .head(head)
    }

    private mutating func start(_ line: some BidirectionalCollection<UInt8>) -> Step {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard words.count >= 2, words[0].starts(with: "HTTP/".utf8), words[1].count == 3,
            let status = Int(String(decoding: words[1], as: UTF8.self)), status >= 100
        else { return .malformed }
        head = ResponseHead(status: status, headers: [:], isMultiplexed: words[0].elementsEqual("HTTP/2".utf8))
        return .more
    }

    private mutating func field(_ line: some BidirectionalCollection<UInt8>) -> Step {
        // A line without a colon is an old folded one, or noise: no field that anyone here asks for.
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return .more }
        let value = line[line.index(after: colon)...].trimmedOfBlanks
        head?.headers.add(String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
        return .more
    }
}

extension BidirectionalCollection<UInt8> {
    /// Without the white space and line breaks at both ends.
    fileprivate var trimmedOfBlanks: SubSequence {
        guard let first = firstIndex(where: { !$0.isBlank }), let last = lastIndex(where: { !$0.isBlank }) else {
            return self[endIndex...]
        }
        return self[first...last]
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}
