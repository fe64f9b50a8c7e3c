import Foundation
import TestSupport

/// One run of wrk: a closed loop of connections, each with one request under way.
struct Wrk: Sendable {
    /// What wrk told at its end.
    struct Summary: Decodable, Sendable {
        var requests: Int
        var microseconds: Double
        /// Answers with a status from 400 on.
        var statuses: Int
        /// Connections that were refused or broke, and answers that did not come in time.
        var sockets: Int
        /// Latencies in microseconds.
        var p50, p99, mean: Double

        var perSecond: Double { Double(requests) / (microseconds / 1e6) }
        var failures: Int { statuses + sockets }
    }

    /// Sessions that the turns belong to.
    struct Sessions: Sendable {
        /// How many there are at a time. More than connections, or turns wait for one another.
        var slots = 256
        /// After so many turns a session is over and another takes its slot.
        var turns = 10
    }

    var connections: Int
    var duration: Duration
    /// Turns of these; without, it is GETs.
    var sessions: Sessions?

    /// Runs wrk to its end; what it told.
    func load(_ url: String) async throws -> Summary {
        let directory = try TemporaryDirectory("wrk")
        return try await summary(of: start(url, in: directory), in: directory)
    }

    /// Runs wrk until `body` has returned; what it told, and the result of `body`.
    func load<Result>(_ url: String, until body: () async throws -> Result) async throws -> (Summary, Result) {
        let directory = try TemporaryDirectory("wrk")
        let wrk = try start(url, in: directory)
        let result: Result
        do {
            result = try await body()
        } catch {
            await wrk.stop()
            throw error
        }
        // It then ends as if its time were over.
        wrk.signal(SIGINT)
        return (try await summary(of: wrk, in: directory), result)
    }

    private func start(_ url: String, in directory: TemporaryDirectory) throws -> ChildProcess {
        var environment = ["BENCH_SUMMARY": directory.file("summary.json")]
        if let sessions {
            environment["BENCH_SESSIONS"] = "bench-\(UInt32.random(in: 0 ... .max))"
            environment["BENCH_SLOTS"] = String(sessions.slots)
            environment["BENCH_TURNS"] = String(sessions.turns)
            environment["BENCH_BODY"] = RunRequests.body(session: "SESSION")
        }
        return try ChildProcess(
            "wrk",
            [
                "--threads", "1", "--connections", String(connections), "--timeout", "60s",
                "--duration", "\(duration.components.seconds)s", "--script",
                Repository.path("Tests/LoadBench/Load/load.lua"), url,
            ],
            environment: environment,
            outputPath: directory.file("wrk.log")
        )
    }

    private func summary(of wrk: ChildProcess, in directory: TemporaryDirectory) async throws -> Summary {
        let exit = await wrk.waitForExit()
        guard exit == .exited(0), let told = FileManager.default.contents(atPath: directory.file("summary.json")) else {
            throw ServerError("wrk ended with \(exit):\n\(wrk.output)")
        }
        return try JSONDecoder().decode(Summary.self, from: told)
    }
}
