import Agent
import MCP
import Synchronization
import TestSupport

/// An MCP server over HTTP whose answers a test writes, byte for byte if need be.
final class FakeServer: Sendable {
    /// One request of the client.
    struct Request: Sendable {
        var verb: String
        /// By names in lower case.
        var headers: [String: String]
        /// Null where there is no body.
        var message: JSONValue

        /// The protocol's method, or the HTTP one where there is no message.
        var method: String {
            message["method"]?.stringValue ?? (message["result"] ?? message["error"] != nil ? "answer" : verb)
        }
        var id: JSONValue { message["id"] ?? .null }
        var tool: String? { message["params"]?["name"]?.stringValue }
    }

    /// A request, and the way to answer it.
    @dynamicMemberLookup struct Exchange {
        let request: Request
        fileprivate let peer: RawServer.Peer

        subscript<Value>(dynamicMember member: KeyPath<Request, Value>) -> Value { request[keyPath: member] }
    }

    typealias Script = @Sendable (Exchange, FakeServer) async throws -> Void

    let url: String
    /// Counts requests by their methods.
    private let log = Mutex<[Request]>([])
    private let arrivals = EventCount()

    private init(url: String) { self.url = url }

    /// All that has arrived, in order.
    var requests: [Request] { log.withLock { $0 } }

    func count(of method: String) -> Int { requests.count { $0.method == method } }

    /// Returns when there were `count` requests with that method.
    func wait(for method: String, count: Int = 1) async {
        var seen = 0
        while self.count(of: method) < count, !Task.isCancelled {
            seen = arrivals.count
            if self.count(of: method) >= count { return }
            await arrivals.wait(for: seen + 1)
        }
    }

    var address: MCPServerAddress { MCPServerAddress(.http(url: url), isTrusted: false) }

    /// Serves with `script` while `use` runs.
    static func serving<Result: Sendable>(
        _ script: @escaping Script,
        _ use: @Sendable (FakeServer) async throws -> Result
    ) async throws -> Result {
        let made = Mutex<FakeServer?>(nil)
        @Sendable func server(_ raw: RawServer) -> FakeServer {
            made.withLock { server in
                if let server { return server }
                let new = FakeServer(url: raw.url + "/mcp")
                server = new
                return new
            }
        }
        return try await RawServer.serving({ peer, raw in
            let server = server(raw)
            while let text = try await peer.request() {
                let request = Request(text)
                server.log.withLock { $0.append(request) }
                server.arrivals.add()
                try await script(Exchange(request: request, peer: peer), server)
            }
        }) { raw in
            try await use(server(raw))
        }
    }
}

extension FakeServer.Request {
    fileprivate init(_ text: String) {
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = parts[0].split(separator: "\r\n")
        verb = String(lines.first?.prefix { $0 != " " } ?? "")
        headers = [:]
        for line in lines.dropFirst() {
            let field = line.split(separator: ":", maxSplits: 1)
            headers[field[0].lowercased()] = field.count > 1 ? String(field[1].trimmingPrefix(" ")) : ""
        }
        message = parts.count > 1 ? (try? JSONValue(parsing: parts[1].utf8)) ?? .null : .null
    }
}

extension FakeServer.Request {
    /// A text as the result of this call, as an event of a stream.
    func resultEvent(_ text: String) -> String {
        let message: JSONValue = [
            "jsonrpc": "2.0", "id": id, "result": ["content": [["type": "text", "text": .string(text)]]],
        ]
        return "data: " + String(decoding: message.encoded(), as: UTF8.self) + "\n\n"
    }
}

extension FakeServer.Exchange {
    // MARK: Answers

    func raw(_ text: String) async throws { try await peer.send(text) }

    func raw(bytes: [UInt8]) async throws { try await peer.send(bytes) }

    /// Breaks the connection off.
    func hangUp() throws { throw CancellationError() }

    /// Returns when the client has closed the connection.
    func closed() async { await peer.closed() }

    func answer(status: Int = 200, _ body: String, headers: String = "Content-Type: application/json\r\n") async throws
    {
        try await raw("HTTP/1.1 \(status) X\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    func answer(_ json: JSONValue, status: Int = 200, headers: String = "") async throws {
        let body = String(decoding: json.encoded(), as: UTF8.self)
        try await answer(status: status, body, headers: "Content-Type: application/json\r\n" + headers)
    }

    func result(_ result: JSONValue, headers: String = "") async throws {
        try await answer(["jsonrpc": "2.0", "id": request.id, "result": result], headers: headers)
    }

    func error(_ code: Int, status: Int = 200, data: JSONValue = .null) async throws {
        let error: JSONValue = ["code": .int(code), "message": "scripted", "data": data]
        try await answer(["jsonrpc": "2.0", "id": request.id, "error": error], status: status)
    }

    /// Begins a stream of events; what follows is sent with ``raw(_:)``, and ``hangUp()`` ends it.
    func stream(_ events: String = "") async throws {
        try await raw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + events)
    }

    /// A text as the result of a call.
    func text(_ text: String) async throws { try await result(["content": [["type": "text", "text": .string(text)]]]) }

    func resultEvent(_ text: String) -> String { request.resultEvent(text) }
}

extension FakeServer {
    /// Opens in the modern era, lists `tools`, and leaves calls to `call`.
    static func modern(
        tools: [JSONValue] = [.tool("read", readOnly: true), .tool("write")],
        _ call: @escaping @Sendable (Exchange, FakeServer) async throws -> Void = { request, _ in
            try await request.text("ok")
        }
    ) -> Script {
        { request, server in
            switch request.method {
            case "server/discover":
                try await request.result(["supportedVersions": ["2026-07-28"], "capabilities": ["tools": [:]]])
            case "tools/list": try await request.result(["tools": .array(tools)])
            default: try await call(request, server)
            }
        }
    }

    /// Opens in the legacy era with sessions `session-1`, `session-2`, …, and leaves the rest to `call`.
    static func legacy(
        tools: [JSONValue] = [.tool("read", readOnly: true), .tool("write")],
        capabilities: JSONValue = ["tools": [:]],
        _ call: @escaping @Sendable (Exchange, FakeServer) async throws -> Void = { request, _ in
            try await request.text("ok")
        }
    ) -> Script {
        { request, server in
            switch request.method {
            case "server/discover": try await request.answer(status: 400, "Bad Request: no session")
            case "initialize":
                try await request.result(
                    [
                        "protocolVersion": "2025-11-25", "capabilities": capabilities,
                        "serverInfo": ["name": "x", "version": "1"],
                    ],
                    headers: "Mcp-Session-Id: session-\(server.count(of: "initialize"))\r\n"
                )
            case "notifications/initialized", "notifications/cancelled", "answer":
                try await request.answer(status: 202, "")
            case "DELETE": try await request.answer(status: 200, "")
            case "tools/list": try await request.result(["tools": .array(tools)])
            default: try await call(request, server)
            }
        }
    }
}

extension JSONValue {
    /// A tool's description as servers send it.
    static func tool(
        _ name: String,
        readOnly: Bool = false,
        idempotent: Bool = false,
        schema: JSONValue = ["type": "object"],
        meta: JSONValue = [:]
    ) -> JSONValue {
        [
            "name": .string(name), "inputSchema": schema, "_meta": meta,
            "annotations": ["readOnlyHint": .bool(readOnly), "idempotentHint": .bool(idempotent)],
        ]
    }
}
