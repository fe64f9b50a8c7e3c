import Foundation

/// The real `parley serve`, as a process of its own on a free port.
package final class ParleyWorker: Sendable {
    package let process: ChildProcess
    package let port: Int
    package var url: String { "http://127.0.0.1:\(port)" }
    /// Standard output and standard error together.
    package var output: String { process.output }

    private let directory: TemporaryDirectory

    /// The program that was built with these tests.
    package static var binary: String {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (tests as NSString).deletingLastPathComponent + "/parley"
    }

    /// Starts a worker and returns when it listens.
    ///
    /// - Parameter settings: its environment variables; none of the surrounding environment's settings reach it.
    package init(_ settings: [String: String] = [:], arguments: [String] = []) async throws {
        directory = try TemporaryDirectory("worker")
        port = try FreePort.reserve()
        process = try ChildProcess(
            Self.binary,
            ["serve", "--port", String(port)] + arguments,
            environment: settings,
            workingDirectory: directory.path,
            outputPath: directory.file("worker.log")
        )
        try await process.waitUntilListening(on: port)
    }

    /// Runs `body` with a worker that is stopped when `body` is done.
    package static func with<Result>(
        _ settings: [String: String] = [:],
        arguments: [String] = [],
        _ body: (ParleyWorker) async throws -> Result
    ) async throws -> Result {
        let worker = try await ParleyWorker(settings, arguments: arguments)
        do {
            let result = try await body(worker)
            await worker.process.stop()
            return result
        } catch {
            await worker.process.stop()
            throw error
        }
    }

    /// Runs the program until it ends by itself, as for settings that it must refuse; how it ended and what it printed.
    package static func runToEnd(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> (exit: ChildProcess.Exit, output: String) {
        let directory = try TemporaryDirectory("worker")
        let process = try ChildProcess(
            binary,
            arguments,
            environment: environment,
            workingDirectory: directory.path,
            outputPath: directory.file("worker.log")
        )
        let exit = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // One that serves instead must fail the test, not hold it up.
                if (try? await Task.sleep(for: .seconds(20))) != nil { process.signal(SIGKILL) }
            }
            defer { group.cancelAll() }
            return await process.waitForExit()
        }
        return (exit, process.output)
    }
}
