package import Agent
import Redis

/// Runs and their events. What is left of the life of a run's state tells when it was last recorded: each record gives it
/// the whole anew.
extension RedisSessionStore: RunStore {
    /// How long a reader's worker is told of more after a read.
    private static let readerLife = EventPage.patience * 3

    package func record(
        _ run: RunRecord,
        events: [NumberedEvent],
        keepingFrom first: Int
    ) async throws(StoreError) -> RunWish {
        let keys = RunKeys(run.id)
        var arguments: [any RedisArgument] = [
            run.id.text, worker, run.principal.text, run.session?.text ?? "", run.createdAt,
            runLife.keeping(run.state).milliseconds, first, run.state.rawValue,
            run.startedAt.map(String.init) ?? "", run.endedAt.map(String.init) ?? "",
            run.used.steps, run.used.toolCalls, run.used.writeCalls,
        ]
        for event in events { arguments += [event.number, event.event.name, event.event.data] }
        let reply = try await eval(runScripts.record, [keys.state, keys.events], arguments)
        return try translatingErrors { () throws(RedisError) in try RunWish(reply) }
    }

    package func run(_ id: RunID, for caller: Caller) async throws(StoreError) -> RecordedRun? {
        let keys = RunKeys(id)
        let reply = try await eval(
            runScripts.read,
            [keys.state, keys.events],
            [caller.restriction, runLife.afterLoss.milliseconds]
        )
        return try translatingErrors { () throws(RedisError) in
            reply == .null ? nil : try RecordedRun(id, reply.array(count: 12))
        }
    }

    package func events(of id: RunID, after number: Int, for caller: Caller) async throws(StoreError) -> EventPage? {
        let keys = RunKeys(id)
        let reply = try await eval(
            runScripts.events,
            [keys.state, keys.events],
            [
                worker, caller.restriction, max(number, 0), EventPage.size, EncodedEvent.overhead,
                runLife.afterLoss.milliseconds, Self.readerLife.milliseconds,
            ]
        )
        return try translatingErrors { () throws(RedisError) in
            reply == .null ? nil : try EventPage(reply.array())
        }
    }

    package func cancel(_ id: RunID, for caller: Caller) async throws(StoreError) -> RunRecord.State? {
        let reply = try await eval(runScripts.cancel, [RunKeys(id).state], [id.text, caller.restriction])
        return try translatingErrors { () throws(RedisError) in
            reply == .null ? nil : try RunRecord.State(reply)
        }
    }

    package func forget(_ id: RunID) async throws(StoreError) { _ = try await forget([id], for: .operator) }

    package func watching<Result>(_ id: RunID, for topic: RunTopic, _ body: (Signal) async -> Result) async -> Result {
        await board.listening(for: .run(id, topic), body)
    }

    /// Drops the runs of a session that was cleared, those that `caller` may see, whatever happens to the caller: then they
    /// would not be found again. (A session whose history has expired is nobody's, and its runs are still somebody's.)
    /// Only when it is done they are taken off the session's index, so that another clear finds what this one left.
    func drop(_ runs: [RunID], of session: SessionKeys, for caller: Caller) async throws(StoreError) {
        guard !runs.isEmpty else { return }
        let result = await uncancelled {
            await Result { () async throws(StoreError) in
                let dropped = try await forget(runs, for: caller)
                guard !dropped.isEmpty else { return }
                let index: [any RedisArgument] = [session.runs]
                let removal = RedisCommand((["ZREM"] + index + dropped.map(\.text)).map(\.redisBytes))
                _ = try await translatingErrors { () async throws(RedisError) in try await client.send(removal) }
            }
        }
        try result.get()
    }

    /// Drops those of these runs that are the principal's.
    func drop(_ runs: [RunID], of principal: Principal) async throws(StoreError) {
        _ = try await forget(runs, for: .principal(principal))
    }

    /// Those that were dropped, and those that were not there.
    private func forget(_ runs: [RunID], for caller: Caller) async throws(StoreError) -> [RunID] {
        let replies = try await evalEach(
            runScripts.forget,
            runs.map { run in
                let keys = RunKeys(run)
                return ([keys.state, keys.events], [run.text, stretchMilliseconds, caller.restriction])
            }
        )
        return zip(runs, replies).filter { $1 == .integer(1) }.map(\.0)
    }
}
