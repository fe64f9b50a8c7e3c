import Agent

extension EncodedEvent {
    /// The event as it is on the wire. `run.finished` holds the answer, `run.failed` the problem.
    init(_ event: RunEvent) {
        switch event {
        case .started(let run, let session):
            let session = session.map { JSONValue.string($0.text) } ?? .null
            self.init("run.started", ["run_id": .string(run.text), "session_id": session])
        case .text(let text): self.init("text.delta", ["text": .string(text)])
        case .textReset: self.init("text.reset", [:])
        case .toolStarted(let call):
            self.init(
                "tool.started",
                ["id": .string(call.id), "name": .string(call.name), "arguments": call.argumentsSummary]
            )
        case .toolFinished(let call, let isOK, let milliseconds):
            self.init(
                "tool.finished",
                [
                    "id": .string(call.id), "name": .string(call.name), "ok": .bool(isOK),
                    "duration_ms": .int(milliseconds),
                ]
            )
        case .finished(let answer): self.init(name: "run.finished", data: answer)
        case .failed(let error, let requestID): self.init("run.failed", Problem(error).json(instance: requestID))
        }
    }

    init(_ name: String, _ json: JSONValue) { self.init(name: name, data: json.encoded()) }
}

extension ToolCall {
    /// The arguments with long texts cut and deep parts left out: for people who watch, not for programs.
    fileprivate var argumentsSummary: JSONValue { JSONValue.object(arguments ?? [:]).summary(depth: 3) }
}

extension JSONValue {
    private static let mostCharacters = 200
    private static let mostElements = 20

    fileprivate func summary(depth: Int) -> JSONValue {
        switch self {
        case .string(let text) where text.count > Self.mostCharacters:
            return .string(text.prefix(Self.mostCharacters - 1) + "…")
        case .array(let elements):
            guard depth > 0 else { return .string("…") }
            let kept = elements.prefix(Self.mostElements).map { $0.summary(depth: depth - 1) }
            return .array(elements.count > kept.count ? kept + [.string("…")] : kept)
        case .object(let members):
            guard depth > 0 else { return .string("…") }
            let kept = members.sorted { $0.key < $1.key }.prefix(Self.mostElements)
            return .object(Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value.summary(depth: depth - 1)) }))
        default: return self
        }
    }
}
