import Foundation
import Synchronization

/// A real `redis-server` on a free port of 127.0.0.1, its data in a temporary folder, nothing saved unless `lines` ask
/// for it. It ends with the last reference to it; `with` ends it earlier and in order.
package final class RedisServer: Sendable {
    package let port: Int
    /// The port that speaks TLS, when the server was started with certificates.
    package let tlsPort: Int?
    package let certificates: TestCertificates?
    package let directory: TemporaryDirectory
    private let process: Mutex<ChildProcess>

    /// Starts a server and returns when it answers.
    ///
    /// - Parameters:
    ///   - lines: lines of `redis.conf`, after our own, so that they win.
    ///   - tls: also listen for TLS, with a certificate made for this server.
    package init(_ lines: [String] = [], tls: Bool = false) async throws {
        directory = try TemporaryDirectory("redis")
        port = try FreePort.reserve()
        certificates = tls ? try await TestCertificates(in: directory) : nil
        tlsPort = tls ? try FreePort.reserve() : nil
        var configuration = [
            "bind 127.0.0.1", "port \(port)", "dir \(directory.path)", "save \"\"", "appendonly no", "daemonize no",
        ]
        if let certificates, let tlsPort {
            configuration += [
                "tls-port \(tlsPort)", "tls-cert-file \(certificates.certificate)", "tls-key-file \(certificates.key)",
                "tls-ca-cert-file \(certificates.authority)", "tls-auth-clients no",
            ]
        }
        try directory.write((configuration + lines).joined(separator: "\n") + "\n", to: "redis.conf")
        process = Mutex(try await Self.launch(in: directory, port: port))
    }

    /// Runs `body` with a server that is stopped when `body` is done.
    package static func with<Result>(
        _ lines: [String] = [],
        tls: Bool = false,
        _ body: (RedisServer) async throws -> Result
    ) async throws -> Result {
        let server = try await RedisServer(lines, tls: tls)
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    /// `redis://127.0.0.1:<port>`.
    package var url: String { "redis://127.0.0.1:\(port)" }

    /// What the server has printed, over all its starts.
    package var output: String { current.output }

    /// Sends a signal: SIGSTOP makes it hang, SIGCONT go on, SIGKILL die.
    package func signal(_ signal: Int32) { current.signal(signal) }

    /// Ends the server and returns when it has ended.
    package func stop() async { await current.stop() }

    /// Kills the server as a crash would, and returns when it is gone.
    package func kill() async {
        signal(SIGKILL)
        await current.waitForExit()
    }

    /// Starts the server again, same port, same configuration, same data; it must have ended.
    package func start() async throws {
        let child = try await Self.launch(in: directory, port: port)
        process.withLock { $0 = child }
    }

    /// What the server answers to one line, such as `DBSIZE`, as it comes over the wire, at most 512 bytes. Over a
    /// connection of its own, so that a test can look past the client that it tests.
    package func ask(_ line: String) throws -> String {
        let socket = try TCPSocket()
        guard socket.connect(port: port) else { throw ServerError("redis-server is not there") }
        return socket.ask(line + "\r\n")
    }

    private var current: ChildProcess { process.withLock { $0 } }

    private static func launch(in directory: TemporaryDirectory, port: Int) async throws -> ChildProcess {
        let child = try ChildProcess(
            "redis-server",
            [directory.file("redis.conf")],
            workingDirectory: directory.path,
            outputPath: directory.file("redis.log")
        )
        try await child.waitUntil {
            guard let socket = try? TCPSocket(), socket.connect(port: port) else { return false }
            let answer = socket.ask("PING\r\n")
            return answer.hasPrefix("+PONG") || answer.hasPrefix("-NOAUTH")
        }
        return child
    }
}
