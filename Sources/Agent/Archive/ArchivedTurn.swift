/// A committed turn as the archive keeps it: what was said, what was done, what it cost. It holds no token.
package struct ArchivedTurn: Sendable {
    package var runID: RunID
    package var projectID: Int
    package var milestoneID: Int
    package var userStoryID: Int?
    /// The model's name.
    package var model: String
    /// When the turn was asked for, in milliseconds since 1970, UTC; `nil` for one whose worker was lost.
    package var startedAt: Int?
    /// When it was ready to be committed.
    package var endedAt: Int
    package var outcome: TurnOutcome
    /// The turn's own messages, a JSON array of them, whole: what is cut from a history is cut after this.
    package var messages: [UInt8]

    package init(
        runID: RunID,
        projectID: Int,
        milestoneID: Int,
        userStoryID: Int?,
        model: String,
        startedAt: Int?,
        endedAt: Int,
        outcome: TurnOutcome,
        messages: [UInt8]
    ) {
        self.runID = runID
        self.projectID = projectID
        self.milestoneID = milestoneID
        self.userStoryID = userStoryID
        self.model = model
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.outcome = outcome
        self.messages = messages
    }
}

extension ArchivedTurn {
    /// - Parameter first: the first message of `conversation` that is the turn's own.
    init(
        _ turn: JournalledTurn,
        model: String,
        startedAt: Int?,
        endedAt: Int,
        outcome: TurnOutcome,
        in conversation: Conversation,
        from first: Int
    ) {
        self.init(
            runID: turn.runID,
            projectID: turn.projectID,
            milestoneID: turn.milestoneID,
            userStoryID: turn.userStoryID,
            model: model,
            startedAt: startedAt,
            endedAt: endedAt,
            outcome: outcome,
            messages: conversation.stored(from: first)
        )
    }
}
