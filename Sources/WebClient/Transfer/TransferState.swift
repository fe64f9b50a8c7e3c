/// What becomes of one transfer, decided: between the network, which brings a head, bytes and an end, and one reader,
/// who asks for them in that order. No I/O, no continuations; whoever holds it carries the answers out.
///
///     network:  headArrived   chunkArrived*   ended          reader:  wants(.head)   wants(.chunk)*
///                                                            either:  abandon
struct TransferState {
    enum Item { case head, chunk }

    /// What the reader gets.
    enum Delivery: Equatable {
        case head(ResponseHead)
        case chunk([UInt8])
        case end
        case failure(WebError)
    }

    enum ReadAction: Equatable {
        /// `resume`: the network was told to pause and may go on.
        case deliver(Delivery, resume: Bool)
        /// The next event delivers.
        case wait
    }

    enum ChunkAction: Equatable {
        /// The bytes are taken; give the waiting reader this, if anything.
        case take(Delivery?)
        /// The bytes are not taken: bring them again after a `resume`.
        case pause
        /// Abort the transfer; the reader learns why.
        case refuse(Delivery?)
    }

    private enum End { case complete, failed(WebError) }

    private let limits: WebLimits
    private var head: ResponseHead?
    private var buffer: [UInt8] = []
    private var received = 0
    private var isPaused = false
    private var waiting: Item?
    private var end: End?

    init(limits: WebLimits) { self.limits = limits }

    /// libcurl 7.88 stops a whole connection of HTTP/2 for one stream that is paused, and spins meanwhile: a slow reader
    /// there is waited for by buffering what the limit on the body allows.
    private var windowBytes: Int { head?.isMultiplexed == true ? limits.bodyBytes : limits.windowBytes }

    /// Nothing that the network brings matters any more.
    var isOver: Bool { end != nil }

    /// Nothing is left to be read of a body that is whole.
    var isRead: Bool { if case .complete = end { buffer.isEmpty } else { false } }

    /// The reader asks. One question at a time: the next only after this one was answered.
    mutating func wants(_ item: Item) -> ReadAction {
        precondition(waiting == nil, "one reader at a time")
        if case .failed(let error) = end { return .deliver(.failure(error), resume: false) }
        switch item {
        case .head:
            if let head { return .deliver(.head(head), resume: false) }
        case .chunk:
            if !buffer.isEmpty {
                let resume = isPaused && end == nil
                isPaused = false
                let bytes = buffer
                buffer = []
                return .deliver(.chunk(bytes), resume: resume)
            }
            if end != nil { return .deliver(.end, resume: false) }
        }
        waiting = item
        return .wait
    }

    mutating func headArrived(_ head: ResponseHead) -> Delivery? {
        guard end == nil else { return nil }
        self.head = head
        return answer(.head, with: .head(head))
    }

    mutating func chunkArrived(_ bytes: some Collection<UInt8>) -> ChunkAction {
        guard end == nil else { return .refuse(nil) }
        guard bytes.count <= limits.bodyBytes - received else {
            return .refuse(fail(WebError(.tooLarge, "the body is larger than \(limits.bodyBytes) bytes")))
        }
        guard buffer.count < windowBytes else {
            isPaused = true
            return .pause
        }
        received += bytes.count
        if waiting == .chunk { return .take(answer(.chunk, with: .chunk(Array(bytes)))) }
        buffer.append(contentsOf: bytes)
        return .take(nil)
    }

    /// The network is done with the transfer; `error` tells why, unless the response is whole.
    mutating func ended(_ error: WebError?) -> Delivery? {
        guard end == nil else { return nil }
        if let error { return fail(error) }
        guard head != nil else { return fail(WebError(.closed, "the response has no head")) }
        end = .complete
        return answer(.chunk, with: .end)
    }

    /// Gives the transfer up for the reader's sake: left, cancelled, or stopped. `abort` says whether the network still
    /// works on it.
    mutating func abandon(_ error: WebError) -> (delivery: Delivery?, abort: Bool) {
        guard end == nil else { return (nil, false) }
        return (fail(error), true)
    }

    private mutating func fail(_ error: WebError) -> Delivery? {
        end = .failed(error)
        buffer = []
        guard waiting != nil else { return nil }
        waiting = nil
        return .failure(error)
    }

    private mutating func answer(_ item: Item, with delivery: Delivery) -> Delivery? {
        guard waiting == item else { return nil }
        waiting = nil
        return delivery
    }
}
