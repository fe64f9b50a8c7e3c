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
            if let exchange = await exchange("/health", port, after: pause) { exchanges.append(exchange) }
            ended.add()
        } while exchanges.last != .refused
        return exchanges
    }

    /// One request; `nil` when it was lost and took so long that it may have come too late. A worker that drains waits for
    /// a second: only a machine that stands still is slower.
    private func exchange(_ path: String, _ port: Int, after pause: Duration = .zero) async -> BareExchange? {
        let start = ContinuousClock.now
        let exchange = await BareExchange.get(path, port: port) { try await Task.sleep(for: pause) }
        return exchange == .lost && ContinuousClock.now - start > .seconds(1) ? nil : exchange
    }

    @Test func notReadyBeforeTheListenerCloses() async throws {
        // It is told for half a second, in which a machine may stand still: one worker of three has to be seen.
        var isTold = false
        for _ in 0..<3 where !isTold {
            isTold = try await ParleyWorker.with { worker in
                #expect(await BareExchange.get("/ready", port: worker.port) == .answered(status: 200, closes: false))
                worker.process.signal(SIGTERM)
                var exchanges: [BareExchange] = []
                repeat {
                    if let exchange = await exchange("/ready", worker.port) { exchanges.append(exchange) }
                } while exchanges.last != .refused
                #expect(!exchanges.contains(.lost))
                #expect(await worker.process.waitForExit() == .exited(0))
                return exchanges.contains(.answered(status: 503, closes: true))
            }
        }
        #expect(isTold)
    }

    @Test func aConnectionWithoutARequestIsGivenTimeForOne() async throws {
        // A second; a machine that stands still may take it, but not from three workers.
        var isAnswered = false
        for _ in 0..<3 where !isAnswered {
            isAnswered = try await ParleyWorker.with { worker in
                let exchange = await BareExchange.get("/health", port: worker.port) {
                    worker.process.signal(SIGTERM)
                    try await worker.process.waitUntil { worker.output.contains("the listener closes") }
                }
                // One that never asks does not hold the worker up.
                #expect(await worker.process.waitForExit() == .exited(0))
                return exchange == .answered(status: 200, closes: true)
            }
        }
        #expect(isAnswered)
    }

    @Test func streamsAreToldToTheEndOrSentElsewhere() async throws {
        let release = EventCount()
        let responder: ModelServer.Responder = { _ in
            .text("All work and no play").delivered { $0.holdBefore[3] = release }
        }
        try await ModelServer.serving(responder) { model in
            try await RedisServer.with { redis in
                let settings = model.settings(["REDIS_URL": redis.url])
                let (first, second) = (try await ParleyWorker(settings), try await ParleyWorker(settings))
                try await Phone.using { web in
                    let run = EventCount()
                    let name = Seen()
                    async let own = Phone(web: web, url: first.url, session: "s").watch("Hi") { event in
                        if let id = event.json["run_id"]?.stringValue { name.set(id) }
                        if event.name == "text.delta" { run.add() }
                        return true
                    }
                    await run.wait()
                    let reader = Phone(web: web, url: second.url)
                    let reads = EventCount()
                    async let following = reader.follow(name.get()) { event in
                        if event.name == "text.delta" { reads.add() }
                        return true
                    }
                    await reads.wait()

                    // Its run is another worker's: the rest is to be had elsewhere.
                    second.process.signal(SIGTERM)
                    let beginning = try await following
                    #expect(beginning.isWhole && beginning.retry == 500)
                    #expect(beginning.names == ["run.started", "text.delta"])
                    #expect(await second.process.waitForExit() == .exited(0))

                    async let rest = Phone(web: web, url: first.url).follow(name.get(), after: beginning.lastID)
                    first.process.signal(SIGTERM)
                    try await first.process.waitUntil { first.output.contains("Draining") }
                    release.add()
                    let whole = try await own
                    #expect(whole.names.last == "run.finished" && whole.text == "All work and no play")
                    #expect(beginning.events + (try await rest.events) == whole.events)
                    #expect(await first.process.waitForExit() == .exited(0))
                }
            }
        }
    }

    @Test func aReaderThatHasStoppedDoesNotHoldTheWorkerUp() async throws {
        let text = String(repeating: "All work and no play. ", count: 100_000)
        let responder: ModelServer.Responder = { _ in .text(text).delivered { $0.deltaLength = 100_000 } }
        try await ModelServer.serving(responder) { model in
            let worker = try await ParleyWorker(model.settings())
            try await Phone.using { web in
                let phone = Phone(web: web, url: worker.url, session: "s")
                let reader = try StalledReader(
                    port: worker.port,
                    request: StalledReader.post("/agent/run", phone.body("Hi")),
                    readingUntil: "run.started"
                )
                while try await phone.history().status != 200 { await Task.yield() }
                worker.process.signal(SIGTERM)
                let start = ContinuousClock.now
                #expect(await worker.process.waitForExit() == .exited(0))
                print("a worker with a reader that has stopped was gone \(ContinuousClock.now - start) after SIGTERM")
                #expect(!reader.whole().isEmpty)
            }
        }
    }

    /// The name of a run, once it is known.
    private final class Seen: Sendable {
        private let name = Mutex("")
        func set(_ name: String) { self.name.withLock { $0 = name } }
        func get() -> String { name.withLock { $0 } }
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
                    "REDIS_URL": redis.url, "SHUTDOWN_GRACE_SECONDS": bySecondSignal ? "40" : "8",
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
                    #expect(exit == .exited(0) && waited < .seconds(bySecondSignal ? 10 : 15))
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
