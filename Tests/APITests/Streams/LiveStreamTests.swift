import Agent
import Logging
import Synchronization
import TestSupport
import Testing

@testable import API

/// Streams over real sockets: what comes when, and what becomes of readers that leave or do not read.
@Suite(.timeLimit(.minutes(2)), .serialized) struct LiveStreamTests {
    private let gate = Gate()
    private let store = ScriptedStore()
    private let runs = ScriptedRunStore()

    /// Says a text in two pieces; between them it waits for the gate.
    private var halting: ScriptedModel {
        ScriptedModel([
            { [gate] request in
                request.progress(.text("Hel"))
                try await gate.wait()
                request.progress(.text("lo"))
                return .saying("Hello")
            }
        ])
    }

    /// Says very much at once, then waits for the gate.
    private func talkative(deltas: Int, hasSaid said: Gate = Gate()) -> ScriptedModel {
        ScriptedModel([
            { [gate] request in
                for number in 0..<deltas { request.progress(.text("\(number) of very many words, ")) }
                said.open()
                try await gate.wait()
                return .saying("Done")
            }
        ])
    }

    /// A stream of which the kernel keeps little.
    private var small: StreamSettings {
        var streams = StreamSettings()
        streams.sendBuffer = 4096
        return streams
    }

    private func host(_ model: ScriptedModel) -> RunHost { LiveWorker.host(model, store: store, runs: runs) }

    private func runID(_ received: Received) throws -> RunID {
        RunID(stored: try #require(received.body.events.first?.json["run_id"]?.stringValue))
    }

    /// Whether what `body` measures is less than what a heartbeat or a second look would take, in one of three attempts: a
    /// machine that stands still does not do so in each.
    private func isQuick(_ body: () async throws -> Duration) async throws -> Bool {
        for _ in 0..<3 {
            let time = try await body()
            if time < .seconds(1.9) { return true }
        }
        return false
    }

    @Test func theAnswerIsSeenToGrow() async throws {
        try await LiveWorker.serving(host(halting)) { worker in
            let client = try await RawClient.connected(to: worker.port)
            try await client.run(runBody())
            let half = await client.received { $0.body.text == "Hel" }
            #expect(half.head.hasPrefix("HTTP/1.1 200 OK") && half.body.names == ["run.started", "text.delta"])
            gate.open()
            let whole = await client.received(\.isComplete)
            #expect(whole.body.names == ["run.started", "text.delta", "text.delta", "run.finished"])
            #expect(whole.body.text == "Hello" && whole.isComplete && !whole.isClosed)
        }
    }

    @Test func theStreamOfAFinishedRunEndsAtOnce() async throws {
        // No heartbeat and no second look ends it.
        let endsAtOnce = try await isQuick {
            try await LiveWorker.serving(LiveWorker.host(ScriptedModel(texts: ["Hello"]))) { worker in
                let client = try await RawClient.connected(to: worker.port)
                let start = ContinuousClock.now
                try await client.run(runBody())
                let own = await client.received(\.isComplete)
                let id = try runID(own)
                try await client.close()
                let other = try await RawClient.connected(to: worker.port)
                try await other.follow(id)
                #expect(await other.received(\.isComplete).body == own.body)
                return ContinuousClock.now - start
            }
        }
        #expect(endsAtOnce)
    }

    @Test func aClientThatLeavesDoesNotStopTheRun() async throws {
        let host = host(halting)
        try await LiveWorker.serving(host) { worker in
            let client = try await RawClient.connected(to: worker.port)
            try await client.run(runBody())
            let id = try runID(await client.received { $0.body.text == "Hel" })
            try await client.close()
            gate.open()
            await host.ended()
            #expect(store.records.count == 1)
            #expect(runs.records.last?.state == .finished)
            // On the other side of the tunnel.
            let again = try await RawClient.connected(to: worker.port)
            try await again.follow(id, after: "2-0")
            #expect(await again.received(\.isComplete).body.names == ["text.delta", "run.finished"])
        }
    }

    @Test func aRunIsFollowedFromAnotherWorker() async throws {
        let host = host(halting)
        let run = try await host.start(.example("Hi", session: "s"), isStreamed: true, logger: .silent)
        try await LiveWorker.serving(self.host(ScriptedModel([]))) { worker in
            let client = try await RawClient.connected(to: worker.port)
            await run.log.begun()
            try await client.follow(run.request.runID)
            await client.received { $0.body.text == "Hel" }
            gate.open()
            let whole = await client.received(\.isComplete)
            #expect(whole.body.names == ["run.started", "text.delta", "text.delta", "run.finished"])
            #expect(whole.body.events.compactMap(\.number) == [1, 2, 3, 4])
        }
        await host.ended()
    }

    @Test func aRunThatIsForgottenEndsItsStreams() async throws {
        let host = host(halting)
        let run = try await host.start(.example("Hi", session: "s"), isStreamed: true, logger: .silent)
        await run.log.begun()
        try await LiveWorker.serving(self.host(ScriptedModel([]))) { worker in
            let client = try await RawClient.connected(to: worker.port)
            try await client.follow(run.request.runID)
            await client.received { $0.body.names.contains("run.started") }
            runs.drop(run.request.runID)
            let end = await client.received(\.isComplete)
            #expect(end.body.events.last?.json["type"] == "/problems/not-found")
            #expect(end.body.events.last?.name == "run.failed" && end.body.events.last?.id == nil)
        }
        gate.open()
        await host.ended()
    }

    @Test func silenceIsBrokenByComments() async throws {
        var streams = StreamSettings()
        streams.heartbeat = .milliseconds(30)
        try await LiveWorker.serving(host(halting), streams: streams) { worker in
            let client = try await RawClient.connected(to: worker.port)
            try await client.run(runBody())
            await client.received { $0.body.comments.count >= 3 }
            gate.open()
            let whole = await client.received(\.isComplete)
            #expect(whole.body.text == "Hello" && Set(whole.body.comments) == ["still here"])
        }
    }

    @Test func aReaderThatStopsReadingLosesEventsAndNobodyElseLosesTime() async throws {
        let deltas = 100_000
        let alone = Gate()
        let (start, unread) = (ContinuousClock.now, host(talkative(deltas: deltas, hasSaid: alone)))
        _ = try await unread.start(.example("Hi", session: "other"), isStreamed: true, logger: .silent)
        try await alone.wait()
        let (expected, said) = (ContinuousClock.now - start, Gate())

        let host = host(talkative(deltas: deltas, hasSaid: said))
        try await LiveWorker.serving(host, streams: small) { worker in
            let client = try await RawClient.connected(to: worker.port, buffer: 4096)
            // Nothing is read but what the kernels take.
            try await client.read(false)
            let start = ContinuousClock.now
            try await client.run(runBody())
            try await said.wait()
            let took = ContinuousClock.now - start
            print("\(deltas) deltas: \(took) with a reader that does not read, \(expected) without")
            #expect(took < expected * 2 + .seconds(5))
            gate.open()
            await host.ended()
            try await client.read(true)
            let received = await client.received(\.isComplete)
            let events = received.body.events
            #expect(received.isComplete && events.first?.name == "run.started")
            #expect(events.last?.name == "run.finished" && events.last?.number == deltas + 2)
            let gaps = check(events)
            print("Read were \(events.count - gaps) events and \(gaps) gaps")
            // What the log keeps, a page, and what the channel and both kernels had taken.
            #expect(gaps > 0 && events.count < deltas / 4)
        }
        await unread.ended()
    }

    /// Each event is there, or told to be missing, and none is there twice; how many gaps there are.
    private func check(_ events: [ServerSentEvents.Event]) -> Int {
        var (cursor, gaps) = (0, 0)
        for event in events {
            if event.name == "gap" {
                gaps += 1
                #expect(event.json["from"] == .string("\(cursor + 1)-0"))
                #expect(event.json["to"]?.stringValue == event.id)
            } else {
                #expect(event.number == cursor + 1)
            }
            cursor = event.number ?? 0
        }
        return gaps
    }

    @Test func aReaderThatTakesNothingForTooLongIsDropped() async throws {
        var streams = small
        streams.stall = .milliseconds(200)
        let host = host(talkative(deltas: 10_000))
        let log = SpyLog()
        try await LiveWorker.serving(host, streams: streams, logger: log.logger) { worker in
            let client = try await RawClient.connected(to: worker.port, buffer: 4096)
            try await client.read(false)
            try await client.run(runBody())
            let line = await log.line("Stream ended")
            #expect(line["reason"] == "reader-gone")
            #expect(store.records.isEmpty)
            try await client.read(true)
            let rest = await client.received(\.isComplete)
            #expect(rest.isClosed && !rest.isComplete)
            // The run goes on.
            gate.open()
            await host.ended()
            #expect(store.records.count == 1)
        }
    }

    @Test func theEndOfAStreamIsLogged() async throws {
        let log = SpyLog()
        try await LiveWorker.serving(host(ScriptedModel(texts: ["Hello"])), logger: log.logger) { worker in
            let client = try await RawClient.connected(to: worker.port)
            try await client.run(runBody())
            let id = try runID(await client.received(\.isComplete))
            let line = await log.line("Stream ended")
            #expect(line["reason"] == "finished" && line["events"] == "2")
            #expect(line["run_id"] == .string(id.text) && line["request_id"] != nil)
        }
    }

    // MARK: Shutdown

    @Test func aWorkerThatDrainsSendsTheReadersOfOthersAway() async throws {
        let host = host(halting)
        let run = try await host.start(.example("Hi", session: "s"), isStreamed: true, logger: .silent)
        await run.log.begun()
        let endsAtOnce = try await isQuick {
            try await LiveWorker.serving(self.host(ScriptedModel([]))) { worker in
                let client = try await RawClient.connected(to: worker.port)
                try await client.follow(run.request.runID)
                await client.received { $0.body.text == "Hel" }
                let start = ContinuousClock.now
                await worker.drain()
                let end = await client.received(\.isComplete)
                #expect(end.isComplete && end.body.retry == "500" && end.body.comments == ["come back for the rest"])
                #expect(end.body.names == ["run.started", "text.delta"])
                try await worker.ended.wait()
                return ContinuousClock.now - start
            }
        }
        #expect(endsAtOnce)
        // The run itself is of a worker that lives.
        #expect(!run.log.record.state.isEnd)
        gate.open()
        await host.ended()
    }

    @Test func aWorkerThatDrainsTellsItsOwnRunsToTheEnd() async throws {
        var streams = StreamSettings()
        streams.farewell = .milliseconds(20)
        streams.heartbeat = .milliseconds(20)
        try await LiveWorker.serving(host(halting), streams: streams) { worker in
            let client = try await RawClient.connected(to: worker.port)
            try await client.run(runBody())
            let id = try runID(await client.received { $0.body.text == "Hel" })
            let reader = try await RawClient.connected(to: worker.port)
            try await reader.follow(id, after: "1-0")
            await reader.received { $0.body.text == "Hel" }
            await worker.drain()
            // However long they take.
            let comments = await client.received { _ in true }.body.comments.count
            await client.received { $0.body.comments.count > comments + 5 }
            gate.open()
            let (own, other) = (await client.received(\.isComplete), await reader.received(\.isComplete))
            #expect(own.body.names == ["run.started", "text.delta", "text.delta", "run.finished"])
            #expect(other.body.names == ["text.delta", "text.delta", "run.finished"])
            #expect(own.body.retry == nil && own.isComplete && other.isComplete)
            try await worker.ended.wait()
        }
    }

    @Test func aReaderThatDoesNotReadHoldsNoShutdownUp() async throws {
        let said = Gate()
        let host = host(talkative(deltas: 10_000, hasSaid: said))
        try await LiveWorker.serving(host, streams: small) { worker in
            let client = try await RawClient.connected(to: worker.port, buffer: 4096)
            try await client.read(false)
            try await client.run(runBody())
            try await said.wait()
            await worker.drain()
            // The wait begins when the run has ended, which is after this.
            let start = ContinuousClock.now
            gate.open()
            await host.ended()
            try await worker.ended.wait()
            print("A reader that does not read held the shutdown up for \(ContinuousClock.now - start)")
            // It is waited for, for a second, and not until it counts as stalled.
            #expect((.seconds(0.9)..<(.seconds(15))).contains(ContinuousClock.now - start))
        }
    }
}
