import CCurl
import Glibc

/// Wakes a thread that waits in ``Readiness``, from any other: an `eventfd`, open for as long as anyone holds it.
final class WakeUp: Sendable {
    fileprivate let descriptor: Int32

    init() throws(WebError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw WebError(.overloaded, "eventfd failed, errno \(errno)") }
    }

    deinit { close(descriptor) }

    func signal() {
        var one: UInt64 = 1
        // It can only fail with the counter at its maximum, and then the thread is awake anyway.
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    fileprivate func reset() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
    }
}

/// Which sockets are ready: `epoll`. One thread waits; what is watched can be changed from any other meanwhile.
final class Readiness: Sendable {
    struct Event {
        var socket: Int32
        /// What ``watch(_:tag:reading:writing:)`` was told.
        var tag: Int
        var isReadable: Bool
        var isWritable: Bool
        var hasFailed: Bool
    }

    /// Where the waiting thread gets its events.
    struct Buffer {
        fileprivate var ready = Array(repeating: epoll_event(), count: 256)
    }

    private let descriptor: Int32
    private let wakeUp: WakeUp

    init(wakeUp: WakeUp) throws(WebError) {
        let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw WebError(.overloaded, "epoll_create1 failed, errno \(errno)") }
        guard Self.watch(wakeUp.descriptor, tag: 0, for: EPOLLIN.rawValue, in: descriptor) else {
            close(descriptor)
            throw WebError(.overloaded, "epoll_ctl failed")
        }
        self.descriptor = descriptor
        self.wakeUp = wakeUp
    }

    deinit { close(descriptor) }

    /// Starts to watch `socket`, or changes what it is watched for; `false` when the system refuses.
    ///
    /// - Parameter tag: comes back with its events.
    func watch(_ socket: Int32, tag: Int, reading: Bool, writing: Bool) -> Bool {
        let events = (reading ? EPOLLIN.rawValue : 0) | (writing ? EPOLLOUT.rawValue : 0)
        return Self.watch(socket, tag: tag, for: events, in: descriptor)
    }

    private static func watch(_ socket: Int32, tag: Int, for events: UInt32, in descriptor: Int32) -> Bool {
        var event = epoll_event()
        event.events = events
        event.data.u64 = UInt64(tag) << 32 | UInt64(UInt32(bitPattern: socket))
        if epoll_ctl(descriptor, EPOLL_CTL_MOD, socket, &event) == 0 { return true }
        return errno == ENOENT && epoll_ctl(descriptor, EPOLL_CTL_ADD, socket, &event) == 0
    }

    func forget(_ socket: Int32) {
        var unused = epoll_event()
        // It fails when the socket is closed already, which removes it as well.
        epoll_ctl(descriptor, EPOLL_CTL_DEL, socket, &unused)
    }

    /// The events there are, after at most `timeout` milliseconds (-1: without limit) or a wake-up.
    func wait(milliseconds timeout: Int32, _ buffer: inout Buffer) -> [Event] {
        let count = epoll_wait(descriptor, &buffer.ready, Int32(buffer.ready.count), timeout)
        guard count > 0 else { return [] }
        var events: [Event] = []
        events.reserveCapacity(Int(count))
        for event in buffer.ready.prefix(Int(count)) {
            let socket = Int32(truncatingIfNeeded: event.data.u64)
            guard socket != wakeUp.descriptor else {
                wakeUp.reset()
                continue
            }
            let bits = event.events
            events.append(
                Event(
                    socket: socket,
                    tag: Int(event.data.u64 >> 32),
                    isReadable: bits & EPOLLIN.rawValue != 0,
                    isWritable: bits & EPOLLOUT.rawValue != 0,
                    hasFailed: bits & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
                )
            )
        }
        return events
    }
}
