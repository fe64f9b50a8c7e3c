import Agent
import Foundation
import TestSupport
import Testing

/// Promise 10: `deploy/fleet restart` while people talk.
@Suite(.timeLimit(.minutes(20))) struct RollingRestartTests {
    private static let rolls = soak(50, otherwise: 2)
    private static let phones = 16
    private static let settings = ["HISTORY_MAX_TOKENS": "10000000"]

    /// A model that takes its time, so that every worker is stopped in the middle of runs.
    private static let slowEcho: ModelServer.Responder = { request in
        try? await Task.sleep(for: .milliseconds(.random(in: 20...400)))
        return .text("re: \(request.lastText ?? "")")
    }

    @Test func nobodyNotices() async throws {
        var total = Crowd.Figures()
        var replaced = 0
        try await ModelServer.serving(Self.slowEcho) { model in
            try await Fleet.with(workers: 3, model.settings(Self.settings)) { fleet in
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
                        let failed = figures.refused + figures.unsaved + figures.unexpected.values.reduce(0, +)
                        #expect(failed == 0, "\(figures)\n\(complaints(of: fleet))")
                        #expect(figures.lost == 0 && figures.twice == 0 && figures.broken == 0, "\(figures)")
                        #expect(Set(before).isDisjoint(with: fleet.workers.map(\.pid)) && fleet.areWorkersAlive)
                        total.add(figures)
                        replaced += before.count
                    }
                }
            }
        }
        print("\(Self.rolls) rolls through 3 workers, \(replaced) replaced under \(Self.phones) phones: \(total)")
        #expect(total.acknowledged > Self.rolls * Self.phones)
    }

    /// What the workers have logged beyond the usual.
    private func complaints(of fleet: Fleet) -> String {
        let lines = fleet.workers.indices.flatMap { fleet.log(of: "worker-\($0 + 1)").split(separator: "\n") }
        return lines.filter { $0.contains(" warning ") || $0.contains(" error ") }.suffix(20).joined(separator: "\n")
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
