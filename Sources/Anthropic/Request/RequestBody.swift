import Agent

/// The body of a Messages API request, put together by copying: definitions of tools and the history go in as the bytes
/// they are stored as, so that every turn repeats its predecessors' prefix exactly and the prompt cache hits.
/// Source: https://docs.claude.com/en/api/messages
struct RequestBody {
    private(set) var bytes: [UInt8] = []

    init(_ request: ModelRequest, model: String, maxTokens: Int) {
        let marks = CacheMarks(for: request)
        let tools = request.tools.reduce(0) { $0 + $1.definition.count + 1 }
        bytes.reserveCapacity(request.conversation.bytes.count + request.system.utf8.count + tools + 1024)
        append(#"{"model":"#)
        bytes.appendJSONString(model)
        append(#","max_tokens":\#(maxTokens),"stream":true"#)
        appendTools(request.tools, marked: marks.tools)
        appendSystem(request.system, marked: marks.system)
        append(#","messages":"#)
        appendMessages(request.conversation, marks)
        append("]}")
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func appendTools(_ tools: [Tool], marked: Bool) {
        guard !tools.isEmpty else { return }
        append(#","tools":["#)
        for (index, tool) in tools.enumerated() {
            if index > 0 { append(",") }
            if marked, index == tools.count - 1 { appendMarked(tool.definition[...]) } else { bytes += tool.definition }
        }
        append("]")
    }

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

    /// Copies an object that has at least one member and puts the mark behind the last one.
    private mutating func appendMarked(_ object: ArraySlice<UInt8>) {
        bytes += object.dropLast()
        append(",\(cacheMark)}")
    }
}

private let cacheMark = #""cache_control":{"type":"ephemeral"}"#
