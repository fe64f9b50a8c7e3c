/// What bounds every run of this worker.
package struct RunSettings: Sendable {
    /// From the request's arrival to its answer.
    package var deadline: Duration
    package var budgets: Budgets
    /// Seconds that a session lives after its last turn.
    package var timeToLive: Int
    /// What a prompt may take of the model's tokens; longer histories are cut.
    package var historyMaxTokens: Int

    package init(
        deadline: Duration = .seconds(30),
        budgets: Budgets = Budgets(),
        timeToLive: Int = 1800,
        historyMaxTokens: Int = 32_000
    ) {
        self.historyMaxTokens = historyMaxTokens
        self.deadline = deadline
        self.budgets = budgets
        self.timeToLive = timeToLive
    }

    /// The part of the deadline that is kept for storing the turn: a second, or a tenth of a short deadline.
    var commitReserve: Duration { min(.seconds(1), deadline / 10) }

    /// The part of it that is kept for sending the answer.
    var answerReserve: Duration { commitReserve / 10 }
}
