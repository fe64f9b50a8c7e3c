/// A response whose head has arrived and whose body is still arriving. Good inside the scope that handed it out.
package struct WebResponse: Sendable {
    package let status: Int
    package let headers: WebHeaders
    /// Whether other transfers share the connection (HTTP/2): leaving the body unread does not cost it then.
    package let isMultiplexed: Bool
    /// The body, once: a second iteration goes on where the first stopped.
    package let body: WebBody
}

/// A response that is here as a whole.
package struct WebReply: Sendable {
    package var status: Int
    package var headers: WebHeaders
    package var body: [UInt8]
}

/// The bytes of a response's body, as they arrive. One reader at a time; while it does nothing, at most
/// ``WebLimits/windowBytes`` and one network buffer wait for it, over HTTP/2 at most ``WebLimits/bodyBytes``.
package struct WebBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package typealias Failure = WebError

    let transfer: Transfer

    package struct AsyncIterator: AsyncIteratorProtocol {
        let transfer: Transfer

        /// The next bytes, never none; `nil` once the body is whole.
        package mutating func next() async throws(WebError) -> [UInt8]? { try await transfer.chunk() }

        package mutating func next(isolation actor: isolated (any Actor)?) async throws(WebError) -> [UInt8]? {
            try await transfer.chunk()
        }
    }

    /// Whether the body is whole and was read to its end.
    package var isRead: Bool { transfer.isRead }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(transfer: transfer) }

    /// What is left of the body in one piece; `.tooLarge` when that is more than `limit` bytes.
    package func collect(upTo limit: Int = .max) async throws(WebError) -> [UInt8] {
        var bytes: [UInt8] = []
        while let chunk = try await transfer.chunk() {
            guard bytes.count + chunk.count <= limit else {
                throw WebError(.tooLarge, "the body is larger than \(limit) bytes")
            }
            if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
        }
        return bytes
    }
}
