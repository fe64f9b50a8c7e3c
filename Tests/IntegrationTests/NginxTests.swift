import Agent
import Foundation
import TestSupport
import Testing
import WebClient

/// `deploy/nginx.conf` under a real nginx: its own errors, and which worker it prefers.
@Suite(.timeLimit(.minutes(2))) struct NginxTests {
    private func expectProblem(_ answer: Phone.Answer, _ status: Int, _ code: String, retryAfter: String? = nil) {
        #expect(answer.status == status && answer.problem == code)
        #expect(answer.headers["content-type"] == "application/problem+json")
        #expect(answer.json["status"] == .int(status))
        #expect(answer.json["instance"]?.stringValue == answer.headers["x-request-id"])
        #expect(answer.headers["retry-after"] == retryAfter)
    }

    @Test func refusesWhatIsFarTooLarge() async throws {
        try await Nginx.with(workers: [FreePort.reserve()]) { nginx in
            try await Phone.using { web in
                let body = [UInt8](repeating: 32, count: 600 * 1024)
                expectProblem(try await Phone(web: web, url: nginx.url).post("/agent/run", body), 413, "too-large")
            }
        }
    }

    @Test(arguments: [nil, "a session"])
    func tellsThatNoWorkerIsThere(_ session: String?) async throws {
        try await Nginx.with(workers: [FreePort.reserve(), FreePort.reserve()]) { nginx in
            try await Phone.using { web in
                let phone = Phone(web: web, url: nginx.url, session: session, tellsSession: true)
                for path in ["/agent/run", "/agent/runs/run_1/cancel"] {
                    expectProblem(try await phone.post(path), 502, "unavailable", retryAfter: "2")
                }
                expectProblem(try await phone.get("/agent/runs/run_1/events"), 502, "unavailable", retryAfter: "2")
            }
        }
    }

    @Test func tellsThatAWorkerDoesNotAnswer() async throws {
        let worker = try await ParleyWorker()
        worker.process.signal(SIGSTOP)
        try await Nginx.with(
            workers: [worker.port],
            editing: { $0.replacing("proxy_read_timeout 40s", with: "proxy_read_timeout 1s") }
        ) { nginx in
            try await Phone.using { web in
                let phone = Phone(web: web, url: nginx.url)
                expectProblem(try await phone.say("Hello"), 504, "unavailable", retryAfter: "2")
                let events = try await phone.get("/agent/runs/run_1/events")
                expectProblem(events, 504, "unavailable", retryAfter: "2")
            }
        }
        await worker.process.stop()
    }

    @Test(arguments: ["/agent/run", "/agent/runs/run_1/events"])
    func passesOnEachEventAtOnce(_ path: String) async throws {
        let firstSeen = EventCount()
        try await RawServer.serving({ peer, _ in
            _ = try await peer.request()
            let head = "Content-Type: text/event-stream\r\nX-Accel-Buffering: no\r\nConnection: close"
            try await peer.send("HTTP/1.1 200 OK\r\n\(head)\r\n\r\nid: 1-0\n\n")
            await firstSeen.wait(for: 1)
            try await peer.send("id: 2-0\n\n")
        }) { server in
            try await Nginx.with(workers: [server.port]) { nginx in
                try await Phone.using { web in
                    let request = WebRequest(
                        path == "/agent/run" ? .post : .get,
                        nginx.url + path,
                        deadline: .now + .seconds(20)
                    )
                    let pieces = try await web.withResponse(to: request) { response throws(WebError) in
                        var pieces: [String] = []
                        var body = response.body.makeAsyncIterator()
                        while let bytes = try await body.next() {
                            pieces.append(String(decoding: bytes, as: UTF8.self))
                            firstSeen.add()
                        }
                        return pieces
                    }
                    #expect(pieces == ["id: 1-0\n\n", "id: 2-0\n\n"])
                }
            }
        }
    }

    @Test func aSessionStaysWithItsWorkerWhileThatLives() async throws {
        let (sessions, turns) = (100, 3)
        try await Fleet.with(workers: 3, ["LOG_LEVEL": "warning"]) { fleet in
            try await Phone.using { web in
                let phones = (0..<sessions).map {
                    Phone(web: web, url: fleet.url, session: "s\($0)", tellsSession: true)
                }
                let before = try await workersServing(phones, fleet)
                kill(fleet.workers[0].pid, SIGKILL)
                let dead = "127.0.0.1:\(fleet.workers[0].port)"
                let killed = Phone(web: web, url: "http://\(dead)")
                while (try? await killed.get("/health")) != nil {}
                var stayed = 0
                for _ in 1...turns {
                    let after = try await workersServing(phones, fleet)
                    stayed += zip(before, after).count { $0 == $1 }
                    #expect(!after.contains(dead))
                    #expect(zip(before, after).allSatisfy { $0 == dead || $0 == $1 })
                }
                let shares = Dictionary(before.map { ($0, 1) }, uniquingKeysWith: +).values.sorted()
                print(
                    """
                    \(sessions) sessions over 3 workers as \(shares); one killed: \(sessions * turns) more turns, \
                    none failed, \(stayed) on the same worker
                    """
                )
                #expect(shares.count == 3 && shares[0] > sessions / 10)
            }
        }
    }

    /// Has each phone take a turn; the address of the worker that answered it.
    private func workersServing(_ phones: [Phone], _ fleet: Fleet) async throws -> [String] {
        let answers = try await withThrowingTaskGroup(of: (Int, Phone.Answer).self) { group in
            for (number, phone) in phones.enumerated() { group.addTask { (number, try await phone.say("Hello")) } }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(answers.values.allSatisfy { $0.status == 200 })
        let ids = phones.indices.map { answers[$0]?.headers["x-request-id"] ?? "" }
        // nginx writes a request's line when the answer is out.
        var workers: [String: String] = [:]
        repeat { workers = workersByRequest(fleet.log(of: "nginx")) } while !ids.allSatisfy { workers[$0] != nil }
        return ids.map { workers[$0] ?? "" }
    }

    /// The address of the last worker that each request was given to.
    private func workersByRequest(_ log: String) -> [String: String] {
        var workers: [String: String] = [:]
        for line in log.split(separator: "\n") {
            guard let entry = try? JSONValue(parsing: line.utf8), let id = entry["request_id"]?.stringValue,
                let worker = entry["worker"]?.stringValue?.split(separator: ", ").last
            else { continue }
            workers[id] = String(worker)
        }
        return workers
    }
}
