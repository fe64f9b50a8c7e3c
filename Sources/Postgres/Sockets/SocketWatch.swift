import CPostgres
import Glibc
import Synchronization

/// Wakes tasks when a socket is ready, a time has come, or they were cancelled: one thread, asleep in `epoll_wait`, for
/// all connections of the process, and for as long as the process.
///
/// Each wait has a token of its own, and each readiness event carries the token of the wait that asked for it: an event
/// that comes after its wait has ended, for a socket whose number may belong to another connection by then, wakes nobody.
final class SocketWatch: Sendable {
    typealias Instant = ContinuousClock.Instant
    typealias Token = UInt64

    enum Wake: Sendable, Equatable {
        case ready, late, cancelled
        /// The system watches no more sockets.
        case failed
    }

    /// What a wait is for.
    struct Interest: Equatable, Sendable {
        var socket: Int32
        var reading = true
        var writing = false
    }

    private struct Entry {
        var deadline: Instant
        var wake: @Sendable (Wake) -> Void
    }

    private struct Table {
        var entries: [Token: Entry] = [:]
        /// No entry's deadline is before this; `nil` when none is watched.
        var nextDeadline: Instant?
    }

    /// Started when it is first needed. A failure, because the system has no thread or descriptor left, is final.
    static let shared = Result { () throws(PostgresError) in try SocketWatch() }

    private static let wakeUpToken: Token = 0

    private let descriptor: Int32
    private let wakeUp: WakeUp
    private let table = Mutex(Table())
    private let tokens = Atomic<Token>(wakeUpToken)

    private init() throws(PostgresError) {
        wakeUp = try WakeUp()
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw PostgresError(.unavailable, "epoll_create1 failed, errno \(errno)") }
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = Self.wakeUpToken
        guard epoll_ctl(descriptor, EPOLL_CTL_ADD, wakeUp.descriptor, &event) == 0,
            WatchThread.start({ [self] in run() })
        else {
            close(descriptor)
            throw PostgresError(.unavailable, "no thread to watch sockets with")
        }
    }

    /// A name for one wait.
    func reserve() -> Token { tokens.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Waits for one event. The socket must stay open until this returns.
    func wait(for interest: Interest, until deadline: Instant) async -> Wake {
        let token = reserve()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                schedule(token, at: deadline) { continuation.resume(returning: $0) }
                if !arm(interest, token) { end(token, .failed) }
                // A cancellation that came before the entry found nothing: it comes again.
                if Task.isCancelled { end(token, .cancelled) }
            }
        } onCancel: {
            end(token, .cancelled)
        }
    }

    /// Calls `wake` once, at `deadline` with `.late` unless `forget` or an event comes first. It must not block.
    func schedule(_ token: Token, at deadline: Instant, _ wake: @escaping @Sendable (Wake) -> Void) {
        let isEarliest = table.withLock { table in
            table.entries[token] = Entry(deadline: deadline, wake: wake)
            guard table.nextDeadline.map({ deadline < $0 }) ?? true else { return false }
            table.nextDeadline = deadline
            return true
        }
        if isEarliest { wakeUp.signal() }
    }

    /// Ends what was scheduled without a call.
    func forget(_ token: Token) { table.withLock { _ = $0.entries.removeValue(forKey: token) } }

    private func end(_ token: Token, _ wake: Wake) {
        table.withLock { $0.entries.removeValue(forKey: token) }?.wake(wake)
    }

    /// Watches for one event; `false` when the system refuses.
    private func arm(_ interest: Interest, _ token: Token) -> Bool {
        var event = epoll_event()
        event.events =
            (interest.reading ? EPOLLIN.rawValue : 0) | (interest.writing ? EPOLLOUT.rawValue : 0)
            | EPOLLONESHOT.rawValue
        event.data.u64 = token
        if epoll_ctl(descriptor, EPOLL_CTL_MOD, interest.socket, &event) == 0 { return true }
        // A socket that is new, or took the number of one that was closed, which has left the set by itself.
        return errno == ENOENT && epoll_ctl(descriptor, EPOLL_CTL_ADD, interest.socket, &event) == 0
    }

    // MARK: The thread

    private func run() {
        var ready = [epoll_event](repeating: epoll_event(), count: 64)
        while true {
            let count = epoll_wait(descriptor, &ready, Int32(ready.count), timeout())
            for event in ready.prefix(Int(max(0, count))) {
                let token = event.data.u64
                if token == Self.wakeUpToken { wakeUp.reset() } else { end(token, .ready) }
            }
            endOverdue()
        }
    }

    private func timeout() -> Int32 {
        guard let next = table.withLock({ $0.nextDeadline }) else { return -1 }
        let (seconds, attoseconds) = ContinuousClock.now.duration(to: next).components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        // Rounded up, so that what waits this long has waited long enough.
        return Int32(min(seconds, 3600)) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    /// Looks at all entries, but seldom: when the earliest deadline of those that there were the last time has come, and
    /// most have ended long before it.
    private func endOverdue() {
        let now = Instant.now
        let overdue = table.withLock { table -> [Entry] in
            guard let next = table.nextDeadline, next <= now else { return [] }
            let late = table.entries.filter { $0.value.deadline <= now }
            for token in late.keys { table.entries[token] = nil }
            table.nextDeadline = table.entries.values.lazy.map(\.deadline).min()
            return Array(late.values)
        }
        for entry in overdue { entry.wake(.late) }
    }
}
