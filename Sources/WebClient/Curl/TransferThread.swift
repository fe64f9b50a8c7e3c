import Glibc

/// A thread of its own that waits for the network, which the tasks' shared threads must not.
enum TransferThread {
    private final class Work {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `work` on a new thread; `false` when the system has none.
    static func start(_ work: @escaping @Sendable () -> Void) -> Bool {
        let context = Unmanaged.passRetained(Work(work))
        var thread = pthread_t()
        let failed = pthread_create(
            &thread,
            nil,
            { context in
                // The process's signals belong to its other threads, and a SIGPIPE of this one's sockets to nobody: the
                // write's error says the same.
                var signals = sigset_t()
                sigfillset(&signals)
                pthread_sigmask(SIG_SETMASK, &signals, nil)
                if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            },
            context.toOpaque()
        )
        guard failed == 0 else {
            context.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
