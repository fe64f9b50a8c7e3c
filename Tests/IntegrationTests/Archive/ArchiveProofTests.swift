import Agent
import Foundation
import Synchronization
import TestSupport
import Testing

/// Whatever dies, each committed turn is archived once.
@Suite(.timeLimit(.minutes(20))) struct ArchiveProofTests {
    private static let turns = soak(10_000, otherwise: 300)
    private static let outages = soak(5, otherwise: 2)
    private static let phones = 12
    /// Turns of one session.
    private static let length = 40

    /// The runs that clients were told of, by session.
    private final class Told: Sendable {
        private let runs = Mutex<[String: Set<String>]>([:])

        func note(_ answer: Phone.Answer, in session: String) {
            guard let run = answer.json["run_id"]?.stringValue else { return }
            runs.withLock { _ = $0[session, default: []].insert(run) }
        }

        var all: Set<String> { runs.withLock { Set($0.values.joined()) } }
        var sessions: [String] { runs.withLock { Array($0.keys) } }
        var count: Int { runs.withLock { $0.values.reduce(0) { $0 + $1.count } } }
    }

    /// Says it under one key until it is answered as saved; the answer.
    private func insist(_ phone: Phone, _ prompt: String) async throws -> Phone.Answer {
        while true {
            let key = "\(phone.session ?? "").\(prompt)".replacing(" ", with: "-")
            if let answer = try? await phone.say(prompt, key: key), answer.status == 200 {
                let isSaved = !(answer.json["warnings"]?.arrayValue ?? []).contains("History not saved")
                if isSaved { return answer }
            }
            try await Task.sleep(for: .milliseconds(.random(in: 20...200)))
        }
    }

    @Test func eachCommittedTurnIsArchivedOnce() async throws {
        let told = Told()
        let start = ContinuousClock.now
        try await PostgresServer.with { postgres in
            try await ModelServer.serving({ .text("re: \($0.lastText ?? "")") }) { model in
                let settings = model.settings([
                    "ARCHIVE": "postgres", "DATABASE_URL": postgres.url, "HISTORY_MAX_TOKENS": "10000000",
                ])
                try await Fleet.with(workers: 3, settings) { fleet in
                    try await Phone.using { web in
                        let perPhone = Self.turns / Self.phones
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for number in 0..<Self.phones {
                                group.addTask {
                                    for turn in 0..<perPhone {
                                        let session = "kept.\(number).\(turn / Self.length)"
                                        let phone = Phone(web: web, url: fleet.url, session: session)
                                        told.note(try await self.insist(phone, "turn \(turn)"), in: session)
                                    }
                                }
                            }
                            for outage in 1...Self.outages {
                                // Spread over the whole, and not before there is something to lose.
                                while told.count < Self.turns * outage / (Self.outages + 1) {
                                    try await Task.sleep(for: .milliseconds(20))
                                }
                                await postgres.kill()
                                if let victim = fleet.workers.randomElement() { kill(victim.pid, SIGKILL) }
                                let next = told.count + Self.turns / 20
                                while told.count < min(next, Self.turns) {
                                    try await Task.sleep(for: .milliseconds(20))
                                }
                                try await postgres.start()
                                try await fleet.revive()
                            }
                            try await group.waitForAll()
                        }
                        let took = ContinuousClock.now - start
                        while try fleet.askRedis("XLEN {parley:outbox}") != ":0\r\n" {
                            try await Task.sleep(for: .milliseconds(50))
                        }
                        let lag = ContinuousClock.now - start - took
                        let archived = try await postgres.ask("SELECT run_id FROM parley_archive.turns")
                            .split(separator: "\n").map(String.init)
                        let missing = told.all.subtracting(archived)
                        var inHistories = 0
                        for session in told.sessions {
                            let history = try await Phone(web: web, url: fleet.url, session: session).history()
                            inHistories += Transcript(history.json).texts.count / 2
                        }
                        print(
                            """
                            \(told.count) turns in \(took), PostgreSQL killed \(Self.outages) times, a worker as often: \
                            \(archived.count) archived, \(Set(archived).count) different, \(missing.count) missing; \
                            all of it \(lag) after the last answer
                            """
                        )
                        #expect(told.count == perPhone * Self.phones)
                        #expect(missing.isEmpty)
                        #expect(archived.count == inHistories)
                        #expect(try await postgres.ask("SELECT count(*) FROM parley_archive.missing_turns") == "0")
                        #expect(try await postgres.ask("SELECT count(*) FROM parley_archive.rejected") == "0")
                    }
                }
            }
        }
    }
}
