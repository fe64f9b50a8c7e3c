import Agent
import Foundation
import TestSupport
import Testing
import WebClient

/// People whose phones have stopped reading, while others go on.
@Suite(.timeLimit(.minutes(5))) struct StalledReaderTests {
    /// The text of one answer, in twelve pieces. What becomes of a reader that is farther behind is tested at one worker.
    private static let text = String(repeating: "All work and no play. ", count: 2400)

    /// Readers and their runs come to an end together: the more there are, the slower the model speaks.
    private static let count = soak(1000, otherwise: 150)

    private static let responder: ModelServer.Responder = { request in
        guard request.lastText == "long" else { return .text("short").delivered { $0.pace = .milliseconds(2) } }
        return .text(text).delivered { delivery in
            delivery.deltaLength = 4400
            delivery.pace = .milliseconds(Int.random(in: count...3 * count))
        }
    }

    @Test func readersThatStopReading() async throws {
        let count = Self.count
        let settings = [
            "LOG_LEVEL": "warning", "HISTORY_MAX_TOKENS": "1000000", "AGENT_DEADLINE_SECONDS": "120",
        ]
        try await ModelServer.serving(Self.responder) { model in
            try await Fleet.with(model.settings(settings)) { fleet in
                try await Phone.using { web in
                    let before = try await Self.latencies(web, fleet)
                    let beside = try await Self.latenciesBesideReaders(web, fleet)
                    let small = fleet.residentBytes
                    let readers = try (0..<count).map { number in
                        let phone = Phone(web: web, url: fleet.url, session: "stalled-\(number)")
                        return try StalledReader(
                            port: fleet.port,
                            request: StalledReader.post("/agent/run", phone.body("long")),
                            readingUntil: "run.started"
                        )
                    }
                    let during = try await Self.latencies(web, fleet)
                    let large = fleet.residentBytes
                    // Whatever their readers do, the runs come to their ends.
                    var turns = 0
                    for number in 0..<count {
                        let phone = Phone(web: web, url: fleet.url, session: "stalled-\(number)")
                        if try await phone.turns(within: .seconds(60)) == 1 { turns += 1 }
                    }
                    let after = fleet.residentBytes
                    let sample = 20
                    var right = 0
                    for reader in readers.prefix(sample) {
                        let reading = Reading(String(decoding: reader.whole(), as: UTF8.self))
                        if try await reading.isRight(with: Phone(web: web, url: fleet.url)) { right += 1 }
                    }
                    print(
                        """
                        \(count) readers that stopped reading: \(turns) of their runs committed; memory of 3 workers \
                        \(small >> 20) MiB before, \(large >> 20) with them, \(after >> 20) behind; of \(sample) read to the \
                        end later \(right) add up
                          other runs alone: \(before)
                          beside as many readers that read: \(beside)
                          beside those that had stopped: \(during)
                        """
                    )
                    #expect(turns == count)
                    #expect(right == sample)
                    // As many readers that read came before: what more those cost is what waits for them.
                    #expect(after - small < count * 128 * 1024)
                    // While the runs are under way there is also what has not been given back yet.
                    #expect(large - small < count * 256 * 1024)
                }
            }
        }
    }

    /// How long short runs take, one after another. The first one, which waits out the rush of beginnings, does not count.
    private static func latencies(_ web: WebClient, _ fleet: Fleet) async throws -> Figures {
        var figures = Figures()
        for number in 0...100 {
            let phone = Phone(web: web, url: fleet.url, session: "other-\(number % 5)")
            let start = ContinuousClock.now
            let answer = try await phone.say("short")
            #expect(answer.summary == "short")
            if number > 0 { figures.add(.now - start) }
        }
        return figures
    }

    /// The same while as many phones read as later do not.
    private static func latenciesBesideReaders(_ web: WebClient, _ fleet: Fleet) async throws -> Figures {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let begun = EventCount()
            for number in 0..<count {
                let phone = Phone(web: web, url: fleet.url, session: "reading-\(number)")
                group.addTask {
                    let watched = try await phone.watch("long") { event in
                        if event.name == "run.started" { begun.add() }
                        return true
                    }
                    #expect(watched.text == text)
                }
            }
            await begun.wait(for: count)
            let figures = try await latencies(web, fleet)
            try await group.waitForAll()
            return figures
        }
    }

    /// What a reader got in the end. One that took nothing for too long was dropped, and asks for the rest.
    private struct Reading {
        private var run = ""
        private var numbers: [Int] = []
        private var isWhole = false

        init(_ stream: String) {
            run = stream.firstMatch(of: /run_[0-9a-f]{32}/).map { String($0.output) } ?? ""
            isWhole = stream.contains("event: run.finished")
            // The last frame may be cut short.
            for frame in stream.components(separatedBy: "\n\n").dropLast() {
                guard let id = frame.firstMatch(of: /id: ([0-9]+)-0/) else { continue }
                numbers.append(Int(id.1) ?? 0)
            }
        }

        /// Whether the events that came, with the rest, are all there are, in order, up to the last.
        func isRight(with phone: Phone) async throws -> Bool {
            var numbers = numbers
            var isWhole = isWhole
            if !isWhole {
                let rest = try await phone.follow(run, after: "\(numbers.last ?? 0)-0")
                numbers += rest.events.compactMap { $0.id.flatMap { Int($0.dropLast(2)) } }
                isWhole = rest.names.last == "run.finished"
            }
            return isWhole && numbers == Array(1...max(1, numbers.count))
        }
    }
}

extension Phone {
    /// The turns of the session, once there are any.
    fileprivate func turns(within time: Duration) async throws -> Int? {
        let end = ContinuousClock.now + time
        while true {
            let answer = try await history()
            if answer.status == 200 || .now > end { return answer.json["turns"]?.intValue }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
