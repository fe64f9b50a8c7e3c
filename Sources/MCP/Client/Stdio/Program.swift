import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A program that we started, with its standard input and output in our hands. Its errors go where ours go.
final class Program: Sendable {
    /// Ours to write to and to read from; whoever takes them closes them.
    let input: CInt
    let output: CInt
    private let pid: pid_t
    private let hasEnded = Mutex(false)
    private let ended: EventLoopPromise<Void>
    private let loop: any EventLoop

    /// - Parameters:
    ///   - command: a path, or a name to look up in `PATH`, and the arguments.
    ///   - pool: one of its threads sleeps until the program ends.
    init(_ command: [String], on pool: NIOThreadPool) throws(MCPError) {
        loop = MultiThreadedEventLoopGroup.singleton.next()
        let (pid, input, output) = try spawn(command)
        self.pid = pid
        self.input = input
        self.output = output
        ended = loop.makePromise()
        pool.submit { _ in self.reap() }
    }

    /// For when nobody has taken the pipes.
    func closePipes() {
        close(input)
        close(output)
    }

    /// Returns when the program has ended.
    func end() async { try? await ended.futureResult.get() }

    /// Makes the program end, whose input is closed already: after `grace` by SIGTERM, after another by SIGKILL. Returns
    /// when it has.
    func end(after grace: Duration) async {
        let grace = TimeAmount(grace)
        let term = loop.scheduleTask(in: grace) { self.signal(SIGTERM) }
        let kill = loop.scheduleTask(in: grace + grace) { self.signal(SIGKILL) }
        await end()
        term.cancel()
        kill.cancel()
    }

    /// To the program and those that it started.
    private func signal(_ signal: CInt) {
        // Under the lock that `reap` takes: the number is still ours.
        hasEnded.withLock { if !$0 { kill(-pid, signal) } }
    }

    private func reap() {
        var information = siginfo_t()
        // Leaves the number taken until nobody uses it any more.
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        hasEnded.withLock { hasEnded in
            // What it has left behind holds our pipes open.
            kill(-pid, SIGKILL)
            var status: CInt = 0
            while waitpid(pid, &status, 0) == -1, errno == EINTR {}
            hasEnded = true
        }
        ended.succeed()
    }
}
