/// One entry of the journal that a run keeps beside its session while it is under way: what another worker needs to go on
/// where a dead one stopped. Gone with the commit.
///
///     turn  answer(1) intent(1.0) result(1.0) intent(1.1)  ┊ the worker dies: 1.1 was begun, its result is not known
///
/// An append whose outcome is unknown is repeated, so entries may stand twice.
enum JournalEntry: Sendable, Equatable {
    /// A turn begins; what follows belongs to it.
    case turn(JournalledTurn)
    /// The model answered and the turn goes on. Steps count from 1.
    case answer(step: Int, ModelAnswer)
    /// A write is about to be done. `startedAt` is in milliseconds since 1970, UTC.
    case intent(Turn.Place, startedAt: Int)
    /// What came of a call, as it goes into the history.
    case result(Turn.Place, ToolResult)
    /// The turn failed before it did anything: as if it had never been.
    case withdrawn
}

/// Which turn a journal tells about.
struct JournalledTurn: Sendable, Equatable {
    var runID: RunID
    var idempotency: Idempotency?
    var prompt: String
    var projectID: Int
    var milestoneID: Int
    var userStoryID: Int?

    /// Names a call of the turn, for every worker that may have to do with it.
    func key(of place: Turn.Place) -> String { "\(runID).\(place.step).\(place.number)" }

    /// The context that the turn's tools act in, for the user of `context`.
    func context(for context: RunContext) -> RunContext {
        RunContext(
            projectID: projectID,
            milestoneID: milestoneID,
            userStoryID: userStoryID,
            user: context.user,
            credentials: context.credentials
        )
    }
}

extension JournalledTurn {
    init(_ request: RunRequest) {
        self.init(
            runID: request.runID,
            idempotency: request.idempotency,
            prompt: request.prompt,
            projectID: request.context.projectID,
            milestoneID: request.context.milestoneID,
            userStoryID: request.context.userStoryID
        )
    }
}

/// A turn as its journal tells it.
struct RecordedTurn: Sendable, Equatable {
    var turn: JournalledTurn
    var entries: [JournalEntry] = []

    /// The turns in a journal, in order; the last one is whose worker died last.
    /// - Throws: for an entry that is none.
    static func turns(in journal: [[UInt8]]) throws(JSONError) -> [RecordedTurn] {
        var turns: [RecordedTurn] = []
        for bytes in journal {
            switch try JournalEntry(parsing: bytes) {
            case .turn(let turn): if turns.last?.turn.runID != turn.runID { turns.append(RecordedTurn(turn: turn)) }
            case let entry:
                guard !turns.isEmpty else { throw .wrongMembers }
                turns[turns.count - 1].entries.append(entry)
            }
        }
        return turns.filter { $0.entries.last != .withdrawn }
    }

    /// The tools whose calls were begun, or have results: they were there then, whatever is offered now.
    var usedTools: [String: Tool.Access] {
        var calls: [Turn.Place: String] = [:]
        var used: [String: Tool.Access] = [:]
        for entry in entries {
            switch entry {
            case .answer(let step, let answer):
                let names = answer.blocks.compactMap { if case .toolUse(let call) = $0 { call.name } else { nil } }
                for (number, name) in names.enumerated() { calls[Turn.Place(step: step, number: number)] = name }
            case .intent(let place, _): calls[place].map { used[$0] = .write }
            case .result(let place, _): calls[place].map { used[$0] = used[$0] ?? .read }
            case .turn, .withdrawn: break
            }
        }
        return used
    }
}
