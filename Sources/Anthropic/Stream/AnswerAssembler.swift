import Agent
import WebClient

/// Puts a model's answer together from the events of a stream: events in, an answer out.
/// Source: https://docs.claude.com/en/docs/build-with-claude/streaming
struct AnswerAssembler {
    enum Step: Equatable {
        case more
        /// More of the answer's text, not empty.
        case text(String)
        case finished(ModelAnswer)
        case failed(CallFailure)
    }

    private var hasStarted = false
    private var blocks: [BlockAssembler] = []
    private var stopReason: StopReason?
    private var usage = Usage()

    /// Takes one event. After `.finished` and `.failed` nothing more is to be fed.
    mutating func feed(_ event: ServerSentEvent) -> Step {
        // Not even parsed, so that an event of a kind that is yet to be invented may hold what it likes.
        guard Self.known.contains(event.name) || event.name == "message" else { return .more }
        if event.name == "content_block_delta", let delta = BlockDelta(plain: event.data) { return add(delta) }
        guard let data = Self.parse(event.data) else {
            return .failed(.malformed("an event of the stream is not JSON"))
        }
        // Servers that do not name their events say it in the data.
        let name = event.name == "message" ? data["type"]?.stringValue ?? "" : event.name
        do throws(CallFailure) {
            switch name {
            case "message_start": try start(data)
            case "content_block_start": return try startBlock(data)
            case "content_block_delta":
                guard let delta = BlockDelta(data) else { throw .malformed("content_block_delta is out of place") }
                return add(delta)
            case "message_delta": try change(data)
            case "message_stop": return .finished(try finish())
            case "error": throw CallFailure(streamed: data)
            default: break
            }
            return .more
        } catch {
            return .failed(error)
        }
    }

    private static func parse(_ text: String) -> JSONValue? {
        if let data = try? JSONValue(parsing: text.utf8) { return data }
        return LoneSurrogates.replaced(in: text).flatMap { try? JSONValue(parsing: $0) }
    }

    private static let known: Set = [
        "message_start", "content_block_start", "content_block_delta", "message_delta", "message_stop", "error",
    ]

    private mutating func start(_ data: JSONValue) throws(CallFailure) {
        guard !hasStarted, let message = data["message"] else {
            throw .malformed("message_start is out of place")
        }
        hasStarted = true
        usage.update(from: message["usage"])
    }

    private mutating func startBlock(_ data: JSONValue) throws(CallFailure) -> Step {
        guard hasStarted, data["index"]?.intValue == blocks.count, let block = data["content_block"],
            let assembler = BlockAssembler(block)
        else { throw .malformed("content_block_start is out of place") }
        blocks.append(assembler)
        return Self.step(for: assembler.openingText)
    }

    private mutating func add(_ delta: BlockDelta) -> Step {
        do throws(CallFailure) {
            guard blocks.indices.contains(delta.index) else {
                throw .malformed("content_block_delta is out of place")
            }
            let text = try blocks[delta.index].add(delta)
            // Text is told as it comes, which is the answer's text only as long as its blocks grow one after another.
            guard text.isEmpty || !blocks[(delta.index + 1)...].contains(where: \.isText) else {
                throw .malformed("text was added to a block behind which more text has come")
            }
            return Self.step(for: text)
        } catch {
            return .failed(error)
        }
    }

    private static func step(for text: String) -> Step { text.isEmpty ? .more : .text(text) }

    private mutating func change(_ data: JSONValue) throws(CallFailure) {
        guard hasStarted else { throw .malformed("message_delta is out of place") }
        if let reason = data["delta"]?["stop_reason"]?.stringValue { stopReason = StopReason(reason) }
        usage.update(from: data["usage"])
    }

    private func finish() throws(CallFailure) -> ModelAnswer {
        guard hasStarted, let stopReason else { throw .malformed("the stream stopped without a stop reason") }
        return ModelAnswer(blocks: blocks.map(\.block), stopReason: stopReason, usage: usage)
    }
}

extension ModelAnswer {
    /// Reads a message that came in one piece.
    init(message: JSONValue) throws(CallFailure) {
        guard message["type"] == "message", let content = message["content"]?.arrayValue,
            let reason = message["stop_reason"]?.stringValue
        else { throw .malformed("the answer is no message") }
        var blocks: [AnswerBlock] = []
        for block in content {
            guard let assembler = BlockAssembler(block) else { throw .malformed("a block of the answer has no type") }
            blocks.append(assembler.block)
        }
        var usage = Usage()
        usage.update(from: message["usage"])
        self.init(blocks: blocks, stopReason: StopReason(reason), usage: usage)
    }
}

extension StopReason {
    init(_ text: String) {
        self =
            switch text {
            case "end_turn": .endTurn
            case "tool_use": .toolUse
            case "max_tokens": .maxTokens
            case "stop_sequence": .stopSequence
            case "pause_turn": .pauseTurn
            case "refusal": .refusal
            case "model_context_window_exceeded": .contextWindowExceeded
            default: .unknown(text)
            }
    }
}

extension Usage {
    /// Figures in a stream are totals so far: a later one replaces an earlier one.
    fileprivate mutating func update(from json: JSONValue?) {
        func figure(_ key: String) -> Int? { json?[key]?.intValue.map { max(0, $0) } }
        inputTokens = figure("input_tokens") ?? inputTokens
        outputTokens = figure("output_tokens") ?? outputTokens
        cacheReadInputTokens = figure("cache_read_input_tokens") ?? cacheReadInputTokens
        cacheCreationInputTokens = figure("cache_creation_input_tokens") ?? cacheCreationInputTokens
    }
}
