import Foundation

/// What an event of a stream tells.
enum Told: Sendable, Equatable {
    case event(ParleyClient.Event)
    case failure(ParleyError)

    /// An event of a known name that cannot be read is passed on as one that is not known, unless it is the end.
    init(_ event: StreamEvent) {
        let data = Data(event.data.utf8)
        func read<Value: Decodable>(_ type: Value.Type) -> Value? { try? JSONDecoder().decode(type, from: data) }
        let known: ParleyClient.Event? =
            switch event.name {
            case "run.started": read(Start.self).map { .started(runID: $0.runID, sessionID: $0.sessionID) }
            case "text.delta": read(Text.self).map { .text($0.text) }
            case "text.reset": .textReset
            case "tool.started": read(ParleyClient.ToolCall.self).map { .toolStarted($0) }
            case "tool.finished": read(ParleyClient.ToolResult.self).map { .toolFinished($0) }
            case "gap": read(Gap.self).map { .gap(from: $0.from, to: $0.to) }
            case "run.finished": read(ParleyClient.Answer.self).map { .finished($0) }
            default: nil
            }
        if let known {
            self = .event(known)
        } else if event.name == "run.finished" || event.name == "run.failed" {
            self = .failure(read(ProblemBody.self).map { ParleyError($0) } ?? .unreadableEnd)
        } else {
            self = .event(.other(name: event.name, data: event.data))
        }
    }

    private struct Start: Decodable {
        var runID: String
        var sessionID: String?

        private enum CodingKeys: String, CodingKey {
            case runID = "run_id"
            case sessionID = "session_id"
        }
    }

    private struct Text: Decodable { var text: String }

    private struct Gap: Decodable { var from, to: String }
}

extension ParleyError {
    fileprivate static let unreadableEnd = Self(.unreadable, "How the run ended cannot be read")
}
