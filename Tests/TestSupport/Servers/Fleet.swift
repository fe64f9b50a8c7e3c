import Foundation
import Synchronization

/// A fleet as operators run it: `deploy/fleet` with nginx, Redis and workers, in a folder of its own; or with a PostgreSQL
/// of the test's in place of Redis.
package final class Fleet: Sendable {
    package typealias Worker = (pid: Int32, port: Int)

    /// Where the sessions of a fleet are.
    package enum Store: String, Sendable, CaseIterable { case redis, postgres }

    /// The number of a worker that is dead: no process has it. (0 would mean our own group to `kill`.)
    package static let noProcess = Int32.max

    private let directory: TemporaryDirectory
    private let settings: [String: String]
    /// Where nginx listens.
    package let url: String
    private let current: Mutex<[Worker]>
    /// 0 without Redis.
    package let redisPort: Int
    /// Where the sessions are, unless they are in Redis.
    private let postgres: PostgresServer?
    /// Redis, as `deploy/fleet` started it, until ``startRedis()`` started another.
    private let firstRedis: Int32
    private let nextRedis = Mutex<ChildProcess?>(nil)

    /// What workers are set to unless a test says otherwise. Redis writes to the disk before it acknowledges: how long that
    /// takes on a busy machine is not what most tests try.
    private static let defaults = ["REDIS_COMMAND_TIMEOUT_MS": "5000"]

    /// Runs `body` with a fleet that is stopped when `body` is done.
    ///
    /// - Parameter settings: environment variables of the workers.
    package static func with<Result>(
        workers: Int = 3,
        on store: Store = .redis,
        _ settings: [String: String] = [:],
        _ body: (Fleet) async throws -> Result
    ) async throws -> Result {
        switch store {
        case .redis: return try await with(workers: workers, settings, postgres: nil, body)
        case .postgres:
            return try await PostgresServer.with { server in
                let own = ["SESSION_STORE": "postgres", "DATABASE_URL": server.url]
                return try await with(workers: workers, settings.merging(own) { $1 }, postgres: server, body)
            }
        }
    }

    private static func with<Result>(
        workers: Int,
        _ settings: [String: String],
        postgres: PostgresServer?,
        _ body: (Fleet) async throws -> Result
    ) async throws -> Result {
        let directory = try TemporaryDirectory("fleet")
        do {
            let fleet = try await Fleet(directory, workers: workers, defaults.merging(settings) { $1 }, postgres)
            let result = try await body(fleet)
            _ = try await Self.run(["down", "--dir", directory.path])
            return result
        } catch {
            _ = try? await Self.run(["down", "--dir", directory.path])
            throw error
        }
    }

    private init(
        _ directory: TemporaryDirectory,
        workers: Int,
        _ settings: [String: String],
        _ postgres: PostgresServer?
    ) async throws {
        self.directory = directory
        self.settings = settings
        self.postgres = postgres
        _ = try await Self.run(
            ["up", String(workers), "--port", "0", "--dir", directory.path, "--binary", ParleyWorker.binary],
            settings
        )
        let description = try await Self.status(directory)
        url = description.url
        current = Mutex(description.workers)
        let redis = description.processes.first { $0.name == "redis" }
        redisPort = redis?.port ?? 0
        firstRedis = redis?.pid ?? 0
    }

    /// The port of ``url``.
    package var port: Int { url.split(separator: ":").last.flatMap { Int($0) } ?? 0 }

    /// Bytes of memory that the workers hold.
    package var residentBytes: Int {
        workers.reduce(0) { sum, worker in
            let statm = (try? String(contentsOfFile: "/proc/\(worker.pid)/statm", encoding: .utf8)) ?? ""
            let pages = statm.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            return sum + pages * Int(getpagesize())
        }
    }

    /// The workers in the order of their names, as they were last started.
    package var workers: [Worker] { current.withLock { $0 } }

    /// Rolls through the workers, as a deployment does; returns when all were replaced.
    ///
    /// - Parameter binary: the program to move to.
    package func restart(binary: String? = nil) async throws {
        let arguments = ["restart", "--dir", directory.path] + (binary.map { ["--binary", $0] } ?? [])
        let outcome: Result<String, any Error>
        do { outcome = .success(try await Self.run(arguments, settings)) } catch { outcome = .failure(error) }
        let workers = try await Self.status(directory).workers
        current.withLock { $0 = workers }
        _ = try outcome.get()
    }

    /// Starts again what has died, and returns when it serves.
    package func revive() async throws {
        _ = try await Self.run(["up", "--dir", directory.path, "--binary", ParleyWorker.binary], settings)
        let workers = try await Self.status(directory).workers
        current.withLock { $0 = workers }
    }

    /// Whether the workers that were started are all alive.
    package var areWorkersAlive: Bool { workers.allSatisfy { kill($0.pid, 0) == 0 } }

    /// Sends a signal to Redis: SIGSTOP makes it hang, SIGCONT go on, SIGKILL die.
    package func signalRedis(_ signal: Int32) {
        if let redis = nextRedis.withLock({ $0 }) {
            redis.signal(signal)
        } else {
            kill(firstRedis, signal)
        }
    }

    /// Starts Redis again, on its port, with its configuration and its data; returns when it answers. It must have died.
    package func startRedis() async throws {
        let arguments = ["--port", String(redisPort), "--bind", "127.0.0.1", "--dir", directory.file("redis")]
        let redis = try ChildProcess(
            "redis-server",
            ["deploy/redis.conf"] + arguments,
            outputPath: directory.file("log/redis.log")
        )
        nextRedis.withLock { $0 = redis }
        try await redis.waitUntil { (try? self.askRedis("PING").hasPrefix("+PONG")) ?? false }
    }

    /// Puts `history` in the place of a session's, as another program would.
    package func write(_ history: String, to session: String) async throws {
        if let postgres {
            // In the text of a bytea a backslash begins an escape.
            let text = history.replacing("\\", with: "\\\\").replacing("'", with: "''")
            try await postgres.ask(
                """
                INSERT INTO parley.sessions (id, history, expires_at)
                VALUES ('\(session)', '\(text)', now() + interval '10 minutes')
                ON CONFLICT (id) DO UPDATE SET history = excluded.history, expires_at = excluded.expires_at
                """
            )
        } else {
            let quoted = history.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            try askRedis("SETEX session:\(session) 600 \"\(quoted)\"")
        }
    }

    /// What Redis answers to one line, as it comes over the wire, at most 512 bytes.
    @discardableResult
    package func askRedis(_ line: String) throws -> String {
        let socket = try TCPSocket()
        guard socket.connect(port: redisPort) else { throw ServerError("redis-server is not there") }
        return socket.ask(line + "\r\n")
    }

    /// Everything that a process of the fleet has logged: `nginx`, `redis`, `worker-1`, …
    package func log(of name: String) -> String {
        (try? String(contentsOfFile: directory.file("log/\(name).log"), encoding: .utf8)) ?? ""
    }

    /// The files of the fleet, Redis' data and all logs, that hold one of `texts`.
    package func files(holding texts: [String]) throws -> [String] {
        let files = FileManager.default.enumerator(atPath: directory.path)
        var found: [String] = []
        while let name = files?.nextObject() as? String {
            guard let data = FileManager.default.contents(atPath: directory.file(name)) else { continue }
            if texts.contains(where: { data.range(of: Data($0.utf8)) != nil }) { found.append(name) }
        }
        return found
    }

    private struct Status: Decodable {
        struct Process: Decodable {
            var name: String
            /// `nil`: dead.
            var pid: Int32?
            var port: Int
        }
        var url: String
        var processes: [Process]

        var workers: [Worker] {
            processes.filter { $0.name.hasPrefix("worker") }.map { ($0.pid ?? noProcess, $0.port) }
        }
    }

    private static func status(_ directory: TemporaryDirectory) async throws -> Status {
        let text = try await run(["status", "--json", "--dir", directory.path], mayFail: true)
        return try JSONDecoder().decode(Status.self, from: Data(text.utf8))
    }

    /// Runs `deploy/fleet`; what it printed.
    private static func run(
        _ arguments: [String],
        _ environment: [String: String] = [:],
        mayFail: Bool = false
    ) async throws -> String {
        let directory = try TemporaryDirectory("fleet-output")
        let script = try ChildProcess(
            "/bin/bash",
            ["-c", "exec \"$@\" 2>\"$0\"", directory.file("errors"), "deploy/fleet"] + arguments,
            environment: environment,
            outputPath: directory.file("output")
        )
        let exit = await script.waitForExit()
        guard exit == .exited(0) || mayFail else {
            let errors = (try? String(contentsOfFile: directory.file("errors"), encoding: .utf8)) ?? ""
            throw ServerError("deploy/fleet \(arguments.first ?? "") ended as \(exit):\n\(script.output)\n\(errors)")
        }
        return script.output
    }
}
