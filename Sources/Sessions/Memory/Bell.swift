/// Wakes one task once: rung before it waits or while it does.
struct Bell: Sendable {
    private let rings: AsyncStream<Never>
    private let continuation: AsyncStream<Never>.Continuation

    init() { (rings, continuation) = AsyncStream.makeStream() }

    /// Safe to call from anywhere, and more than once; not under a lock, since it may run the woken task.
    func ring() { continuation.finish() }

    /// Returns when the bell is rung, when `duration` has passed, or when the task is cancelled.
    func wait(atMost duration: Duration) async {
        await withTaskGroup { group in
            group.addTask { for await _ in rings {} }
            group.addTask { try? await Task.sleep(for: duration) }
            await group.next()
            group.cancelAll()
        }
    }
}
