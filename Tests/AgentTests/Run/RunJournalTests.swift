import Logging
import Synchronization
import TestSupport
import Testing

@testable import Agent

/// What a run notes, and what another one makes of it.
@Suite struct RunJournalTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func runner(_ model: ScriptedModel, _ tools: ScriptedTools, _ store: ScriptedStore) -> Runner {
        Runner(model: model, tools: tools, store: store, codec: SummaryCodec())
    }

    private func basis(_ request: RunRequest, journal: [[UInt8]]) throws -> TurnAdmission {
        let session = try #require(request.session)
        let lease = Lease(
            scope: .session(session),
            runID: request.runID,
            fence: 1,
            idempotency: request.idempotency
        )
        return .begun(TurnBasis(lease: lease, stored: nil, journal: journal))
    }

    @Test func aTurnWithoutToolsNotesNothing() async throws {
        let store = ScriptedStore()
        _ = try await runner(ScriptedModel(texts: ["Hi"]), ScriptedTools(), store)
            .run(.example("Hi", session: "s", key: "k"), logger: logger)
        #expect(store.journal.isEmpty)
    }

    @Test func aWriteIsNotedBeforeItIsDoneAndItsResultBeforeTheModelIsAsked() async throws {
        let store = ScriptedStore()
        let noted = Mutex([Int]())
        let note = { @Sendable in noted.withLock { $0.append(store.journal.count) } }
        let tools = ScriptedTools { _ in
            note()
            return ToolResult(text: "made")
        }
        let model = ScriptedModel([
            { _ in .asking(for: ToolCall("a", "make")) },
            { _ in
                note()
                return .saying("Done")
            },
        ])
        let request = RunRequest.example("Go", session: "s", key: "k")
        _ = try await runner(model, tools, store).run(request, logger: logger)
        let turns = try RecordedTurn.turns(in: store.journal)
        #expect(turns.map(\.turn) == [JournalledTurn(request)])
        let kinds = turns[0].entries.map { entry in
            switch entry {
            case .turn: "turn"
            case .answer: "answer"
            case .intent: "intent"
            case .result: "result"
            case .withdrawn: "withdrawn"
            }
        }
        #expect(kinds == ["answer", "intent", "result"])
        #expect(noted.withLock { $0 } == [3, 4], "the turn, the answer and the intent; then the result as well")
    }

    @Test func aWriteThatCannotBeNotedIsNotDone() async throws {
        let store = ScriptedStore()
        let tools = ScriptedTools()
        let model = ScriptedModel([
            { _ in
                store.failNext(StoreError(.tooLarge, "for good"))
                return .asking(for: ToolCall("a", "make"))
            }, { _ in .saying("Sorry") },
        ])
        let reply = try await runner(model, tools, store).run(.example("Go", session: "s"), logger: logger)
        #expect(tools.calls.isEmpty)
        let history = try #require(store.history(of: "s"))
        #expect(history.contains("Not run: it could not be noted."))
        #expect(reply.answer?.outcome.summary == "Sorry")
    }

    @Test func aStoreThatIsBackInTimeCostsNothing() async throws {
        let store = ScriptedStore()
        let tools = ScriptedTools()
        let model = ScriptedModel([
            { _ in
                store.failNext(StoreError(.unavailable, "away"), StoreError(.unavailable, "away"))
                return .asking(for: ToolCall("a", "make"))
            }, { _ in .saying("Done") },
        ])
        _ = try await runner(model, tools, store).run(.example("Go", session: "s"), logger: logger)
        #expect(tools.calls.count == 1)
    }

    @Test(arguments: [LeaseEnd.cleared, .superseded])
    func aRunThatLostItsLeaseWritesNoMore(_ end: LeaseEnd) async throws {
        let store = ScriptedStore()
        let tools = ScriptedTools()
        let model = ScriptedModel([
            { _ in
                store.endJournals(with: end)
                return .asking(for: ToolCall("a", "make"), ToolCall("b", "make", #"{"n":2}"#))
            }
        ])
        let reply = try await runner(model, tools, store).run(.example("Go", session: "s"), logger: logger)
        #expect(tools.calls.isEmpty)
        #expect(reply.answer?.outcome.stop == (end == .cleared ? .cleared : .superseded))
    }

    /// Five writes, one in each step; the worker dies behind every entry of its journal, the last write done or not. The
    /// retry does what is missing.
    @Test func aRetryDoesEachWriteOnceWhereverTheWorkerDied() async throws {
        let request = RunRequest.example("Make five", session: "s", key: "k")
        let first = ScriptedStore()
        _ = try await runner(Five.model, World().tools, first).run(request, logger: logger)
        let journal = first.journal
        #expect(journal.count == 16, "the turn, five answers, intents and results")
        var takeovers = 0
        for length in 0...journal.count {
            for isDone in [false, true] {
                let known = Array(journal.prefix(length))
                let world = World(having: try Five.writes(in: known, lastDone: isDone))
                let store = ScriptedStore()
                let retry = RunRequest.example("Make five", session: "s", key: "k")
                store.admitNext(try basis(retry, journal: known))
                let model = Five.model
                let reply = try await runner(model, world.tools, store).run(retry, logger: logger)
                #expect(world.items == [1, 2, 3, 4, 5], "journal of \(length), last write done: \(isDone)")
                #expect(reply.answer?.outcome.artifacts.created.count == 5)
                #expect(reply.answer?.runID == retry.runID)
                // A step that was noted as answered is not asked for again, unless its write has to be repeated.
                let answered = (length + 1) / 3
                #expect(model.requests.count <= 6 - answered + 1, "journal of \(length)")
                takeovers += 1
            }
        }
        print("retries that took a dead worker's run over: \(takeovers), each write done once in all")
    }

    /// The same, when the session's next turn comes before the retry.
    @Test func theNextTurnSettlesWhatADeadWorkerLeft() async throws {
        let lost = RunRequest.example("Make five", session: "s", key: "lost")
        let first = ScriptedStore()
        _ = try await runner(Five.model, World().tools, first).run(lost, logger: logger)
        let known = Array(first.journal.prefix(6))
        let world = World(having: [1, 2])
        let store = ScriptedStore()
        let next = RunRequest.example("What now?", session: "s", key: "next")
        store.admitNext(try basis(next, journal: known))
        let model = ScriptedModel(texts: ["Two are there"])
        let reply = try await runner(model, world.tools, store).run(next, logger: logger)

        #expect(world.items == [1, 2])
        let seen = try #require(model.requests.first.map { text($0.conversation) })
        #expect(seen.contains("Make five") && seen.contains("made 2") && seen.contains("What now?"))
        #expect(reply.answer?.outcome.summary == "Two are there")
        #expect(reply.answer?.outcome.artifacts.created.isEmpty == true)
        let record = try #require(store.records.last)
        #expect(record.change?.turns == 2)
        #expect(record.settled.map(\.runID) == [lost.runID] && record.settled.map(\.idempotency) == [lost.idempotency])
        let told = record.settled.first.map { String(decoding: $0.answer, as: UTF8.self) }
        #expect(told == "Stopped before the end (The worker was lost): created 2 user stories.")
    }

    /// A later turn's worker died as well: the retry of the first turn gets an answer and does nothing.
    @Test func aRetryWhoseTurnWasFollowedIsAnswered() async throws {
        let lost = RunRequest.example("Make five", session: "s", key: "lost")
        let first = ScriptedStore()
        _ = try await runner(Five.model, World().tools, first).run(lost, logger: logger)
        let later = RunRequest.example("And more", session: "s", key: "later")
        let known =
            Array(first.journal.prefix(4))
            + [
                JournalEntry.turn(JournalledTurn(later)).encoded,
                JournalEntry.answer(step: 1, .asking(for: ToolCall("z", "look"))).encoded,
            ]
        let world = World(having: [1])
        let store = ScriptedStore()
        let retry = RunRequest.example("Make five", session: "s", key: "lost")
        store.admitNext(try basis(retry, journal: known))
        let model = ScriptedModel([])
        let reply = try await runner(model, world.tools, store).run(retry, logger: logger)
        #expect(reply.answer?.outcome.stop == .workerLost)
        #expect(reply.answer?.outcome.artifacts.created.count == 1)
        #expect(model.requests.isEmpty && world.items == [1])
        #expect(store.records.last?.change?.turns == 2)
        #expect(store.records.last?.settled.map(\.runID) == [later.runID])
    }

    /// Whoever asks next may have no valid token: what the lost turn had done is settled all the same.
    @Test func aLostTurnIsSettledWithoutATokenAsWell() async throws {
        let lost = RunRequest.example("Make five", session: "s", key: "lost")
        let first = ScriptedStore()
        _ = try await runner(Five.model, World().tools, first).run(lost, logger: logger)
        let store = ScriptedStore()
        let next = RunRequest.example("What now?", session: "s", key: "next")
        store.admitNext(try basis(next, journal: Array(first.journal.prefix(3))))
        let tools = ScriptedTools { _ in
            ToolResult(text: "{}")
        } found: { _ in
            var result = ToolResult.error("The sign-in has expired.")
            result.isUnauthorized = true
            return result
        }
        _ = try await runner(ScriptedModel(texts: ["Hello"]), tools, store).run(next, logger: logger)
        #expect(store.records.last?.settled.map(\.runID) == [lost.runID])
        #expect(store.history(of: "s")?.contains("The sign-in has expired.") == true)
    }

    /// What lost workers did is found once, also when the turn behind it fails.
    @Test func aSettlementOutlivesTheTurnThatMadeIt() async throws {
        let lost = RunRequest.example("Make five", session: "s", key: "lost")
        let first = ScriptedStore()
        _ = try await runner(Five.model, World().tools, first).run(lost, logger: logger)
        let store = ScriptedStore()
        let next = RunRequest.example("What now?", session: "s", key: "next")
        store.admitNext(try basis(next, journal: Array(first.journal.prefix(4))))
        let model = ScriptedModel([{ _ in throw ModelError(.refused, "no") }])
        let error = await #expect(throws: RunError.self) {
            try await runner(model, World(having: [1]).tools, store).run(next, logger: logger)
        }
        #expect(error?.code == .modelFailed)
        let record = try #require(store.records.last)
        #expect(record.answer == nil && record.change?.turns == 1 && record.settled.map(\.runID) == [lost.runID])
        #expect(store.history(of: "s")?.contains("What now?") == false)
    }

    @Test func aTurnThatFailedBeforeItDidAnythingIsWithdrawn() async throws {
        let store = ScriptedStore()
        let tools = ScriptedTools { _ in
            var result = ToolResult.error("The sign-in has expired.")
            result.isUnauthorized = true
            return result
        }
        let model = ScriptedModel([{ _ in .asking(for: ToolCall("a", "make")) }])
        let error = await #expect(throws: RunError.self) {
            try await runner(model, tools, store).run(.example("Go", session: "s", key: "k"), logger: logger)
        }
        #expect(error?.code == .unauthorized)
        #expect(!store.journal.isEmpty)
        #expect(try RecordedTurn.turns(in: store.journal).isEmpty)
    }

    @Test func anotherRequestUnderTheKeyOfALostTurnIsRefused() async throws {
        let lost = RunRequest.example("One thing", session: "s", key: "k")
        let store = ScriptedStore()
        let other = RunRequest.example("Another thing", session: "s", key: "k")
        store.admitNext(try basis(other, journal: [JournalEntry.turn(JournalledTurn(lost)).encoded]))
        let error = await #expect(throws: RunError.self) {
            try await runner(ScriptedModel([]), ScriptedTools(), store).run(other, logger: logger)
        }
        #expect(error?.code == .keyReused)
        #expect(store.abandoned.count == 1)
    }
}

