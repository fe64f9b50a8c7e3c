import Synchronization

/// One request on its way: where the reading task and the loop meet. Carries out what ``TransferState``
/// decides; a continuation is resumed only after the lock is released.
final class Transfer: Sendable {
    typealias ID = UInt64

    private struct Shared {
        var state: TransferState
        var reader: CheckedContinuation<TransferState.Delivery, Never>?
        /// What came for a reader who is on the way to wait for it.
        var early: TransferState.Delivery?

        /// The reader to hand `delivery` to.
        mutating func reader(for delivery: TransferState.Delivery?) -> Wake? {
            guard let delivery else { return nil }
            guard let reader else {
                early = delivery
                return nil
            }
            self.reader = nil
            return Wake(reader: reader, delivery: delivery)
        }
    }

    /// A reader who is to be woken, once no lock is held. Whoever brings more in the same moment brings it first: the
    /// reader then finds it all.
    struct Wake: Sendable {
        fileprivate var reader: CheckedContinuation<TransferState.Delivery, Never>
        fileprivate var delivery: TransferState.Delivery

        func callAsFunction() { reader.resume(returning: delivery) }
    }

    let id: ID
    let request: WebRequest
    /// What errors may say about the URL.
    let origin: String
    private let mailbox: Mailbox
    private let shared: Mutex<Shared>

    init(id: ID, request: WebRequest, origin: String, mailbox: Mailbox) {
        self.id = id
        self.request = request
        self.origin = origin
        self.mailbox = mailbox
        shared = Mutex(Shared(state: TransferState(limits: request.limits)))
    }

    // MARK: The reader's side

    func head() async throws(WebError) -> ResponseHead {
        switch await wait(for: .head) {
        case .head(let head): return head
        case .failure(let error): throw error
        case .chunk, .end: throw WebError(.malformed, "the response has no head")
        }
    }

    /// The next bytes of the body; `nil` at its end.
    func chunk() async throws(WebError) -> [UInt8]? {
        switch await wait(for: .chunk) {
        case .chunk(let bytes): return bytes
        case .failure(let error): throw error
        case .head, .end: return nil
        }
    }

    /// Ends the transfer if it has not ended by itself; its connection is closed then.
    func abandon(_ error: WebError) {
        let (wake, abort) = shared.withLock { shared in
            let action = shared.state.abandon(error)
            return (shared.reader(for: action.delivery), action.abort)
        }
        if abort { mailbox.post(.abort(id)) }
        wake?()
    }

    /// Whether the body is here and was read to its end.
    var isRead: Bool { shared.withLock { $0.state.isRead } }

    private func wait(for item: TransferState.Item) async -> TransferState.Delivery {
        if case .deliver(let delivery, let resume) = shared.withLock({ $0.state.wants(item) }) {
            if resume { mailbox.post(.resume(id)) }
            return delivery
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = shared.withLock { shared in
                    defer { shared.early = nil }
                    if shared.early == nil { shared.reader = continuation }
                    return shared.early
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            abandon(WebError(.cancelled, "the request to \(origin) was cancelled"))
        }
    }

    // MARK: The loop's side

    var isOver: Bool { shared.withLock { $0.state.isOver } }

    func headArrived(_ head: ResponseHead) -> Wake? {
        shared.withLock { $0.reader(for: $0.state.headArrived(head)) }
    }

    /// What to do with the bytes: they are copied when they are taken.
    func chunkArrived(_ bytes: UnsafeRawBufferPointer) -> (TransferState.ChunkAction, Wake?) {
        shared.withLock { shared in
            let action = shared.state.chunkArrived(bytes)
            return switch action {
            case .take(let delivery), .refuse(let delivery): (action, shared.reader(for: delivery))
            case .pause: (action, nil)
            }
        }
    }

    func ended(_ error: WebError?) -> Wake? { shared.withLock { $0.reader(for: $0.state.ended(error)) } }
}
