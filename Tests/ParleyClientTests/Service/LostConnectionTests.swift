import Agent
import Foundation
import ParleyClient
import TestSupport
import Testing

/// Connections that break, and workers that die, between an app and its answer.
@Suite(.timeLimit(.minutes(3))) struct LostConnectionTests {
    private static let text = (0..<30).map { "word \($0) " }.joined()

    /// Looks around with a tool, then talks.
    private static let talker: ModelServer.Responder = { request in
        guard request.toolResults.isEmpty else { return .text(text).delivered { $0.pace = .milliseconds(2) } }
        let call = (id: "call_1", name: "taiga_list_members", input: [:] as JSONValue)
        return .toolUse([call], saying: "Let me look who is there.").delivered { $0.pace = .milliseconds(2) }
    }

    /// Every stream is cut at a byte by chance, and the rest of it again.
    @Test func streamsThatAreCutAnywhereAreWhole() async throws {
        let count = soak(200, otherwise: 60)
        try await ModelServer.serving(Self.talker) { model in
            try await Fleet.with(workers: 2, model.settings(["LOG_LEVEL": "warning"])) { fleet in
                let ports = fleet.workers.map(\.port)
                var dice = Dice(state: 7)
                var whole = 0
                for number in 0..<count {
                    // The head of the first answer is some 200 bytes long, all of it some 3000.
                    let cuts = [dice.roll(3000), dice.roll(2000)]
                    let fate: @Sendable (Int) -> CuttingProxy.Fate = { index in
                        .init(port: ports[index % 2], cut: cuts.indices.contains(index) ? cuts[index] : nil)
                    }
                    let seen = try await CuttingProxy.serving(fate) { proxy in
                        try await ParleyClient.test(proxy.url).session("s\(number)").stream("Who is there?").seen()
                    }
                    let isReplay = seen.text.isEmpty
                    let isWhole = seen.text == "Let me look who is there." + Self.text && seen.tools.count == 2
                    if isReplay || isWhole, seen.answer?.summary == Self.text, seen.runs.count == 1 { whole += 1 }
                }
                let turns = model.requests.count
                print(
                    "\(count) streams cut twice at random bytes: \(whole) whole, \(turns) model calls for \(count * 2)"
                )
                #expect(whole == count && turns == count * 2)
            }
        }
    }

    @Test func aLostAnswerIsAskedForOnceMoreUnderItsKey() async throws {
        try await ModelServer.serving({ .text("re: \($0.lastText ?? "")") }) { model in
            try await Fleet.with(workers: 2, model.settings()) { fleet in
                let ports = fleet.workers.map(\.port)
                // The answer is lost behind its first byte; the next connection leads to the other worker.
                try await CuttingProxy.serving({ .init(port: ports[$0 % 2], cut: $0 == 0 ? 1 : nil) }) { proxy in
                    let session = try ParleyClient.test(proxy.url).session("s")
                    #expect(try await session.send("Hello").summary == "re: Hello")
                    #expect(proxy.connected.count == 2)
                    #expect(try await session.history()?.turns == 1)
                }
                #expect(model.requests.count == 1)
            }
        }
    }

    @Test func aWorkerKilledInTheMiddleIsFollowedByAnother() async throws {
        let release = EventCount()
        let responder: ModelServer.Responder = { request in
            guard !request.toolResults.isEmpty else {
                let input: JSONValue = ["subject": "Login", "idempotency_key": "a"]
                return .toolUse([(id: "t1", name: "taiga_create_user_story", input: input)], saying: "I begin.")
            }
            return .text(Self.text).delivered { $0.holdBefore[6] = release }
        }
        try await ModelServer.serving(responder) { model in
            try await Fleet.with(workers: 2, model.settings()) { fleet in
                // The first connection is that of a worker; behind it, nginx finds one that lives.
                let ports = [fleet.workers[0].port, fleet.port]
                try await CuttingProxy.serving({ .init(port: ports[min($0, 1)]) }) { proxy in
                    let start = ContinuousClock.now
                    let session = try ParleyClient.test(proxy.url).session("s")
                    let words = Counter()
                    let seen = try await session.stream("Make one").seen { event in
                        guard case .text(let text) = event, text.hasPrefix("word 0"), words.next() == 1 else { return }
                        kill(fleet.workers[0].pid, SIGKILL)
                        release.add()
                    }
                    let asked = model.requests.count { $0.toolResults.isEmpty }
                    print(
                        """
                        a worker killed in an answer: the whole one after \(ContinuousClock.now - start), begun \
                        \(seen.runs.count) times, the finished step asked for \(asked) time
                        """
                    )
                    #expect(seen.runs.count == 2 && asked == 1)
                    #expect(seen.answer?.summary == Self.text && seen.text.hasSuffix(Self.text))
                    #expect(seen.answer?.createdArtifacts.count == 1)
                    #expect(try await session.history()?.turns == 1)
                }
            }
        }
    }

    @Test func whoStopsListeningLeavesTheRunAlone() async throws {
        let release = EventCount()
        let responder: ModelServer.Responder = { _ in .text(Self.text).delivered { $0.holdBefore[6] = release } }
        try await ModelServer.serving(responder) { model in
            try await ParleyWorker.with(model.settings()) { worker in
                try await CuttingProxy.serving({ _ in .init(port: worker.port) }) { proxy in
                    let client = try ParleyClient.test(proxy.url)
                    let events = client.session("s").stream("Talk")
                    let runs = Log<String>()
                    let talking = EventCount()
                    let listener = Task {
                        try await events.seen { event in
                            if case .started(let run, _) = event { runs.append(run) }
                            if case .text = event { talking.add() }
                        }
                    }
                    await talking.wait()
                    listener.cancel()
                    let error = await #expect(throws: ParleyError.self) { try await listener.value }
                    #expect(error?.code == .taskCancelled)
                    await proxy.left.wait()

                    // Leaving the loop does the same.
                    let run = try #require(runs.all.first)
                    for try await event in client.watch(run: run) { if case .text = event { break } }
                    await proxy.left.wait(for: 2)
                    release.add()
                    #expect(try await events.seen().answer?.summary == Self.text)
                    #expect(model.requests.count == 1 && model.aborted.count == 0)
                }
            }
        }
    }

    @Test func whoAsksForItTakesTheRunAlong() async throws {
        let never = EventCount()
        let responder: ModelServer.Responder = { _ in .text(Self.text).delivered { $0.holdBefore[6] = never } }
        try await ModelServer.serving(responder) { model in
            try await ParleyWorker.with(model.settings()) { worker in
                let client = try ParleyClient.test(worker.url)
                let talking = EventCount()
                let listener = Task {
                    try await client.session("s").stream("Talk") { $0.cancelsRunWithTask = true }
                        .seen { if case .text = $0 { talking.add() } }
                }
                await talking.wait()
                listener.cancel()
                await #expect(throws: ParleyError.self) { try await listener.value }
                await model.aborted.wait()
                #expect(try await client.session("s").history() == nil)
            }
        }
    }
}
