import Agent

/// What a signal is about.
enum SignalName: Hashable, Sendable {
    /// The run is to ask for its lease again: its turn may have come, or have ended.
    case turn(RunID)
    /// There is news of the run, for whom the topic concerns.
    case run(RunID, RunTopic)
}

extension SignalName {
    /// As it is published; see `shared.lua` and `shared-runs.lua`.
    var text: String {
        switch self {
        case .turn(let run): run.text
        case .run(let run, .wishes): run.text + ":wishes"
        case .run(let run, .events): run.text + ":events"
        }
    }

    init(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1)
        let run = RunID(stored: parts.first.map(String.init) ?? "")
        switch parts.dropFirst().first {
        case "wishes": self = .run(run, .wishes)
        case "events": self = .run(run, .events)
        default: self = .turn(RunID(stored: text))
        }
    }
}
