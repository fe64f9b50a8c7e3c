extension ParleyClient {
    /// The events of one run, to its end. Made by ``ParleyClient/stream(_:)``, ``Session/stream(_:_:)`` and
    /// ``ParleyClient/watch(run:)``; nothing is sent before somebody iterates.
    ///
    /// Lost connections are made again and events are told once. Iterating once more sends the same request under the same
    /// key again, which gives the same answer. Cancelling the task that iterates stops the transfer; the run goes on, unless
    /// ``Request/cancelsRunWithTask`` is set.
    public struct RunEvents: AsyncSequence, Sendable {
        public typealias Element = Event

        enum Source: Sendable {
            case request(Request)
            case run(String)
        }

        let source: Source
        let link: ServiceLink

        public func makeAsyncIterator() -> AsyncIterator {
            switch source {
            case .request(let request): AsyncIterator(reader: RunReader(request, over: link, asEvents: true))
            case .run(let run): AsyncIterator(reader: RunReader(watching: run, over: link))
            }
        }

        public struct AsyncIterator: AsyncIteratorProtocol {
            let reader: RunReader

            /// The next event; `nil` behind the answer.
            public mutating func next() async throws(ParleyError) -> Event? { try await reader.event() }
        }
    }
}
