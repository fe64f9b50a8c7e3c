import Foundation
import Synchronization

/// A real PostgreSQL on a free port of 127.0.0.1, its data in a temporary folder and not forced to the disk. User and
/// database are called `parley`; logins use SCRAM. It ends with the last reference to it; `with` ends it earlier and in
/// order.
///
/// PostgreSQL refuses to run as root: for tests that do, it runs as `postgres`, or else as `nobody`.
package final class PostgresServer: Sendable {
    /// Has all that a URL must encode.
    package static let password = "open sesame @/:%"

    package let port: Int
    package let certificates: TestCertificates?
    package let directory: TemporaryDirectory
    private let account: PostgresAccount
    private let settings: [String]
    private let process: Mutex<ChildProcess>

    /// Makes a cluster of databases, starts a server on it and returns when it answers.
    ///
    /// - Parameters:
    ///   - settings: `name=value` as `postgresql.conf` has them, after our own, so that they win.
    ///   - tls: also speak TLS, with a certificate made for this server.
    package init(_ settings: [String] = [], tls: Bool = false) async throws {
        directory = try TemporaryDirectory("postgres")
        port = try FreePort.reserve()
        account = try PostgresAccount()
        certificates = tls ? try await TestCertificates(in: directory) : nil
        var own = [
            "listen_addresses=127.0.0.1", "port=\(port)", "unix_socket_directories=", "fsync=off",
            "full_page_writes=off", "shared_buffers=16MB",
        ]
        if let certificates {
            own += ["ssl=on", "ssl_cert_file=\(certificates.certificate)", "ssl_key_file=\(certificates.key)"]
        }
        self.settings = own + settings
        try directory.write(Self.password, to: "password")
        try await account.takeOver(directory)
        let initdb = account.command(
            "initdb",
            ["-D", directory.file("data"), "-U", "parley", "--pwfile", directory.file("password"), "-E", "UTF8"]
                + ["-A", "scram-sha-256", "--no-locale", "--no-sync", "--no-instructions"]
        )
        try await runToEnd(initdb[0], Array(initdb.dropFirst()), in: directory)
        process = Mutex(try await Self.launch(account, self.settings, in: directory))
        _ = try await ask("CREATE DATABASE parley", database: "postgres")
    }

    /// Runs `body` with a server that is stopped when `body` is done.
    package static func with<Result>(
        _ settings: [String] = [],
        tls: Bool = false,
        _ body: (PostgresServer) async throws -> Result
    ) async throws -> Result {
        let server = try await PostgresServer(settings, tls: tls)
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    /// `postgresql://parley:…@127.0.0.1:<port>/parley`.
    package var url: String { url() }

    /// Where the server is, for another host, user, password or database, or with options such as `sslmode=require`.
    package func url(
        host: String = "127.0.0.1",
        user: String = "parley",
        password: String = PostgresServer.password,
        database: String = "parley",
        _ options: String = ""
    ) -> String {
        let encoded = password.utf8.map { String(format: "%%%02X", $0) }.joined()
        return "postgresql://\(user):\(encoded)@\(host):\(port)/\(database)" + (options.isEmpty ? "" : "?" + options)
    }

    /// What the server has printed, over all its starts.
    package var output: String { current.output }

    /// Stops the server and its connections' processes where they are: they neither answer nor accept.
    package func pause() { for pid in [current.pid] + children() { Foundation.kill(pid, SIGSTOP) } }

    /// Lets a paused server go on.
    package func resume() { for pid in children() + [current.pid] { Foundation.kill(pid, SIGCONT) } }

    /// Ends the server and its connections, and returns when it has ended.
    package func stop() async {
        resume()
        // SIGTERM alone would wait for the clients to leave.
        current.signal(SIGINT)
        await current.stop()
    }

    /// Has the server end as in a crash: at once, and with recovery at its next start.
    package func kill() async {
        current.signal(SIGQUIT)
        await current.waitForExit()
    }

    /// Starts the server again, same port, same settings, same data; it must have ended.
    package func start() async throws {
        let child = try await Self.launch(account, settings, in: directory)
        process.withLock { $0 = child }
    }

    /// What `psql` prints for `statements`: values alone, `|` between columns. Over a connection of its own, so that a test
    /// can look past the client that it tests.
    @discardableResult
    package func ask(_ statements: String, database: String = "parley") async throws -> String {
        let log = directory.file("psql-\(UUID().uuidString).log")
        let psql = try ChildProcess(
            "psql",
            ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", statements, "-h", "127.0.0.1", "-p", "\(port)"]
                + ["-U", "parley", "-d", database],
            environment: ["PGPASSWORD": Self.password],
            outputPath: log
        )
        let exit = await psql.waitForExit()
        guard exit == .exited(0) else { throw ServerError("psql ended with \(exit):\n\(psql.output)") }
        return psql.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A dump of the whole database, as text.
    package func dump() async throws -> String {
        let log = directory.file("dump-\(UUID().uuidString).sql")
        let dump = try ChildProcess(
            "pg_dump",
            ["-h", "127.0.0.1", "-p", "\(port)", "-U", "parley", "parley"],
            environment: ["PGPASSWORD": Self.password],
            outputPath: log
        )
        let exit = await dump.waitForExit()
        guard exit == .exited(0) else { throw ServerError("pg_dump ended with \(exit):\n\(dump.output)") }
        return dump.output
    }

    private var current: ChildProcess { process.withLock { $0 } }

    /// The processes of the server's connections, and its helpers.
    private func children() -> [pid_t] {
        let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { pid_t($0) } ?? []
        return pids.filter { pid in
            let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            return status?.contains("PPid:\t\(current.pid)\n") ?? false
        }
    }

    private static func launch(
        _ account: PostgresAccount,
        _ settings: [String],
        in directory: TemporaryDirectory
    ) async throws -> ChildProcess {
        let arguments = ["-D", directory.file("data")] + settings.flatMap { ["-c", $0] }
        let command = account.command("postgres", arguments)
        let log = directory.file("postgres.log")
        @Sendable func starts() -> Int {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            return text.components(separatedBy: "ready to accept connections").count
        }
        let before = starts()
        let child = try ChildProcess(
            command[0],
            Array(command.dropFirst()),
            workingDirectory: directory.path,
            outputPath: log
        )
        try await child.waitUntil { starts() > before }
        return child
    }
}

/// Who PostgreSQL runs as, and where its programs are.
private struct PostgresAccount: Sendable {
    private let programs: String
    private let user: (name: String, group: gid_t)?

    init() throws {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        guard let version = versions.compactMap(Int.init).max() else {
            throw ServerError("PostgreSQL is not installed: nothing in \(root)")
        }
        programs = "\(root)/\(version)/bin"
        guard getuid() == 0 else {
            user = nil
            return
        }
        let found = ["postgres", "nobody"].lazy.compactMap { (name: String) in
            getpwnam(name).map { (name: name, group: $0.pointee.pw_gid) }
        }.first
        guard let found else { throw ServerError("there is neither a user postgres nor a user nobody") }
        user = found
    }

    /// The command line that runs one of PostgreSQL's programs; the process becomes the program.
    func command(_ program: String, _ arguments: [String]) -> [String] {
        let change =
            user.map { ["setpriv", "--reuid", $0.name, "--regid", "\($0.group)", "--clear-groups", "--"] } ?? []
        return change + ["\(programs)/\(program)"] + arguments
    }

    /// Makes `directory`, and what is in it, the user's own.
    func takeOver(_ directory: TemporaryDirectory) async throws {
        guard let user else { return }
        try await runToEnd("chown", ["-R", "\(user.name):\(user.group)", directory.path], in: directory)
    }
}
