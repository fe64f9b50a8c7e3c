import CPostgres
import Glibc

/// Wakes a thread that waits in `epoll_wait`, from any other: an `eventfd`, open for as long as anyone holds it.
final class WakeUp: Sendable {
    let descriptor: Int32

    /// Throws `.unavailable` when the system has no more descriptors.
    init() throws(PostgresError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw PostgresError(.unavailable, "eventfd failed, errno \(errno)") }
    }

    deinit { close(descriptor) }

    func signal() {
        var one: UInt64 = 1
        // It can only fail with the counter at its maximum, and then the thread is awake anyway.
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    func reset() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
    }
}
