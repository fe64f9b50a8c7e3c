package import Foundation
import Synchronization

/// A program that a test started: its output goes to a file, it is signalled and awaited by its own pid.
package final class ChildProcess: Sendable {
    /// How a process ended.
    package enum Exit: Sendable, Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    /// Apart from the process object, so that the thread that waits for the child does not keep its owner alive.
    private final class Fate: Sendable {
        struct State {
            var exit: Exit?
            var waiters: [CheckedContinuation<Exit, Never>] = []
        }
        let state = Mutex(State())
    }

    /// Those of this process that have not ended.
    private static let living = Mutex<[pid_t: Fate]>([:])

    package let pid: pid_t
    /// Standard output and standard error, appended to what was there.
    package let outputPath: String
    private let name: String
    private let fate = Fate()

    /// Starts `executable` (a path, or a name to look up in `PATH`) with standard input from `/dev/null`, and with no
    /// file of this process open.
    ///
    /// - Parameters:
    ///   - environment: added to this process's own; the given value wins.
    ///   - terminal: the path of a terminal for all three standard streams; nothing goes to the file then.
    package init(
        _ executable: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        workingDirectory: String? = nil,
        outputPath: String,
        terminal: String? = nil
    ) throws {
        self.name = executable
        self.outputPath = outputPath
        let merged = ProcessInfo.processInfo.environment.merging(environment) { _, given in given }
        pid = try spawn(
            [executable] + arguments,
            environment: merged.map { "\($0.key)=\($0.value)" },
            workingDirectory: workingDirectory,
            outputPath: outputPath,
            terminal: terminal
        )
        Self.living.withLock { [pid, fate] in $0[pid] = fate }
        // One thread per child, asleep in the kernel until the child ends.
        Thread.detachNewThread { [pid, fate] in Self.reap(pid, fate) }
    }

    /// A child whose owner forgot it must not outlive the tests.
    deinit { signal(SIGKILL) }

    package var isRunning: Bool { fate.state.withLock { $0.exit == nil } }

    /// Everything that the program has printed so far.
    package var output: String {
        (try? String(decoding: Data(contentsOf: URL(fileURLWithPath: outputPath)), as: UTF8.self)) ?? ""
    }

    /// Sends `signal`; does nothing once the process has ended.
    package func signal(_ signal: Int32) { Self.signal(signal, to: pid, fate) }

    /// Kills all that have not ended, for a program that must end in the middle of its work: they would go on without it.
    package static func killAll() {
        for (pid, fate) in living.withLock({ $0 }) { signal(SIGKILL, to: pid, fate) }
    }

    /// Returns when the process has ended.
    @discardableResult
    package func waitForExit() async -> Exit {
        await withCheckedContinuation { continuation in
            let exit = fate.state.withLock { state in
                if state.exit == nil { state.waiters.append(continuation) }
                return state.exit
            }
            if let exit { continuation.resume(returning: exit) }
        }
    }

    /// Asks the process to end (SIGTERM), makes it end (SIGKILL) after `grace`, and returns when it has.
    @discardableResult
    package func stop(grace: Duration = .seconds(5)) async -> Exit {
        signal(SIGTERM)
        signal(SIGCONT)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                guard (try? await Task.sleep(for: grace)) != nil else { return }
                self.signal(SIGKILL)
            }
            let exit = await waitForExit()
            group.cancelAll()
            return exit
        }
    }

    /// Returns as soon as `answers` does; throws with the program's output when the program ends before, or when
    /// `patience` has run out. `answers` may block for a second.
    package func waitUntil(patience: Duration = .seconds(60), _ answers: @escaping @Sendable () -> Bool) async throws {
        let deadline = ContinuousClock.now + patience
        let ready = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            Thread.detachNewThread {
                var ready = answers()
                while !ready, self.isRunning, ContinuousClock.now < deadline {
                    // A refused connection says nothing about when to ask again.
                    usleep(5_000)
                    ready = answers()
                }
                continuation.resume(returning: ready)
            }
        }
        guard ready else {
            let what = isRunning ? "did not answer within \(patience)" : "ended before it answered"
            throw ServerError("\(name) \(what); it printed:\n\(output.suffix(4000))")
        }
    }

    /// Returns as soon as something accepts connections on `port` of 127.0.0.1.
    package func waitUntilListening(on port: Int, patience: Duration = .seconds(60)) async throws {
        try await waitUntil(patience: patience) { (try? TCPSocket())?.connect(port: port) ?? false }
    }

    private static func signal(_ signal: Int32, to pid: pid_t, _ fate: Fate) {
        // Under the lock that `reap` takes: the pid is still ours, or not used at all.
        fate.state.withLock { if $0.exit == nil { kill(pid, signal) } }
    }

    private static func reap(_ pid: pid_t, _ fate: Fate) {
        var information = siginfo_t()
        // Leaves the pid taken until the state knows: no signal can hit a stranger that got the number anew.
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        let (exit, waiters) = fate.state.withLock { state in
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            let exit: Exit = status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: status & 0x7F)
            state.exit = exit
            living.withLock { $0[pid] = nil }
            defer { state.waiters = [] }
            return (exit, state.waiters)
        }
        for waiter in waiters { waiter.resume(returning: exit) }
    }
}
