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
    mutating func feed(_ line: some Collection<UInt8>) -> Step {
        bytesLeft -= line.count
        guard bytesLeft >= 0 else { return .tooLarge }
        guard !isComplete else { return .more }
        let text = String(decoding: line, as: UTF8.self).trimmedOfWhitespace
        guard let head else { return start(text) }
        guard text.isEmpty else { return field(text) }
        guard head.status >= 200 else {
            self.head = nil
            return .more
        }
        isComplete = true
        return .head(head)
    }

    private mutating func start(_ text: Substring) -> Step {
        let words = text.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/"), words[1].utf8.count == 3,
            let status = Int(words[1]), status >= 100
        else { return .malformed }
        head = ResponseHead(status: status, headers: [:], isMultiplexed: words[0] == "HTTP/2")
        return .more
    }

    private mutating func field(_ text: Substring) -> Step {
        // A line without a colon is an old folded one, or noise: no field that anyone here asks for.
        guard let colon = text.firstIndex(of: ":") else { return .more }
        head?.headers.add(String(text[..<colon]), String(text[text.index(after: colon)...].trimmedOfWhitespace))
        return .more
    }
}

extension StringProtocol where SubSequence == Substring {
    fileprivate var trimmedOfWhitespace: Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r\n" || $0 == "\n" || $0 == "\r" }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return ""
        }
        return self[first...last]
    }
}
