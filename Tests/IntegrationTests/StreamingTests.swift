import Agent
import Foundation
import Synchronization
import TestSupport
import Testing

/// Answers that are watched while they grow, on whichever worker.
@Suite(.timeLimit(.minutes(5))) struct StreamingTests {
    /// The number of the n-th text delta among the events of the model server's stream.
    private static let firstDelta = 2

    /// `count` pieces of twelve characters, each of which a stream of the model server sends by itself.
    private static func words(_ count: Int) -> String {
        (0..<count).map { "word " + String(1_000_000 + $0).dropFirst(1) + " " }.map { $0.prefix(12) }.joined()
    }

    @Test func whatTheWayAddsToTheModelsPace() async throws {
        let (streams, deltas) = (soak(200, otherwise: 40), 40)
        let sent = Mutex<[String: [Int: ContinuousClock.Instant]]>([:])
        let text = Self.words(deltas)
        let responder: ModelServer.Responder = { request in
            let prompt = request.lastText ?? ""
            return .text(text).delivered { delivery in
                delivery.pace = .milliseconds(10)
                delivery.sending = { number in
                    sent.withLock { $0[prompt, default: [:]][number - Self.firstDelta] = .now }
                }
            }
        }
        try await ModelServer.serving(responder) { model in
            try await Fleet.with(model.settings(["LOG_LEVEL": "warning"])) { fleet in
                try await Phone.using { web in
                    var (started, first, later) = (Figures(), Figures(), Figures())
                    for number in 0..<streams {
                        let phone = Phone(web: web, url: fleet.url, session: "s\(number % 7)")
                        let prompt = "stream \(number)"
                        let start = ContinuousClock.now
                        let watched = try await phone.watch(prompt)
                        #expect(watched.text == text)
                        let times = sent.withLock { $0[prompt] ?? [:] }
                        started.add(watched.events[0].arrival - start)
                        for (index, event) in watched.events.filter({ $0.name == "text.delta" }).enumerated() {
                            guard let time = times[index] else { continue }
                            if index == 0 { first.add(event.arrival - time) } else { later.add(event.arrival - time) }
                        }
                    }
                    print("Milliseconds through nginx, \(streams) streams of \(deltas) pieces, one each 10 ms:")
                    print("  from the post to run.started: \(started)")
                    print("  from the model's first piece to the phone's: \(first)")
                    print("  from each later piece to the phone's: \(later)")
                    #expect(later.count == streams * (deltas - 1))
                }
            }
        }
    }

    @Test(arguments: Fleet.Store.allCases)
    func aStreamThatIsCutGoesOnElsewhere(on store: Fleet.Store) async throws {
        let count = soak(200, otherwise: 80)
        var dice = Dice(state: 5)
        let text = Self.words(30)
        let responder: ModelServer.Responder = { request in
            guard request.toolResults.isEmpty else { return .text(text).delivered { $0.pace = .milliseconds(2) } }
            let call = (id: "call_1", name: "taiga_list_members", input: JSONValue.object([:]))
            return .toolUse([call], saying: "Let me look who is there.").delivered { $0.pace = .milliseconds(2) }
        }
        try await ModelServer.serving(responder) { model in
            try await Fleet.with(on: store, model.settings(["LOG_LEVEL": "warning"])) { fleet in
                try await Phone.using { web in
                    let urls = fleet.workers.map { "http://127.0.0.1:\($0.port)" }
                    let length = try await Phone(web: web, url: urls[0], session: "whole").watch("Who is there?").bytes
                    // At any byte; the second cut somewhere behind the first.
                    let cuts = (0..<count).map { _ in
                        let first = dice.roll(length - 2)
                        return (first, 1 + dice.roll(length - first - 1))
                    }
                    let outcomes = try await inParallel(8, cuts.indices) { number in
                        let phones = (0..<3).map {
                            Phone(web: web, url: urls[(number + $0) % 3], session: "s\(number)")
                        }
                        return try await Self.resume(phones, key: "key-\(number)", cuts[number])
                    }
                    let equal = outcomes.count { $0.joined == $0.uninterrupted }
                    let doubled = outcomes.count { Set($0.joined.compactMap(\.id)).count != $0.joined.count }
                    let words = outcomes.count { $0.text == "Let me look who is there." + text }
                    let unnamed = outcomes.count { !$0.isNamed }
                    print(
                        """
                        \(store): \(count) streams of \(length) bytes, each cut at a random byte (\(unnamed) before the run was \
                        named), again at the next worker, and gone on with: \(equal) equal to the uninterrupted one, \
                        \(doubled) with an event doubled
                        """
                    )
                    #expect(equal == count && doubled == 0 && words == count && unnamed < count / 10)
                }
            }
        }
    }

    private struct Outcome {
        var joined: [Watched.Event]
        var uninterrupted: [Watched.Event]
        /// Whether the run's name came before the first cut.
        var isNamed: Bool
        var text: String
    }

    /// Watches a run on one worker, drops the connection, goes on at another, drops that, and goes on at the third.
    private static func resume(_ phones: [Phone], key: String, _ cuts: (Int, Int)) async throws -> Outcome {
        let first = try await phones[0].watch("Who is there?", key: key, cut: cuts.0)
        // Whoever has not even heard of the run's name sends the request again, and is told the answer alone.
        guard let run = first.events.first?.json["run_id"]?.stringValue else {
            let again = try await phones[1].say("Who is there?", key: key)
            let run = again.json["run_id"]?.stringValue ?? ""
            let whole = try await phones[2].follow(run)
            return Outcome(joined: whole.events, uninterrupted: whole.events, isNamed: false, text: whole.text)
        }
        var joined = first.events
        if !first.isWhole {
            let second = try await phones[1].follow(run, after: first.lastID, cut: cuts.1)
            joined += second.events
            if !second.isWhole {
                joined += try await phones[2].follow(run, after: second.lastID ?? first.lastID).events
            }
        }
        let whole = try await phones[1].follow(run)
        return Outcome(
            joined: joined,
            uninterrupted: whole.events,
            isNamed: true,
            text: joined.filter { $0.name == "text.delta" }.compactMap { $0.json["text"]?.stringValue }.joined()
        )
    }

    /// What a phone has seen of a run so far.
    private final class Seen: Sendable {
        let run = Mutex("")
        let words = EventCount()
    }

    @Test(arguments: Fleet.Store.allCases)
    func aRunIsCancelledFromAnotherWorker(on store: Fleet.Store) async throws {
        let rounds = soak(100, otherwise: 40)
        let never = EventCount()
        let responder: ModelServer.Responder = { request in
            // Every other run is cancelled behind a completed step, the rest in its first words.
            let isFirst = request.toolResults.isEmpty && (request.lastText ?? "").hasPrefix("step")
            if isFirst { return .toolUse([(id: "c1", name: "taiga_list_members", input: .object([:]))]) }
            return .text(Self.words(3)).delivered { $0.holdBefore[Self.firstDelta + 1] = never }
        }
        try await ModelServer.serving(responder) { model in
            try await Fleet.with(on: store, model.settings(["LOG_LEVEL": "warning"])) { fleet in
                try await Phone.using { web in
                    let urls = fleet.workers.map { "http://127.0.0.1:\($0.port)" }
                    let pulse = Pulse()
                    defer { pulse.stop() }
                    var (stopped, answered) = (Figures(), Figures())
                    var kept = 0
                    for round in 0..<rounds {
                        let hasStep = round % 2 == 0
                        let runner = Phone(web: web, url: urls[round % 3], session: "s\(round)")
                        let other = Phone(web: web, url: urls[(round + 1) % 3], session: "s\(round)")
                        let seen = Seen()
                        async let watching = runner.watch(hasStep ? "step" : "words") { event in
                            if let id = event.json["run_id"]?.stringValue { seen.run.withLock { $0 = id } }
                            if event.name == "text.delta" { seen.words.add() }
                            return true
                        }
                        await seen.words.wait()
                        _ = pulse.standstill()
                        let cancel = ContinuousClock.now
                        async let reply = other.post("/agent/runs/\(seen.run.withLock { $0 })/cancel")
                        await model.aborted.wait(for: round + 1)
                        stopped.add(.now - cancel - pulse.standstill())
                        #expect(try await reply.status == 202)
                        let watched = try await watching
                        if let end = watched.events.last?.arrival { answered.add(end - cancel) }
                        let last = watched.events.last
                        if hasStep {
                            #expect(last?.json["stopped_by"] == "cancelled")
                            #expect(last?.json["warnings"]?.arrayValue?.contains("Cancelled") == true)
                        } else {
                            #expect(last?.name == "run.failed" && last?.json["type"] == "/problems/cancelled")
                        }
                        let state = try await other.get("/agent/runs/\(watched.run)").json["state"]
                        #expect(state == "cancelled")
                        // The next turn is sent to the model, which refuses what cannot be sent.
                        let history = try await other.history()
                        let isKept = hasStep ? history.json["turns"] == 1 : history.status == 404
                        if isKept { kept += 1 }
                    }
                    print(
                        """
                        \(store): \(rounds) cancels at another worker, milliseconds: the model call had ended after \(stopped), \
                        the phone knew after \(answered); \(kept) histories as they should be
                        """
                    )
                    #expect(stopped.count == rounds && kept == rounds)
                    #expect(stopped.quantile(1) <= 200, "what the machine stood still left out")
                }
            }
            #expect(model.refusals == [])
        }
    }
}

/// Does `work` for each element, at most `width` at once; the results in no order.
private func inParallel<Element: Sendable, Result: Sendable>(
    _ width: Int,
    _ elements: some Sequence<Element>,
    _ work: @escaping @Sendable (Element) async throws -> Result
) async throws -> [Result] {
    try await withThrowingTaskGroup(of: Result.self) { group in
        var results: [Result] = []
        var rest = elements.makeIterator()
        for _ in 0..<width { if let element = rest.next() { group.addTask { try await work(element) } } }
        while let result = try await group.next() {
            results.append(result)
            if let element = rest.next() { group.addTask { try await work(element) } }
        }
        return results
    }
}
