import Agent

/// The body of a Messages API request, put together by copying: definitions of tools and the history go in as the bytes
/// they are stored as, so that every turn repeats its predecessors' prefix exactly and the prompt cache hits.
/// Source: https://docs.claude.com/en/api/messages
struct RequestBody {
    private(set) var bytes: [UInt8] = []

    init(_ request: ModelRequest, model: String, maxTokens: Int) {
        self.init(request, opening: Self.opening(model: model, maxTokens: maxTokens, tools: request.tools))
    }

    /// - Parameter opening: ``opening(model:maxTokens:tools:)`` for the tools of `request`.
    init(_ request: ModelRequest, opening: [UInt8]) {
        let marks = CacheMarks(for: request)
        bytes.reserveCapacity(opening.count + request.conversation.bytes.count + request.system.utf8.count + 512)
        bytes += opening
        appendSystem(request.system, marked: marks.system)
        append(#","messages":"#)
        appendMessages(request.conversation, marks)
        append("]}")
    }

    /// The mark, if there are tools, goes into the last definition, which has at least one member.
    static func opening(model: String, maxTokens: Int, tools: ToolList) -> [UInt8] {
        var bytes = Array(#"{"model":"#.utf8)
        bytes.appendJSONString(model)
        bytes += #","max_tokens":\#(maxTokens),"stream":true"#.utf8
        guard !tools.isEmpty else { return bytes }
        bytes += #","tools":"#.utf8
        bytes += tools.encoded
        bytes.removeLast("}]".utf8.count)
        bytes += ",\(cacheMark)}]".utf8
        return bytes
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func appendSystem(_ system: String, marked: Bool) {
        guard !system.isEmpty else { return }
        append(#","system":[{"type":"text","text":"#)
        bytes.appendJSONString(system)
        append(marked ? ",\(cacheMark)}]" : "}]")
    }

    /// The history up to its closing bracket, with the marks spliced in where they belong and those of others left out.
    private mutating func appendMessages(_ conversation: Conversation, _ marks: CacheMarks) {
        let stored = conversation.bytes
        let foreign = ForeignMarks(in: conversation).ranges
        var copied = 0
        for place in marks.places {
            switch place {
            case .block(let block):
                append(stored[copied..<block.upperBound - 1], without: foreign)
                append(",\(cacheMark)}")
                copied = block.upperBound
            case .text(let literal):
                append(stored[copied..<literal.lowerBound], without: foreign)
                append(#"[{"type":"text","text":"#)
                bytes += stored[literal]
                append(",\(cacheMark)}]")
                copied = literal.upperBound
            }
        }
        append(stored[copied...], without: foreign)
    }

    private mutating func append(_ part: ArraySlice<UInt8>, without cuts: [Range<Int>]) {
        var copied = part.startIndex
        for cut in cuts where cut.lowerBound >= copied && cut.upperBound <= part.endIndex {
            bytes += part[copied..<cut.lowerBound]
            copied = cut.upperBound
        }
        bytes += part[copied...]
    }
}

private let cacheMark = #""cache_control":{"type":"ephemeral"}"#
