import Agent
import Foundation
import TestSupport
import Testing
import WebClient

/// People whose phones have stopped reading, while others go on.
@Suite(.timeLimit(.minutes(5))) struct StalledReaderTests {
    /// The text of one answer, in twelve pieces. How a reader that is far behind is told of it, is tested at one worker.
    private static let text = String(repeating: "All work and no play. ", count: 2400)

    /// Readers and their runs come to an end together: the more there are, the slower the model speaks.
    private static let count = soak(1000, otherwise: 300)

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
                            request: Self.request(phone.body("long")),
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
                    let ends = readers.prefix(20).map { Reading(String(decoding: $0.whole(), as: UTF8.self)) }
                    let right = ends.count { $0.isRight }
                    print(
                        """
                        \(count) readers that stopped reading: \(turns) of their runs committed; memory of 3 workers \
                        \(small >> 20) MiB before, \(large >> 20) with them, \(after >> 20) behind; of 20 read to the \
                        end later \(right) add up
                          other runs alone: \(before)
                          beside as many readers that read: \(beside)
                          beside those that had stopped: \(during)
                        """
                    )
                    #expect(turns == count)
                    #expect(right == ends.count)
                    // A reader costs a connection's buffers; its run's log is bounded, and gone with the run.
                    #expect(max(large, after) - small < count * 512 * 1024)
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

    private static func request(_ body: [UInt8]) -> [UInt8] {
        let head = """
            POST /agent/run HTTP/1.1\r
            Host: parley\r
            Content-Type: application/json\r
            Accept: text/event-stream\r
            Connection: close\r
            Content-Length: \(body.count)\r
            \r

            """
        return Array(head.utf8) + body
    }

    /// What a reader got in the end.
    private struct Reading {
        /// Events that it was told it had missed.
        var gap = 0
        /// Whether the events that came and those that it missed are all there are, in order, up to the last.
        var isRight = false

        init(_ stream: String) {
            var next = 1
            var isInOrder = true
            let frames = stream.split(separator: "\n\n").map { $0.split(separator: "\n").map(String.init) }
            for frame in frames {
                guard
                    let id = frame.first(where: { $0.hasPrefix("id: ") }).flatMap({ Int($0.dropFirst(4).dropLast(2)) })
                else { continue }
                if frame.contains("event: gap") {
                    gap += id - next + 1
                } else if id != next {
                    isInOrder = false
                }
                next = id + 1
            }
            isRight = isInOrder && stream.contains("event: run.finished")
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
