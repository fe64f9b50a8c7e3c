import Glibc

/// A thread of its own, for what sleeps in the kernel: a task that did would keep one of the tasks' shared threads.
enum WatchThread {
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
                // The process's signals belong to its other threads.
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
