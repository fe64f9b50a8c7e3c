/// A turn brought to where its journal ends: what the worker that died had done is done, and what it was at is known.
struct TurnReplay: Sendable {
    /// Who asked for what.
    let recorded: JournalledTurn
    private(set) var turn: Turn
    /// What is to be done next; of tool calls only those without a result.
    private(set) var action: Turn.Action
    /// When the writes were begun that have no result: they may have been done.
    private(set) var begun: [Turn.Place: Int] = [:]
    /// The calls under way, by their numbers.
    private var running: [Int: Turn.Call] = [:]

    /// - Parameter turn: the same turn, not started.
    init(of recorded: RecordedTurn, in turn: Turn) {
        self.recorded = recorded.turn
        self.turn = turn
        action = .wait
        self.turn.know(recorded.usedTools)
        take(self.turn.start())
        for entry in recorded.entries { take(entry) }
        if case .callTools = action { action = .callTools(calls) }
        _ = self.turn.takeEntries()
    }

    /// Ends the turn instead of going on with it.
    /// - Parameter result: what became of a call that has no result.
    mutating func settle(_ result: (Turn.Call, _ begunAt: Int?) async -> ToolResult) async -> Turn.Action {
        if case .finish = action { return action }
        let open = calls
        var action = turn.workerLost()
        for call in open {
            action = turn.toolFinished(call.place.number, await result(call, begun[call.place]))
        }
        return action
    }

    private var calls: [Turn.Call] { running.values.sorted { $0.place.number < $1.place.number } }

    /// Entries that stand twice have no second effect.
    private mutating func take(_ entry: JournalEntry) {
        switch entry {
        case .answer(let step, let answer):
            guard case .callModel = action, step == turn.steps + 1 else { return }
            take(turn.modelAnswered(answer))
        case .intent(let place, let startedAt):
            begun[place] = begun[place] ?? startedAt
        case .result(let place, let result):
            begun[place] = nil
            guard place.step == turn.steps, running.removeValue(forKey: place.number) != nil else { return }
            take(turn.toolFinished(place.number, result))
        case .turn, .withdrawn: break
        }
    }

    private mutating func take(_ next: Turn.Action) {
        if case .callTools(let calls) = next {
            for call in calls { running[call.place.number] = call }
        }
        if next != .wait { action = next }
    }
}
