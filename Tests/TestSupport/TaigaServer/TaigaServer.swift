package import Agent
import NIOCore
import NIOHTTP1
import Synchronization

/// A local server that answers like a Taiga, odd corners included, and refuses what Taiga refuses. It holds its projects
/// in memory and fails on demand. Works as long as the scope of ``serving(_:_:)``.
package final class TaigaServer: Sendable {
    /// What is to go wrong with a request; `nil` for nothing.
    package typealias FaultRule = @Sendable (Request) -> Fault?

    private struct State {
        var world: TaigaWorld
        var requests: [Request] = []
        var fault: FaultRule = { _ in nil }
    }

    /// Where clients find it: `http://127.0.0.1:port`, without a path.
    package let url: String
    /// Counts the requests that arrived.
    package let arrived = EventCount()
    /// Counts the requests that were answered, or cut off.
    package let answered = EventCount()

    private let state: Mutex<State>

    private init(port: Int, world: TaigaWorld) {
        url = "http://127.0.0.1:\(port)"
        state = Mutex(State(world: world))
    }

    /// Serves `world` while `use` runs, on a free port of 127.0.0.1.
    package static func serving<Result: Sendable>(
        _ world: TaigaWorld = .demo(),
        _ use: (TaigaServer) async throws -> Result
    ) async throws -> Result {
        let listener = try await Listener<HTTPServerRequestPart, HTTPServerResponsePart> {
            try $0.pipeline.syncOperations.configureHTTPServerPipeline()
        }
        let server = TaigaServer(port: listener.port, world: world)
        return try await listener.serving({ _, connection in await server.serve(connection) }) {
            try await use(server)
        }
    }

    // MARK: What tests ask and change

    /// What the server holds now.
    package var world: TaigaWorld { state.withLock { $0.world } }

    /// Changes what the server holds, as other users and time would.
    package func change<Result: Sendable>(_ body: (inout TaigaWorld) throws -> Result) rethrows -> Result {
        try state.withLock { try body(&$0.world) }
    }

    /// A new token pair of a user, as signing in gives it.
    package func signIn(_ userID: Int) -> Credentials { change { $0.issueTokens(to: userID) } }

    /// The requests that arrived, as they came.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// How many requests of that method went to a path with that beginning.
    package func count(_ method: String, _ path: String) -> Int {
        requests.count { $0.method == method && $0.path.hasPrefix(path) }
    }

    /// From now on `rule` says what goes wrong.
    package func fail(_ rule: @escaping FaultRule) { state.withLock { $0.fault = rule } }

    /// From now on every `n`-th write of stories and tasks is made, and its connection cut without an answer.
    package func cutEveryWrite(_ n: Int) {
        let writes = Counter()
        fail { request in request.isWrite && writes.next().isMultiple(of: n) ? .cutAfter : nil }
    }
}

/// Counts from 1.
private final class Counter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}

// MARK: - Connections

extension TaigaServer {
    private func serve(_ connection: NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>) async {
        // A client that goes away is no error of the server.
        try? await connection.executeThenClose { inbound, outbound in
            var parts = inbound.makeAsyncIterator()
            while case .head(let head)? = try await parts.next() {
                var body: [UInt8] = []
                while case .body(let bytes)? = try await parts.next() { body += Array(buffer: bytes) }
                guard let reply = await reply(to: head, body) else { return }
                var headers = HTTPHeaders(reply.headers.map { ($0.name, $0.value) })
                headers.replaceOrAdd(name: "content-length", value: "\(reply.body.count)")
                let status = HTTPResponseStatus(statusCode: reply.status)
                try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)))
                try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: reply.body))))
                try await outbound.write(.end(nil))
                guard head.isKeepAlive else { return }
            }
        }
    }

    /// `nil` when the connection is to be cut.
    private func reply(to head: HTTPRequestHead, _ body: [UInt8]) async -> Reply? {
        let (request, rule) = state.withLock { state in
            let request = Request(index: state.requests.count, head, body)
            state.requests.append(request)
            return (request, state.fault)
        }
        let fault = rule(request)
        arrived.add()
        defer { answered.add() }
        switch fault {
        case .cutBefore: return nil
        case .answer(let reply): return reply
        case .holdBefore(let gate): await gate.wait()
        default: break
        }
        let reply = state.withLock { $0.world.answer(request) }
        switch fault {
        case .cutAfter: return nil
        case .holdAfter(let gate): await gate.wait()
        case .answerAfter(let instead): return instead
        default: break
        }
        return reply
    }
}
