import Agent
import Foundation
import TestSupport
import Testing
import WebClient

/// Workers that stall or die in the middle of a run, and clients that go away.
@Suite(.timeLimit(.minutes(3))) struct WorkerFailureTests {
    /// The lease of a session, and what noticing its end may take.
    private let leaseTime = Duration.seconds(5)
    private let slack = Duration.seconds(3)

    private func responder(holding prompt: String, until release: EventCount) -> ModelServer.Responder {
        { request in
            let answer = ModelServer.Answer.text("re: \(request.lastText ?? "")")
            return request.lastText == prompt ? answer.delivered { $0.hold = release } : answer
        }
    }

    @Test(arguments: Fleet.Store.allCases)
    func aStalledWorkerCannotCommitAnyMore(on store: Fleet.Store) async throws {
        let release = EventCount()
        try await ModelServer.serving(responder(holding: "slow", until: release)) { model in
            try await Fleet.with(workers: 2, on: store, model.settings()) { fleet in
                try await Phone.using { web in
                    let phones = fleet.workers.map { Phone(web: web, url: "http://127.0.0.1:\($0.port)", session: "s") }
                    async let slow = phones[0].say("slow")
                    await model.arrived.wait(for: 1)
                    kill(fleet.workers[0].pid, SIGSTOP)
                    let start = ContinuousClock.now
                    let other = try await phones[1].say("other")
                    let waited = ContinuousClock.now - start
                    release.add()
                    kill(fleet.workers[0].pid, SIGCONT)
                    let late = try await slow
                    let fate = late.problem ?? "\(late.json["warnings"] ?? .null)"
                    print("\(store): worker stopped in its run: the next turn waited \(waited), its own: \(fate)")
                    #expect(other.summary == "re: other" && waited < leaseTime + slack)
                    #expect(late.status != 200 || late.json["warnings"] != [])
                    #expect(Transcript(try await phones[1].history().json).texts == ["other", "re: other"])
                }
            }
        }
    }

    @Test(arguments: Fleet.Store.allCases)
    func aKilledWorkersSessionIsFreeWithinTheLease(on store: Fleet.Store) async throws {
        let release = EventCount()
        try await ModelServer.serving(responder(holding: "slow", until: release)) { model in
            try await Fleet.with(workers: 2, on: store, model.settings()) { fleet in
                try await Phone.using { web in
                    let phones = fleet.workers.map { Phone(web: web, url: "http://127.0.0.1:\($0.port)", session: "s") }
                    async let lost = phones[0].say("slow", key: "k")
                    await model.arrived.wait(for: 1)
                    kill(fleet.workers[0].pid, SIGKILL)
                    _ = try? await lost
                    release.add()
                    let start = ContinuousClock.now
                    let retried = try await phones[1].say("slow", key: "k")
                    let waited = ContinuousClock.now - start
                    print("\(store): worker killed in its run: the retry had its answer after \(waited)")
                    #expect(retried.summary == "re: slow" && waited < leaseTime + slack)
                    #expect(Transcript(try await phones[1].history().json).texts == ["slow", "re: slow"])
                }
            }
        }
    }

    /// The model has asked for a tool, the tool was called, and the worker dies while the model thinks on.
    @Test(arguments: [true, false], Fleet.Store.allCases)
    func finishedStepsOfAKilledWorkerAreNotDoneAgain(byARetry: Bool, on store: Fleet.Store) async throws {
        let release = EventCount()
        let responder: ModelServer.Responder = { request in
            guard request.lastText == "make one" else {
                return !request.toolResults.isEmpty
                    ? .text("done").delivered { $0.hold = release } : .text("re: \(request.lastText ?? "")")
            }
            return .toolUse([("t1", "taiga_create_user_story", ["subject": "Login", "idempotency_key": "a"])])
        }
        try await ModelServer.serving(responder) { model in
            try await Fleet.with(workers: 2, on: store, model.settings()) { fleet in
                try await Phone.using { web in
                    let phones = fleet.workers.map { Phone(web: web, url: "http://127.0.0.1:\($0.port)", session: "s") }
                    async let lost = phones[0].say("make one", key: "k")
                    await model.arrived.wait(for: 2)
                    kill(fleet.workers[0].pid, SIGKILL)
                    _ = try? await lost
                    release.add()
                    let next = byARetry ? nil : try await phones[1].say("what now?")
                    let retried = try await phones[1].say("make one", key: "k")
                    let asked = model.requests.count { $0.lastText == "make one" }
                    print(
                        "\(store): worker killed behind a write, \(byARetry ? "retry" : "next turn"): asked \(asked) time"
                    )
                    #expect(asked == 1)
                    #expect(retried.json["created_artifacts"]?.arrayValue?.count == 1)
                    let texts = Transcript(try await phones[1].history().json).texts
                    if byARetry {
                        #expect(retried.summary == "done" && texts == ["make one", "done"])
                    } else {
                        #expect(retried.json["stopped_by"] == "worker-lost")
                        #expect(retried.headers["idempotent-replayed"] == "true")
                        #expect(next?.summary == "re: what now?")
                        #expect(texts.count == 4 && texts[2] == "what now?")
                    }
                }
            }
        }
    }

    @Test(arguments: Fleet.Store.allCases)
    func aClientThatWentAwayFindsItsAnswer(on store: Fleet.Store) async throws {
        let release = EventCount()
        try await ModelServer.serving(responder(holding: "slow", until: release)) { model in
            try await Fleet.with(workers: 2, on: store, model.settings()) { fleet in
                try await Phone.using { web in
                    let phone = Phone(web: web, url: fleet.url, session: "s")
                    let leaving = Task { try await phone.say("slow", key: "k") }
                    await model.arrived.wait(for: 1)
                    leaving.cancel()
                    _ = try? await leaving.value
                    release.add()
                    let answer = try await phone.say("slow", key: "k")
                    #expect(answer.summary == "re: slow")
                    #expect(answer.headers["idempotent-replayed"] == "true")
                    #expect(model.requests.count == 1)
                }
            }
        }
    }
}
