import Agent
import Testing

extension SessionStoreContract {
    /// A cancelled caller is told so, and leaves no half of its work behind.
    static let cancellation = [
        Self("a task that is already cancelled changes nothing and is told so") { stage in
            let session = try freshSession("too-late")
            try await stage.commit(session, "[1]")
            let basis = try await stage.begun(session)
            let codes = await whileCancelled {
                await [
                    code { _ = try await stage.load(session) },
                    code { _ = try await stage.begin(session) },
                    code { try await stage.commit(basis, "[1,2]") },
                    code { try await stage.store.abandon(basis.lease) },
                    code { try await stage.clear(session) },
                    code { _ = try await stage.store.cleanup(dryRun: false) },
                    code { _ = try await stage.store.list(SessionQuery()) },
                    code { try await stage.store.check() },
                ]
            }
            #expect(codes == Array(repeating: .cancelled, count: 8))
            let stored = try #require(try await stage.load(session))
            #expect(stored.history == Array("[1]".utf8))
            #expect(stored.meta?.turns == 1)
        },
        Self("whoever is cancelled while it waits leaves the queue") { stage in
            let session = try freshSession("left")
            let holder = try await stage.begun(session)
            await withTaskGroup(of: StoreError.Code?.self) { group in
                group.addTask { await code { _ = try await stage.begin(session) } }
                await noIssue { try await stage.whileHeld(holder) { try await stage.untilWaiting(1, for: session) } }
                group.cancelAll()
                #expect(await group.next() == .cancelled)
            }
            try await stage.untilWaiting(0, for: session)
            try await stage.commit(holder, "[1]")
            let next = try await stage.begin(session, ifBusy: .reject, on: stage.another).basis()
            #expect(next.text == "[1]")
        },
        Self("a hold that is cancelled ends, and the lease is still there") { stage in
            let session = try freshSession("let-go")
            let basis = try await stage.begun(session)
            await withTaskGroup(of: LeaseEnd?.self) { group in
                group.addTask { await stage.store.hold(basis.lease) }
                await Task.yield()
                group.cancelAll()
                #expect(await group.next() == .some(nil))
            }
            #expect(try await stage.commit(basis, "[1]") == .stored)
        },
        Self("a call that is cancelled under way happens whole or not at all") { stage in
            for _ in 0..<20 {
                let session = try freshSession("interrupted")
                try await stage.commit(session, "[1]")
                await withTaskGroup(of: StoreError.Code?.self) { group in
                    group.addTask { await code { try await stage.commit(session, "[1,2]") } }
                    group.addTask { await code { _ = try await stage.load(session) } }
                    await Task.yield()
                    group.cancelAll()
                    for await code in group { #expect(code == nil || code == .cancelled) }
                }
                let stored = try #require(try await stage.load(session))
                switch String(decoding: stored.history, as: UTF8.self) {
                case "[1]": #expect(stored.meta?.turns == 1)
                case "[1,2]": #expect(stored.meta?.turns == 2)
                case let other: Issue.record("neither the old history nor the new one: \(other)")
                }
            }
        },
    ]

    /// Runs `body` in a task that was cancelled before `body` began.
    static func whileCancelled<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) async
        -> Result?
    {
        await withTaskGroup(of: Result.self) { group in
            group.cancelAll()
            group.addTask { await body() }
            return await group.next()
        }
    }

    /// Records an issue for what `body` throws.
    private static func noIssue(_ body: () async throws -> Void) async {
        do { try await body() } catch { Issue.record(error) }
    }

    /// The code that `body` threw; `nil` when it threw none. Another kind of error is an issue.
    static func code(_ body: () async throws -> Void) async -> StoreError.Code? {
        do {
            try await body()
            return nil
        } catch let error as StoreError {
            return error.code
        } catch {
            Issue.record("no StoreError: \(error)")
            return nil
        }
    }
}
