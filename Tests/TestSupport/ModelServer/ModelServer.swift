import Agent
import NIOCore
import NIOHTTP1
import Synchronization

/// A local server that answers like the Messages API, says what a test wants it to say and refuses what the real one
/// refuses. Takes any number of connections, kept open between requests. Works as long as the scope of ``serving(_:_:)``.
package final class ModelServer: Sendable {
    /// Decides the answer to a request that was found in order.
    package typealias Responder = @Sendable (Request) async -> Answer

    private struct Record {
        var requests: [Request] = []
        var refusals: [String] = []
        /// Requests in work, by connection.
        var open: Set<ObjectIdentifier> = []
    }

    /// Where clients find it: `http://127.0.0.1:port`, without a path.
    package let url: String
    /// Counts the requests whose connection the client closed before the answer was out.
    package let aborted = EventCount()
    /// Counts the requests that were found in order.
    package let arrived = EventCount()
    /// Counts the connections.
    package let connected = EventCount()

    private let responder: Responder
    private let record = Mutex(Record())

    /// The requests that were found in order, as they came.
    package var requests: [Request] { record.withLock { $0.requests } }

    /// What was wrong with the requests that were not.
    package var refusals: [String] { record.withLock { $0.refusals } }

    private init(port: Int, responder: @escaping Responder) {
        url = "http://127.0.0.1:\(port)"
        self.responder = responder
    }

    /// Serves while `use` runs, on a free port of 127.0.0.1.
    package static func serving<Result: Sendable>(
        _ responder: @escaping Responder,
        _ use: (ModelServer) async throws -> Result
    ) async throws -> Result {
        let listener = try await Listener<HTTPServerRequestPart, HTTPServerResponsePart> {
            try $0.pipeline.syncOperations.configureHTTPServerPipeline()
        }
        let server = ModelServer(port: listener.port, responder: responder)
        return try await listener.serving({ _, connection in await server.serve(connection) }) {
            try await use(server)
        }
    }

    /// Serves the answers of `script`, one per request; behind its end every request fails for good.
    package static func serving<Result: Sendable>(
        script: [Answer],
        _ use: (ModelServer) async throws -> Result
    ) async throws -> Result {
        try await serving(
            { request in
                script.indices.contains(request.index)
                    ? script[request.index]
                    : .error(500, "api_error", "the script is over", headers: [("x-should-retry", "false")])
            },
            use
        )
    }
}

// MARK: - Connections

extension ModelServer {
    private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    private func serve(_ connection: Connection) async {
        connected.add()
        let id = ObjectIdentifier(connection.channel)
        connection.channel.closeFuture.whenComplete { _ in
            if self.record.withLock({ $0.open.remove(id) != nil }) { self.aborted.add() }
        }
        // A client that goes away is what `aborted` tells, not an error of the server.
        try? await connection.executeThenClose { inbound, outbound in
            var parts = inbound.makeAsyncIterator()
            while case .head(let head)? = try await parts.next() {
                var body: [UInt8] = []
                while case .body(let bytes)? = try await parts.next() { body += Array(buffer: bytes) }
                record.withLock { _ = $0.open.insert(id) }
                let isWhole = try await answer(head, body, outbound)
                record.withLock { _ = $0.open.remove(id) }
                guard isWhole, head.isKeepAlive else { return }
            }
        }
    }

    /// `false` when the connection must close.
    private func answer(
        _ head: HTTPRequestHead,
        _ body: [UInt8],
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws -> Bool {
        let id = "req_\(UInt64.random(in: .min ... .max))"
        let answer: Answer
        let request: Request?
        switch admit(head, body) {
        case .success(let admitted):
            request = admitted
            arrived.add()
            answer = await responder(admitted)
        case .failure(let refusal):
            request = nil
            record.withLock { $0.refusals.append(refusal.message) }
            answer = .error(refusal.status, refusal.type, refusal.message)
        }
        return try await Exchange(request: request, id: id, outbound: outbound).deliver(answer)
    }

    private func admit(_ head: HTTPRequestHead, _ body: [UInt8]) -> Result<Request, Refusal> {
        Refusal.check(head, body).map { json in
            record.withLock { record in
                let request = Request(
                    index: record.requests.count,
                    path: head.uri,
                    headers: head.headers.map { ($0.name, $0.value) },
                    body: body,
                    json: json
                )
                record.requests.append(request)
                return request
            }
        }
    }
}
