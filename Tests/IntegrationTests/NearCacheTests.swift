import Agent
import Foundation
import TestSupport
import Testing

/// What the turns of a long session cost between worker and Redis, once the worker has its history.
@Suite(.timeLimit(.minutes(3))) struct NearCacheTests {
    private static let echo: ModelServer.Responder = { .text("re: \($0.lastText ?? "")") }

    @Test func aTurnOnAMegabyteTransfersWhatIsNew() async throws {
        try await RedisServer.with { redis in
            try redis.writeMegabyte(to: "session:long")
            try await ModelServer.serving(Self.echo) { model in
                let settings = model.settings([
                    "REDIS_URL": redis.url, "LOG_LEVEL": "warning", "HISTORY_MAX_TOKENS": "10000000",
                    "AGENT_DEADLINE_SECONDS": "120",
                ])
                try await ParleyWorker.with(settings) { worker in
                    try await Phone.using { web in
                        let phone = Phone(web: web, url: worker.url, session: "long")
                        // The worker gets the history, and Redis the scripts.
                        for turn in 1...2 { _ = try await redis.untilRecorded(phone.say("turn \(turn)")) }
                        let first = try redis.traffic()
                        let looking = try redis.traffic() - first
                        let start = try redis.traffic()
                        let turns = 5
                        var asking = 0
                        for turn in 1...turns {
                            asking += try await redis.untilRecorded(phone.say("And what about \(turn)?"))
                        }
                        let figure = (try redis.traffic() - start - looking - asking) / turns
                        let size = try redis.ask("STRLEN session:long").dropFirst().prefix(while: \.isNumber)
                        print("\(size) bytes of history: \(figure) bytes to and from Redis per turn")
                        #expect(Int(size) ?? 0 > 1_000_000)
                        #expect(figure > 0 && figure <= 4096)
                        #expect(try await phone.history().json["messages"]?.arrayValue?.count == 5000 + 14)
                    }
                }
                #expect(model.refusals == [])
            }
        }
    }
}

extension RedisServer {
    /// Writes a history of 5000 messages, as another program would.
    fileprivate func writeMegabyte(to key: String) throws {
        let text = String(repeating: "word ", count: 36)
        let pair =
            #"{"role":"user","content":"\#(text)"},{"role":"assistant","content":"\#(text)"}"#
            .replacing("\"", with: "\\\"")
        let script = "redis.call('SETEX', KEYS[1], 600, '[' .. string.rep(ARGV[1] .. ',', 2499) .. ARGV[1] .. ']')"
        _ = try ask("EVAL \"\(script)\" 1 \(key) \"\(pair)\"")
    }

    /// Returns when the end of the run that answered is recorded; the bytes that asking for it took.
    fileprivate func untilRecorded(_ answer: Phone.Answer) async throws -> Int {
        #expect(answer.status == 200)
        let run = try #require(answer.json["run_id"]?.stringValue)
        let question = "HGET {run:\(run)}:state state"
        var bytes = 0
        while true {
            let state = try ask(question)
            bytes += (question + "\r\n").utf8.count + state.utf8.count
            if state.contains("finished") { return bytes }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Bytes that the server has got and sent so far.
    fileprivate func traffic() throws -> Int {
        let lines = try ask("INFO stats").split(whereSeparator: \.isNewline)
        let figures = ["total_net_input_bytes:", "total_net_output_bytes:"].map { name in
            lines.first { $0.hasPrefix(name) }.flatMap { Int($0.dropFirst(name.count)) }
        }
        return try #require(figures[0]) + #require(figures[1])
    }
}
