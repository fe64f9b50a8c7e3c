import Logging
import NIOCore
import NIOSSL
import Synchronization

/// One event loop's connection and the commands on their way to it. Callers on any thread leave commands in an inbox;
/// the event loop empties it in one go, so that many commands share one wake-up and one write.
///
///     callers ──▶ inbox ──▶ RedisLane.Core ──▶ RedisConnection ──▶ socket
///        ▲     (bounded)    (table of callers)   (slots)              │
///        └───────────────────────◀────────────────────────────────────┘
final class RedisLane: Sendable {
    /// A command as the caller left it.
    struct Submission {
        var id: RedisCommandID
        var bytes: ByteBuffer
        var deadline: NIODeadline
        var caller: CheckedContinuation<Result<RedisReply, RedisError>, Never>
    }

    /// What the event loop has to see to, in the order in which it was asked for.
    enum Entry {
        case send(Submission)
        case cancel(RedisCommandID)
    }

    /// How much is under way, and what the event loop has not yet seen of it.
    struct Inbox {
        var entries: [Entry] = []
        var commands = 0
        var bytes = 0
        var isEmptyingScheduled = false
    }

    /// Shared by the callers and the event loop.
    final class Desk: Sendable {
        let inbox = Mutex(Inbox())
        /// Only a hint for choosing a lane: it may be outdated by the time it is read.
        let isUp = Atomic(false)
    }

    private let configuration: RedisConfiguration
    let eventLoop: any EventLoop
    private let desk = Desk()
    private let core: NIOLoopBoundBox<Core>

    init(_ configuration: RedisConfiguration, tls: NIOSSLContext?, on eventLoop: any EventLoop, logger: Logger) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        let core = Core(configuration, tls: tls, eventLoop: eventLoop, desk: desk, logger: logger)
        self.core = .makeBoxSendingValue(core, eventLoop: eventLoop)
    }

    /// Whether the lane had a connection a moment ago.
    var isUp: Bool { desk.isUp.load(ordering: .relaxed) }

    /// Commands that wait to be written, and slots that wait for a reply.
    var commandsUnderWay: Int { desk.inbox.withLock { $0.commands } }

    /// Sends one encoded command; its reply, an error reply included.
    ///
    /// Safe to cancel at any point: the caller returns at once, the command's slot stays until its reply has come.
    func send(
        _ bytes: ByteBuffer,
        id: RedisCommandID,
        deadline: NIODeadline,
        isCancellable: Bool
    ) async -> Result<RedisReply, RedisError> {
        guard isCancellable else {
            return await withCheckedContinuation { caller in
                submit(Submission(id: id, bytes: bytes, deadline: deadline, caller: caller))
            }
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                submit(Submission(id: id, bytes: bytes, deadline: deadline, caller: caller))
                // A cancellation that came before the command is in the inbox found nothing there: it comes again.
                if Task.isCancelled { post(.cancel(id)) }
            }
        } onCancel: {
            post(.cancel(id))
        }
    }

    /// Makes the first attempt to connect; from here on the lane looks after its connection by itself.
    func start() {
        eventLoop.execute { [core] in core.value.start() }
    }

    /// Stops for good and returns when no command is under way any more. When `gracefully`, commands under way may finish
    /// first, within the command time-out.
    func stop(gracefully: Bool) async {
        _ = try? await eventLoop.flatSubmit { [core] in core.value.stop(gracefully: gracefully) }.get()
    }

    private func submit(_ submission: Submission) {
        let isAccepted = post(.send(submission)) { inbox in
            let size = submission.bytes.readableBytes
            guard inbox.commands < configuration.maximumCommands,
                inbox.bytes + size <= configuration.maximumCommandBytes
            else { return false }
            inbox.commands += 1
            inbox.bytes += size
            return true
        }
        guard !isAccepted else { return }
        submission.caller.resume(returning: .failure(RedisError(.overloaded, "too many commands under way")))
    }

    /// Leaves `entry` for the event loop unless `admits` turns it away.
    @discardableResult
    private func post(_ entry: Entry, admits: (inout Inbox) -> Bool = { _ in true }) -> Bool {
        let (isAccepted, mustSchedule) = desk.inbox.withLock { inbox in
            guard admits(&inbox) else { return (false, false) }
            inbox.entries.append(entry)
            defer { inbox.isEmptyingScheduled = true }
            return (true, !inbox.isEmptyingScheduled)
        }
        if mustSchedule { eventLoop.execute { [core] in core.value.emptyInbox() } }
        return isAccepted
    }
}
