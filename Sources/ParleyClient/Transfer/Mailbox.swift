import Foundation

/// What has arrived of one response and was not taken yet. Bytes in, pieces out, no connection.
struct Mailbox: Sendable {
    /// What whoever waits is told.
    enum Delivery: Sendable, Equatable {
        case head(ResponseHead)
        case bytes(Data)
        case end
        case failure(ParleyError)
    }

    private let limit: Int
    private var head: ResponseHead?
    private var bytes = Data()
    private var end: Delivery?

    /// - Parameter limit: bytes that wait to be taken; beyond it the transfer is given up.
    init(limit: Int) { self.limit = limit }

    mutating func arrived(_ head: ResponseHead) { self.head = head }

    /// - Returns: `false` when the transfer is to be given up: its reader takes too little.
    mutating func arrived(_ more: Data) -> Bool {
        guard end == nil else { return true }
        bytes.append(more)
        guard bytes.count > limit else { return true }
        end = .failure(ParleyError(.unreachable, "More than \(limit) bytes were not taken"))
        return false
    }

    /// The response is over. Only the first end counts.
    mutating func ended(_ error: ParleyError?) { end = end ?? error.map { .failure($0) } ?? .end }

    /// What there is to take: the head, then all bytes, then the end; `nil`: wait.
    mutating func take() -> Delivery? {
        if let head {
            self.head = nil
            return .head(head)
        }
        guard bytes.isEmpty else {
            defer { bytes = Data() }
            return .bytes(bytes)
        }
        return end
    }
}

/// The first part of a response.
struct ResponseHead: Sendable, Equatable {
    var status: Int
    var contentType: String
    var requestID: String?
    var retryAfter: String?

    init(status: Int, contentType: String = "", requestID: String? = nil, retryAfter: String? = nil) {
        self.status = status
        self.contentType = contentType
        self.requestID = requestID
        self.retryAfter = retryAfter
    }

    var isEventStream: Bool { contentType.lowercased().hasPrefix("text/event-stream") }
}
