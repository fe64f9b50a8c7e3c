import Agent
import Foundation
import TestSupport
import Testing

/// What was erased is nowhere: not in Redis, not in its log, not in the database, not in a log of ours.
@Suite(.timeLimit(.minutes(5))) struct ErasureTests {
    private let canary = "canary-of-what-was-said"
    private let control = "control-of-somebody-else"

    /// Where a text is found: in the files of the fleet, in a dump of the database (bytes are digits there), in its log.
    private func traces(of text: String, _ fleet: Fleet, _ postgres: PostgresServer) async throws -> [String] {
        let digits = text.utf8.map { String(format: "%02x", $0) }.joined()
        let dump = try await postgres.dump()
        return try fleet.files(holding: [text, digits])
            + (dump.contains(text) || dump.contains(digits) ? ["dump"] : [])
            + (postgres.output.contains(text) ? ["postgres.log"] : [])
    }

    /// Redis' log as it is after a rewrite, uncompressed: what cannot be read cannot be searched.
    private func rewriteLog(of fleet: Fleet) async throws {
        try fleet.askRedis("CONFIG SET rdbcompression no")
        try fleet.askRedis("BGREWRITEAOF")
        while try !fleet.askRedis(
            "EVAL \"return string.match(redis.call('INFO', 'persistence'), 'aof_rewrite_in_progress:(.)')\" 0"
        )
        .contains("0") {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test(arguments: [true, false])
    func nothingIsLeft(whileTheDatabaseIsDown isDown: Bool) async throws {
        try await PostgresServer.with { postgres in
            try await ModelServer.serving({ .text("re: \($0.lastText ?? "")") }) { model in
                let settings = model.settings(["ARCHIVE": "postgres", "DATABASE_URL": postgres.url])
                try await Fleet.with(workers: 2, settings) { fleet in
                    try await Phone.using { web in
                        let phone = Phone(web: web, url: fleet.url, session: "erased")
                        for turn in 1...3 { _ = try await phone.say("\(canary) \(turn)", key: "k\(turn)") }
                        let other = Phone(web: web, url: fleet.url, session: "kept")
                        _ = try await other.say(control)
                        while try fleet.askRedis("XLEN {parley:outbox}") != ":0\r\n" {
                            try await Task.sleep(for: .milliseconds(20))
                        }
                        #expect(try await traces(of: canary, fleet, postgres).contains("dump"))
                        if isDown {
                            await postgres.kill()
                            _ = try await phone.say("\(canary) 4", key: "k4")
                            _ = try await other.say("\(control) 2")
                            let refused = try await phone.erase()
                            #expect(refused.status == 503)
                            try await postgres.start()
                        }

                        var answer = try await phone.erase()
                        // A pool that was cut off comes back within moments.
                        while answer.status == 503 { answer = try await phone.erase() }
                        #expect(answer.status == 200)
                        #expect(answer.json["status"] == "cleared")
                        let receipt = try #require(answer.json["receipt"])
                        #expect(receipt["turns"] == 3)
                        #expect(receipt["messages"] == 6)
                        #expect(receipt["number"]?.intValue != nil)

                        try await rewriteLog(of: fleet)
                        let left = try await traces(of: canary, fleet, postgres)
                        let controls = try await traces(of: control, fleet, postgres)
                        print("erased: \(receipt.encodedText); the canary is in \(left), the control in \(controls)")
                        #expect(left == [])
                        #expect(controls.contains("dump") && controls.contains { $0.hasPrefix("redis/") })
                        let again = try await phone.say("\(canary) 1", key: "k1")
                        #expect(again.problem == "cleared")
                    }
                }
            }
        }
    }

    @Test func allOfAUserIsErasedFromTheCommandLine() async throws {
        try await PostgresServer.with { postgres in
            try await ModelServer.serving({ .text("re: \($0.lastText ?? "")") }) { model in
                let settings = model.settings(["ARCHIVE": "postgres", "DATABASE_URL": postgres.url])
                try await Fleet.with(workers: 2, settings) { fleet in
                    try await Phone.using { web in
                        for session in ["one", "two"] {
                            _ = try await Phone(web: web, url: fleet.url, session: session).say(canary)
                        }
                        _ = try await Phone(web: web, url: fleet.url).say("\(canary) alone", key: "alone")
                        let somebody: [String: JSONValue] = [
                            "user_context": [
                                "id": 7, "username": "o", "email": "o@example.com", "roles": ["Product Owner"],
                            ]
                        ]
                        _ = try await Phone(web: web, url: fleet.url, session: "kept").say(control, somebody)

                        let outcome = try await ParleyWorker.runToEnd(
                            ["archive", "erase", "--user", "738718"],
                            environment: [
                                "DATABASE_URL": postgres.url, "ARCHIVE": "postgres",
                                "REDIS_URL": "redis://127.0.0.1:\(fleet.redisPort)",
                            ]
                        )
                        #expect(outcome.exit == .exited(0), "\(outcome.output)")
                        let receipt = try JSONValue(parsing: outcome.output.utf8)
                        #expect(receipt["stored_sessions"] == 2)
                        let turns = (receipt["turns"]?.intValue ?? 0) + (receipt["waiting_entries"]?.intValue ?? 0)
                        #expect(turns >= 2)
                        try await rewriteLog(of: fleet)
                        #expect(try await traces(of: canary, fleet, postgres) == [])
                        #expect(try await traces(of: control, fleet, postgres).count > 0)
                    }
                }
            }
        }
    }
}

extension Phone {
    fileprivate func erase() async throws -> Answer { try await delete("/agent/session/\(session ?? "")?erase=true") }
}

extension JSONValue {
    fileprivate var encodedText: String { String(decoding: encoded(), as: UTF8.self) }
}
