import Agent
import Foundation
import TestSupport
import Testing

/// Promise 10: `deploy/fleet restart` while people talk.
@Suite(.timeLimit(.minutes(20))) struct RollingRestartTests {
    private static let rolls = soak(50, otherwise: 2)
    private static let phones = 16

    /// A model that takes its time, so that every worker is stopped in the middle of runs.
    private static let slowEcho: ModelServer.Responder = { request in
        try? await Task.sleep(for: .milliseconds(.random(in: 20...400)))
        return .text("re: \(request.lastText ?? "")")
    }

    @Test func nobodyNotices() async throws {
        var acknowledged = 0
        var replaced = 0
        var slowest = Duration.zero
        try await ModelServer.serving(Self.slowEcho) { model in
            try await Fleet.with(workers: 3, model.settings(["HISTORY_MAX_TOKENS": "10000000"])) { fleet in
                try await Phone.using { web in
                    for roll in 1...Self.rolls {
                        let phones = (0..<Self.phones).map { number in
                            var phone = Phone(web: web, url: fleet.url, session: "roll.\(roll).\(number)")
                            phone.tellsSession = number % 2 == 0
                            return phone
                        }
                        let crowd = Crowd(phones, isKeyed: true)
                        let before = fleet.workers.map(\.pid)
                        try await crowd.talking {
                            try await crowd.untilAcknowledged(Self.phones)
                            try await fleet.restart()
                        }
                        let figures = try await crowd.figures()
                        #expect(figures.unexpected == [:] && figures.refused == 0 && figures.unsaved == 0)
                        #expect(figures.lost == 0 && figures.twice == 0 && figures.broken == 0)
                        #expect(Set(before).isDisjoint(with: fleet.workers.map(\.pid)) && fleet.areWorkersAlive)
                        acknowledged += figures.acknowledged
                        replaced += before.count
                        slowest = max(slowest, figures.slowest)
                    }
                }
            }
        }
        print(
            """
            \(Self.rolls) rolls through 3 workers, \(replaced) replaced under \(Self.phones) phones: \(acknowledged) turns, \
            none failed, none lost; slowest answer \(slowest)
            """
        )
    }

    @Test func aWorkerThatDoesNotComeUpStopsTheRoll() async throws {
        try await Fleet.with(workers: 2) { fleet in
            try await Phone.using { web in
                let before = fleet.workers
                let failure = await #expect(throws: ServerError.self) { try await fleet.restart(binary: "/bin/false") }
                #expect(failure?.description.contains("worker-1 stopped while starting") == true)
                #expect(fleet.workers[0].pid == Fleet.noProcess && fleet.workers[1] == before[1])
                for number in 0..<20 {
                    let answer = try await Phone(web: web, url: fleet.url, session: "s\(number)").say("Hello")
                    #expect(answer.status == 200)
                }
                // The one that is missing comes first.
                try await fleet.restart(binary: ParleyWorker.binary)
                #expect(fleet.areWorkersAlive && fleet.workers[1].pid != before[1].pid)
            }
        }
    }

    @Test func oneWorkerAloneIsReplacedToo() async throws {
        try await Fleet.with(workers: 1) { fleet in
            try await Phone.using { web in
                let phone = Phone(web: web, url: fleet.url, session: "s")
                _ = try await phone.say("Create tasks for Alex")
                try await fleet.restart()
                #expect(try await phone.say("Alex Smith").summary.hasPrefix("Created 3 tasks for Alex Smith"))
            }
        }
    }
}
