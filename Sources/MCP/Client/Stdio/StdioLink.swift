import Agent
import Logging
import Synchronization

/// A program of ours as a server: one message on each line of its input and output. ``run()`` starts it, and starts it
/// again when it has ended, after a pause that grows.
final class StdioLink: Link {
    struct Waiter {
        var continuation: CheckedContinuation<Reply, Never>
        var patience: SharedPatience
    }

    struct State {
        var table: RequestTable
        var waiters: [Int: Waiter] = [:]
        var outbox: AsyncStream<[UInt8]>.Continuation
        var generation = 1
    }

    let isProgram = true
    let command: [String]
    let settings: MCPClientSettings
    let changes: ChangeCount
    let logger: Logger
    let state: Mutex<State>
    let firstLines: AsyncStream<[UInt8]>

    /// Requests made before it runs wait for it.
    init(command: [String], settings: MCPClientSettings, changes: ChangeCount, logger: Logger) {
        self.command = command
        self.settings = settings
        self.changes = changes
        self.logger = logger
        let (lines, outbox) = Self.outbox(settings)
        firstLines = lines
        state = Mutex(State(table: RequestTable(limit: settings.maximumInFlight), outbox: outbox))
    }

    var generation: Int { state.withLock { $0.generation } }

    // MARK: Requests

    func send(_ request: OutgoingRequest) async -> Reply {
        let patience = SharedPatience(silence: request.silence, longest: request.longest)
        let reply = await patience.bound { await self.exchange(request, patience) }
        return reply ?? .failed(MCPError(.timeout, "it does not answer in time"))
    }

    func notify(_ method: String, _ params: [String: JSONValue], under agreement: Agreement) async {
        write(.notification(method: method, params: params))
    }

    func listen(under agreement: Agreement) async -> ListenEnd {
        // A legacy program tells by itself, and ``run()`` hears it.
        guard agreement.era == .modern else { return .refused }
        let reply = await send(.listen(under: agreement, for: .seconds(365 * 86400), settings))
        return if case .refused = reply { .refused } else { .ended(retry: nil) }
    }

    func end(_ agreement: Agreement) async {}

    private func exchange(_ request: OutgoingRequest, _ patience: SharedPatience) async -> Reply {
        let (number, isOpen) = state.withLock { state in
            // What was agreed with the program before says nothing to this one.
            let isOpen = state.table.isOpen && state.generation == request.agreement.generation
            return (isOpen ? state.table.add() : nil, isOpen)
        }
        guard let number else {
            return isOpen
                ? .failed(MCPError(.overloaded, "too many requests are under way"))
                : .failed(MCPError(.unreachable, "the program does not run"))
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // It may have been cancelled, or the program have ended, since the number was given out.
                let outbox = state.withLock { state -> AsyncStream<[UInt8]>.Continuation? in
                    guard state.table.isWaiting(number) else { return nil }
                    state.waiters[number] = Waiter(continuation: continuation, patience: patience)
                    return state.outbox
                }
                guard let outbox else {
                    let code: MCPError.Code = Task.isCancelled ? .cancelled : .unreachable
                    return continuation.resume(returning: .failed(MCPError(code, "nothing was sent")))
                }
                // Never to a program that was started meanwhile.
                if !Self.write(request.message(id: number), to: outbox) {
                    finish(number, .failed(MCPError(.overloaded, "the program does not read")))
                }
            }
        } onCancel: {
            cancel(number, tell: request.isCancellable)
        }
    }

    private func cancel(_ number: Int, tell: Bool) {
        let (waiter, wasSent) = state.withLock { state in
            let wasWaiting = state.table.cancel(number)
            let waiter = state.waiters.removeValue(forKey: number)
            return (waiter, wasWaiting && waiter != nil)
        }
        if wasSent, tell {
            write(.notification(method: Method.cancelled, params: ["requestId": .int(number)]))
        }
        waiter?.continuation.resume(returning: .failed(MCPError(.cancelled, "the request was cancelled")))
    }

    /// Notices and answers, which do no harm where they come late or not at all.
    func write(_ message: JSONRPCMessage) {
        _ = Self.write(message, to: state.withLock { $0.outbox })
    }

    /// Whether there was room for it.
    private static func write(_ message: JSONRPCMessage, to outbox: AsyncStream<[UInt8]>.Continuation) -> Bool {
        if case .enqueued = outbox.yield(message.encoded() + [UInt8(ascii: "\n")]) { return true }
        return false
    }

    func finish(_ number: Int, _ reply: Reply) {
        let waiter = state.withLock { state in
            _ = state.table.cancel(number)
            return state.waiters.removeValue(forKey: number)
        }
        waiter?.continuation.resume(returning: reply)
    }

    // MARK: Connections

    /// The program is gone: whoever waits is told at once, and nothing is taken until ``reopen()``.
    func close() {
        let (waiters, outbox) = state.withLock { state in
            let waiters = state.table.close().compactMap { state.waiters.removeValue(forKey: $0) }
            return (waiters, state.outbox)
        }
        outbox.finish()
        for waiter in waiters { waiter.continuation.resume(returning: .failed(MCPError(.closed, "the program ended"))) }
    }

    /// There is a new program; the lines that are for it.
    func reopen() -> AsyncStream<[UInt8]> {
        let (lines, outbox) = Self.outbox(settings)
        state.withLock { state in
            state.table.open()
            state.outbox = outbox
            state.generation += 1
        }
        changes.changed()
        return lines
    }

    private static func outbox(
        _ settings: MCPClientSettings
    ) -> (AsyncStream<[UInt8]>, AsyncStream<[UInt8]>.Continuation) {
        // Each request may be followed by its cancellation.
        AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(settings.maximumInFlight * 2))
    }
}
