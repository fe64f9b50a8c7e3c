import Agent
import Foundation
import Synchronization
import TestSupport
import Testing

/// A worker that is told to stop, seen by clients that talk to it directly.
@Suite(.timeLimit(.minutes(3))) struct DrainTests {
    private func held(until release: EventCount) -> ModelServer.Responder {
        { .text("re: \($0.lastText ?? "")").delivered { $0.hold = release } }
    }

    @Test func whatWasAcceptedIsServed() async throws {
        let (rounds, inFlight, openers) = (soak(20, otherwise: 2), 20, 50)
        var counts: [BareExchange: Int] = [:]
        for _ in 1...rounds {
            let release = EventCount()
            try await ModelServer.serving(held(until: release)) { model in
                let worker = try await ParleyWorker(model.settings())
                try await Phone.using { web in
                    async let answers = withThrowingTaskGroup(of: Phone.Answer.self) { group in
                        for number in 0..<inFlight {
                            group.addTask {
                                try await Phone(web: web, url: worker.url, session: "s\(number)").say("Hi")
                            }
                        }
                        return try await group.reduce(into: []) { $0.append($1) }
                    }
                    await model.arrived.wait(for: inFlight)
                    let ended = EventCount()
                    async let exchanges = withTaskGroup(of: [BareExchange].self) { group in
                        for _ in 0..<openers { group.addTask { await open(worker.port, ended) } }
                        return await group.reduce(into: []) { $0 += $1 }
                    }
                    await ended.wait(for: openers * 4)
                    worker.process.signal(SIGTERM)
                    for exchange in await exchanges { counts[exchange, default: 0] += 1 }
                    release.add()
                    let finished = try await answers
                    #expect(finished.count { $0.summary == "re: Hi" } == inFlight)
                }
                #expect(await worker.process.waitForExit() == .exited(0))
            }
        }
        let answered = counts.reduce(0) { $0 + ($1.key.status == 200 ? $1.value : 0) }
        print(
            """
            \(rounds) x SIGTERM with \(inFlight) requests in flight and \(openers) clients that connect without pause: \
            \(answered) connections answered, \(counts[.refused] ?? 0) refused, \(counts[.lost] ?? 0) lost
            """
        )
        #expect(counts[.lost] == nil && counts[.refused] == rounds * openers)
        #expect(answered + rounds * openers == counts.values.reduce(0, +))
    }

    /// Connects until that is refused. Every other request comes a little later than its connection.
    private func open(_ port: Int, _ ended: EventCount) async -> [BareExchange] {
        var exchanges: [BareExchange] = []
        repeat {
            let pause = exchanges.count % 2 == 0 ? Duration.zero : .milliseconds(.random(in: 1...100))
            exchanges.append(
                await BareExchange.get("/health", port: port) { try await Task.sleep(for: pause) }
            )
            ended.add()
        } while exchanges.last != .refused
        return exchanges
    }

    @Test func notReadyBeforeTheListenerCloses() async throws {
        try await ParleyWorker.with { worker in
            #expect(await BareExchange.get("/ready", port: worker.port) == .answered(status: 200, closes: false))
            worker.process.signal(SIGTERM)
            var exchanges: [BareExchange] = []
            repeat {
                exchanges.append(await BareExchange.get("/ready", port: worker.port))
            } while exchanges.last != .refused
            #expect(exchanges.contains(.answered(status: 503, closes: true)))
            #expect(!exchanges.contains(.lost))
            #expect(await worker.process.waitForExit() == .exited(0))
        }
    }

    @Test func aConnectionWithoutARequestIsGivenTimeForOne() async throws {
        try await ParleyWorker.with { worker in
            let exchange = await BareExchange.get("/health", port: worker.port) {
                worker.process.signal(SIGTERM)
                try await worker.process.waitUntil { worker.output.contains("the listener closes") }
            }
            #expect(exchange == .answered(status: 200, closes: true))
            // One that never asks does not hold the worker up.
            #expect(await worker.process.waitForExit() == .exited(0))
        }
    }

    @Test(arguments: [true, false])
    func runsThatMustEndCommitWhatTheyDid(bySecondSignal: Bool) async throws {
        let release = EventCount()
        let responder: ModelServer.Responder = { request in
            request.toolResults.isEmpty
                ? .toolUse([("t1", "taiga_create_user_story", ["subject": "Login", "idempotency_key": "a"])])
                : .text("too late").delivered { $0.hold = release }
        }
        try await ModelServer.serving(responder) { model in
            try await RedisServer.with { redis in
                let settings = model.settings([
                    "REDIS_URL": redis.url, "SHUTDOWN_GRACE_SECONDS": bySecondSignal ? "40" : "4",
                ])
                let worker = try await ParleyWorker(settings)
                try await Phone.using { web in
                    async let slow = Phone(web: web, url: worker.url, session: "s").say("Make a story")
                    await model.arrived.wait(for: 2)
                    worker.process.signal(SIGTERM)
                    try await worker.process.waitUntil { worker.output.contains("Draining") }
                    if bySecondSignal { worker.process.signal(SIGTERM) }
                    let start = ContinuousClock.now
                    let answer = try await slow
                    let exit = await worker.process.waitForExit()
                    let waited = ContinuousClock.now - start
                    release.add()
                    print("worker told to end its runs, second signal \(bySecondSignal): \(exit) after \(waited)")
                    #expect(exit == .exited(0) && waited < .seconds(bySecondSignal ? 2 : 5))
                    #expect(answer.status == 200 && answer.json["stopped_by"] == "cancelled")
                    #expect(answer.json["created_artifacts"]?.arrayValue?.count == 1)
                    try await ParleyWorker.with(settings) { next in
                        let history = try await Phone(web: web, url: next.url, session: "s").history()
                        #expect(Transcript(history.json).texts.first == "Make a story")
                    }
                }
            }
        }
    }
}