/// What the writes have really made.
private final class World: Sendable {
    private let state: Mutex<[Int]>

    init(having items: [Int] = []) { state = Mutex(items) }

    var items: [Int] { state.withLock { $0.sorted() } }

    var tools: ScriptedTools {
        ScriptedTools { [self] call in
            let number = Five.number(of: call)
            state.withLock { $0.append(number) }
            return Five.made(number)
        } found: { [self] call in
            let number = Five.number(of: call)
            return items.contains(number) ? Five.made(number) : .error("It was not done.")
        }
    }
}

/// A model that makes 1 to 5, each in a step of its own, and goes by what it sees.
private enum Five {
    static var model: ScriptedModel {
        ScriptedModel(
            Array(
                repeating: { request in
                    let history = text(request.conversation)
                    let made = (1...5).last { history.contains("made \($0)") } ?? 0
                    guard made < 5 else { return .saying("Done") }
                    return .asking(
                        for: ToolCall("t\(request.conversation.messages.count)", "make", "{\"n\":\(made + 1)}")
                    )
                },
                count: 12
            )
        )
    }

    static func number(of call: ToolCall) -> Int { call.arguments?["n"]?.intValue ?? 0 }

    static func made(_ number: Int) -> ToolResult {
        ToolResult(text: "made \(number)", created: [.userStory(id: number, ref: number, subject: "S\(number)")])
    }

    /// The numbers that were written when a journal ended so.
    static func writes(in journal: [[UInt8]], lastDone: Bool) throws -> [Int] {
        var done: [Int] = []
        var begun = 0
        for entry in try journal.map({ try JournalEntry(parsing: $0) }) {
            switch entry {
            case .intent: begun += 1
            case .result: done.append(begun)
            case .turn, .answer, .withdrawn: break
            }
        }
        return begun > done.count && lastDone ? done + [begun] : done
    }
}
