import Agent
import Foundation
import Redis
import TestSupport
import Testing

@testable import Sessions

/// Redis that hangs grants, when it goes on, what nobody waits for any more.
@Suite(.serialized, .timeLimit(.minutes(1))) struct LostClaimTests {
    @Test func aClaimThatIsGrantedTooLateHoldsNoSession() async throws {
        try await withRedisStage(
            leaseLength: .seconds(20),
            configure: { $0.commandTimeoutMilliseconds = 3000 }
        ) { stage in
            let sessions = try (0..<20).map { try freshSession("late-\($0)") }
            // Connections are up, scripts are known.
            for store in stage.stores { try await store.take("[1]", in: sessions[0]) }
            stage.server.signal(SIGSTOP)
            let start = ContinuousClock.now
            let failures = await outcomes(sessions, on: stage.store)
            let failed = ContinuousClock.now - start
            #expect(failures.allSatisfy { $0 == nil })
            // To give one back takes as long again while Redis hangs.
            #expect(failed < .milliseconds(5500), "who asked is told before anything is given back")
            stage.server.signal(SIGCONT)
            let back = ContinuousClock.now
            while (try? await stage.another.check()) == nil { await Task.yield() }
            let admitted = await outcomes(sessions, on: stage.another)
            let waited = ContinuousClock.now - back
            print(
                "20 claims that Redis granted too late: refused after \(failed), sessions free \(waited) after it was back"
            )
            #expect(admitted.allSatisfy { if case .begun = $0 { true } else { false } })
            #expect(waited < .seconds(10), "the lease takes twenty")
        }
    }

    /// What becomes of claims of all sessions; `nil` for an error.
    private func outcomes(_ sessions: [SessionID], on store: RedisSessionStore) async -> [TurnAdmission?] {
        await withTaskGroup(of: TurnAdmission?.self) { group in
            for session in sessions { group.addTask { try? await store.begin(.of(session)) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }
}
