import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// One request under way: its response is taken piece by piece, by one task. It stops when it is let go of.
final class Transfer: Sendable {
    private let task: URLSessionDataTask
    private let inbox: Inbox

    fileprivate init(_ task: URLSessionDataTask, _ inbox: Inbox) {
        self.task = task
        self.inbox = inbox
    }

    deinit { task.cancel() }

    /// The next piece of the response, when it is there.
    /// - Throws: `.taskCancelled`; then the transfer has stopped.
    func next() async throws(ParleyError) -> Mailbox.Delivery {
        let delivery = await withTaskCancellationHandler {
            await withCheckedContinuation { inbox.take($0) }
        } onCancel: {
            task.cancel()
            inbox.ended(.taskCancelled)
        }
        if Task.isCancelled { throw .taskCancelled }
        return delivery
    }
}

/// Where the session's delegate leaves what arrives, and a task waits for it. Not built on `Mutex`, which iOS 17 lacks.
final class Inbox: @unchecked Sendable {
    // Under the lock alone.
    private var mailbox: Mailbox
    private var waiter: CheckedContinuation<Mailbox.Delivery, Never>?
    private let lock = NSLock()

    init(limit: Int) { mailbox = Mailbox(limit: limit) }

    func take(_ continuation: CheckedContinuation<Mailbox.Delivery, Never>) {
        let delivery = lock.withLock {
            let delivery = mailbox.take()
            if delivery == nil { waiter = continuation }
            return delivery
        }
        if let delivery { continuation.resume(returning: delivery) }
    }

    func arrived(_ head: ResponseHead) { change { $0.arrived(head) } }

    /// - Returns: whether the transfer is to go on.
    func arrived(_ bytes: Data) -> Bool { change { $0.arrived(bytes) } }

    func ended(_ error: ParleyError?) { change { $0.ended(error) } }

    private func change<Result>(_ body: (inout Mailbox) -> Result) -> Result {
        lock.lock()
        let result = body(&mailbox)
        let waiter = waiter
        let delivery = waiter == nil ? nil : mailbox.take()
        if delivery != nil { self.waiter = nil }
        lock.unlock()
        if let delivery { waiter?.resume(returning: delivery) }
        return result
    }
}

extension Transport {
    /// Starts a request.
    func start(_ request: URLRequest) -> Transfer {
        let (task, inbox) = begin(request)
        return Transfer(task, inbox)
    }
}
