import Agent
import Testing

/// A store of runs, as the contract suite meets it.
struct RunStoreUnderTest: Sendable {
    /// The store, open.
    var store: any RunStore
    /// The same runs as another worker reaches them; `store` itself where there can be no other worker.
    var another: any RunStore
    /// The sessions that the runs belong to.
    var sessions: any SessionStore
    /// How long the store knows runs.
    var life = RunLife()
    /// Lets time pass by the store's clock, and a little more: a manual clock moves, a server with a clock of its own is
    /// waited for.
    var letPass: @Sendable (_ duration: Duration) async throws -> Void
}

extension RunStoreUnderTest {
    /// Records events of a run that its worker recorded before.
    @discardableResult
    func record(
        _ run: RunRecord,
        _ numbers: ClosedRange<Int>? = nil,
        keepingFrom first: Int = 1,
        size: Int = 0,
        on store: (any RunStore)? = nil
    ) async throws(StoreError) -> RunWish {
        try await (store ?? self.store)
            .record(run, events: numbers.map { .numbered($0, size: size) } ?? [], keepingFrom: first)
    }

    /// Makes a run known, with its first events.
    func start(
        _ numbers: ClosedRange<Int>? = nil,
        of principal: Principal = .alice,
        in session: SessionID? = nil
    ) async throws -> RunRecord {
        let run = RunRecord.running(of: principal, in: session)
        #expect(try await record(run, numbers) == .nothing)
        return run
    }

    /// The numbers of a page's events, and how it ends; `nil` for no page.
    func numbers(
        of run: RunRecord,
        after number: Int = 0,
        for caller: Caller = .anyone,
        on store: (any RunStore)? = nil
    ) async throws(StoreError) -> Numbers? {
        try await (store ?? another).events(of: run.id, after: number, for: caller)
            .map { Numbers($0.events.map(\.number), $0.end) }
    }

    /// Runs `body`, which may throw, while it listens.
    func watching<Result>(
        _ run: RunRecord,
        for topic: RunTopic,
        on store: any RunStore,
        _ body: (Signal) async throws -> Result
    ) async throws -> Result {
        try await store.watching(run.id, for: topic) { signal in
            await Swift.Result<Result, any Error> { () async throws(any Error) in try await body(signal) }
        }
        .get()
    }
}

/// A page without what the events say.
struct Numbers: Equatable, CustomStringConvertible {
    var numbers: [Int]
    var end: EventPage.End

    init(_ numbers: [Int], _ end: EventPage.End) {
        self.numbers = numbers
        self.end = end
    }

    init(_ numbers: ClosedRange<Int>, _ end: EventPage.End) { self.init(Array(numbers), end) }

    var description: String { "\(numbers) \(end)" }
}

extension Signal {
    /// Whether it is raised long before anybody would look without it.
    func comes() async -> Bool {
        let start = ContinuousClock.now
        await wait(until: start + .seconds(20))
        return ContinuousClock.now < start + .seconds(10)
    }
}

extension RunRecord {
    static func running(of principal: Principal = .alice, in session: SessionID? = nil) -> RunRecord {
        RunRecord(
            id: RunID(),
            principal: principal,
            session: session,
            state: .running,
            createdAt: 1_750_000_000_123,
            startedAt: 1_750_000_000_456
        )
    }

    /// The same run at its end.
    func ended(as state: State = .finished) -> RunRecord {
        var record = self
        record.state = state
        record.endedAt = 1_750_000_001_789
        record.used = BudgetUse(steps: 3, toolCalls: 2, writeCalls: 1)
        return record
    }
}

extension [NumberedEvent] {
    /// Events that tell their numbers.
    static func numbered(_ numbers: ClosedRange<Int>, size: Int = 0) -> Self {
        numbers.map { number in
            let data = [UInt8]("\(number)".utf8) + [UInt8](repeating: UInt8(ascii: " "), count: size)
            return NumberedEvent(number: number, event: EncodedEvent(name: "text.delta", data: data))
        }
    }
}
