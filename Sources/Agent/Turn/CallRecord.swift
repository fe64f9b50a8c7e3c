/// What became of one tool call of a turn, for whoever asks later.
package struct CallRecord: Sendable, Equatable {
    package enum Outcome: String, Sendable {
        case ok
        case error
        /// It was cut off: what it did is not known.
        case unfinished
        /// A budget, a stop or a mistake in the call kept it from being made.
        case notRun = "not_run"
    }

    package var call: ToolCall
    package var access: Tool.Access
    package var outcome = Outcome.notRun
    /// What the call really created.
    package var created: [CreatedArtifact] = []
    /// How long it took; `nil` when it was not made, or by a worker that is lost.
    package var milliseconds: Int?

    package init(_ call: ToolCall, access: Tool.Access) {
        self.call = call
        self.access = access
    }
}
