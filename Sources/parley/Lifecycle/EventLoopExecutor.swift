import NIOCore
import NIOPosix

/// Runs tasks on the event loops: each goes on where what it waited for happened, and its connection is read and written
/// by the same thread. Swift's own pool would be a second set of threads, with a change of threads at every read and write.
///
/// Nothing here may block a thread, on that pool no more than on this one.
final class EventLoopExecutor: TaskExecutor {
    static let shared = EventLoopExecutor()

    private let group = MultiThreadedEventLoopGroup.singleton

    private init() {}

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // On an event loop this is that loop.
        group.any().execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
