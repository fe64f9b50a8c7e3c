import Foundation
import ParleyClient
import TestSupport
import Testing

/// What other servers and gateways do, and services of other versions.
@Suite(.timeLimit(.minutes(1))) struct ScriptedServiceTests {
    private static func response(_ status: String, _ headers: [String] = [], _ body: String = "") -> String {
        (["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)", "Connection: close"] + headers)
            .joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    private static let answer = response(
        "200 OK",
        ["Content-Type: application/json"],
        #"{"summary":"Hi","run_id":"r"}"#
    )

    /// The `Idempotency-Key` of a request.
    private static func key(_ request: String) -> String {
        request.split(separator: "\r\n").first { $0.lowercased().hasPrefix("idempotency-key:") }.map(String.init) ?? ""
    }

    @Test func retryAfterIsHonouredUnderTheSameKey() async throws {
        let keys = Log<String>()
        let replies = [
            Self.response(
                "503 Service Unavailable",
                ["Retry-After: 1", "Content-Type: application/problem+json"],
                #"{"type":"/problems/store-unavailable","title":"Down","status":503}"#
            ),
            Self.response("502 Bad Gateway", ["Content-Type: text/html"], "<html>"),
            Self.answer,
        ]
        try await RawServer.serving { peer, _ in
            keys.append(Self.key(try await peer.request() ?? ""))
            try await peer.send(replies[peer.index])
        } _: { server in
            let start = ContinuousClock.now
            let answer = try await ParleyClient.test(server.url).send(.init("Hello", idempotencyKey: "k"))
            let waited = ContinuousClock.now - start
            #expect(answer.summary == "Hi" && keys.all.map { $0.hasSuffix(": k") } == [true, true, true])
            #expect(waited >= .seconds(1) && waited < .seconds(10))
        }
    }

    @Test func attemptsHaveAnEnd() async throws {
        try await RawServer.serving { peer, server in
            _ = try await peer.request()
            server.requests.add()
            try await peer.send(Self.response("503 Service Unavailable", ["Retry-After: 0"]))
        } _: { server in
            let client = try ParleyClient.test(server.url) { $0.retry.attempts = 3 }
            let error = await #expect(throws: ParleyError.self) { try await client.send(.init("Hello")) }
            #expect(error?.code == .unavailable && error?.retryAfter == .zero && server.requests.count == 3)
            let history = await #expect(throws: ParleyError.self) { try await client.session("s").history() }
            #expect(history?.code == .unavailable && server.requests.count == 6)
        }
    }

    /// Events in pieces of one byte, among others that nobody knows yet, and a place where some are missing.
    @Test func whatIsNotKnownIsPassedOn() async throws {
        let events = """
            id: 1-0\nevent: run.started\ndata: {"run_id":"r","session_id":"s","new":1}\n
            id: 2-0\nevent: tool.progress\ndata: {"share":0.5}\n
            id: 7-0\nevent: gap\ndata: {"from":"3-0","to":"7-0"}\n
            id: 8-0\nevent: text.reset\ndata: {}\n
            id: 9-0\nevent: run.finished\ndata: {"summary":"Hä","run_id":"r","stopped_by":"boredom","mood":"good"}\n\n
            """
        try await RawServer.serving { peer, _ in
            _ = try await peer.request()
            try await peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n")
            for byte in Array(events.utf8) { try await peer.send([byte]) }
        } _: { server in
            let seen = try await ParleyClient.test(server.url).stream(.init("Hello")).seen()
            let others: [ParleyClient.Event] = [
                .other(name: "tool.progress", data: #"{"share":0.5}"#), .gap(from: "3-0", to: "7-0"), .textReset,
            ]
            #expect(seen.others == others)
            #expect(seen.answer?.summary == "Hä" && seen.answer?.stoppedBy?.rawValue == "boredom")
        }
    }

    @Test func aRunThatFailsInItsStreamIsBegunAnewOnlyIfThatMayHelp() async throws {
        let failure: (String) -> String = { code in
            """
            HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 1-0\nevent: run.started\ndata: {"run_id":"r"}\n
            id: 2-0\nevent: run.failed\ndata: {"type":"/problems/\(code)","title":"T","status":502}\n\n
            """
        }
        let (passing, lasting) = (failure("model-overloaded"), failure("model-failed"))
        try await RawServer.serving { peer, _ in
            _ = try await peer.request()
            try await peer.send(peer.index == 0 ? passing : lasting)
        } _: { server in
            let error = await #expect(throws: ParleyError.self) {
                try await ParleyClient.test(server.url).stream(.init("Hello")).seen()
            }
            #expect(error?.code == .modelFailed && server.connected.count == 2)
        }
    }

    @Test func whatIsNoParleyIsToldSo() async throws {
        let replies = [
            Self.response("307 Temporary Redirect", ["Location: http://127.0.0.1:1/agent/run"]),
            Self.response("200 OK", ["Content-Type: text/html"], "<html>"), Self.response("404 Not Found"),
        ]
        try await RawServer.serving { peer, server in
            _ = try await peer.request()
            try await peer.send(replies[peer.index])
        } _: { server in
            let client = try ParleyClient.test(server.url)
            for _ in replies {
                let error = await #expect(throws: ParleyError.self) { try await client.send(.init("Hello")) }
                #expect(error?.code == .unreadable)
            }
            #expect(server.connected.count == replies.count)
        }
    }

    @Test func aServiceThatSaysNothingIsNotWaitedForForEver() async throws {
        try await RawServer.serving { peer, _ in
            _ = try await peer.request()
            try await peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hm\n\n")
            await peer.closed()
        } _: { server in
            let client = try ParleyClient.test(server.url) {
                $0.silence = .seconds(1)
                $0.retry = .never
            }
            let error = await #expect(throws: ParleyError.self) { try await client.stream(.init("Hello")).seen() }
            #expect(error?.code == .unreachable)
            await server.closed.wait()
        }
    }
}
