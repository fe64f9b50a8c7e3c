import Agent
import Foundation
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import MCP

/// A server over HTTP in this process, on a free port of 127.0.0.1.
struct ServedHTTP {
    let port: Int
    /// Tells the server to shut down, where it is in this process.
    var shutDown: @Sendable () async -> Void = {}

    /// Serves `tools` while `body` runs.
    static func with<Result>(
        _ tools: any ToolProvider,
        settings: MCPServerSettings = .open,
        http: MCPHTTPSettings = MCPHTTPSettings(),
        _ body: (ServedHTTP) async throws -> Result
    ) async throws -> Result {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = MCPServer(tools: tools, settings: settings, logger: logger)
        let application = buildMCPApplication(
            server,
            http: http,
            host: "127.0.0.1",
            port: 0,
            onRunning: { listening.yield($0) },
            logger: logger
        )
        let services = ServiceGroup(services: [application], logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let outcome: Swift.Result<Result, any Error>
            do {
                outcome = .success(try await body(ServedHTTP(port: port, shutDown: services.triggerGracefulShutdown)))
            } catch { outcome = .failure(error) }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            return try outcome.get()
        }
    }

    // MARK: Requests

    /// Posts `json` and reads to the end of the answer.
    func post(_ json: JSONValue, _ headers: [String: String] = [:]) async throws -> HTTPReply {
        try await exchange(request("POST", headers, body: json.encoded()))
    }

    func exchange(_ bytes: [UInt8]) async throws -> HTTPReply {
        let connection = try RawConnection(port: port)
        try await connection.send(bytes)
        return try HTTPReply(await connection.readToEnd())
    }

    /// A request after which the server closes the connection. A header with an empty value is left out.
    func request(_ method: String, _ headers: [String: String] = [:], body: [UInt8] = []) -> [UInt8] {
        var all = [
            "Host": "127.0.0.1:\(port)", "Content-Type": "application/json", "Connection": "close",
            "Accept": "application/json, text/event-stream", "Content-Length": "\(body.count)",
        ]
        all.merge(headers) { $1 }
        let lines = all.filter { !$0.value.isEmpty }.map { "\($0.key): \($0.value)\r\n" }.sorted().joined()
        return Array("\(method) /mcp HTTP/1.1\r\n\(lines)\r\n".utf8) + body
    }

    /// Opens a legacy session; the headers that go on everything after.
    func open(_ version: String = "2025-11-25") async throws -> [String: String] {
        let reply = try await post(.rpc(0, "initialize", ["protocolVersion": .string(version)]))
        let id = try #require(reply.headers["mcp-session-id"])
        return ["Mcp-Session-Id": id, "MCP-Protocol-Version": version]
    }
}

extension MCPServerSettings {
    /// For tests without tokens.
    static var open: MCPServerSettings {
        var settings = MCPServerSettings()
        settings.needsToken = false
        settings.project = DefaultProject(id: 1_729_875, milestoneID: 499_548)
        settings.progressInterval = .milliseconds(20)
        return settings
    }
}

extension JSONValue {
    static func rpc(_ id: Int?, _ method: String, _ params: JSONValue = [:]) -> JSONValue {
        var members: [String: JSONValue] = ["jsonrpc": "2.0", "method": .string(method), "params": params]
        members["id"] = id.map(JSONValue.int)
        return .object(members)
    }

    /// A `tools/call`.
    static func call(_ id: Int, _ tool: String, _ arguments: JSONValue = [:], meta: JSONValue = [:]) -> JSONValue {
        .rpc(id, "tools/call", ["name": .string(tool), "arguments": arguments, "_meta": meta])
    }

    /// The `_meta` of a modern request, with more.
    static func modernMeta(_ more: [String: JSONValue] = [:]) -> JSONValue {
        .object(
            more.merging([MetaKey.protocolVersion: "2026-07-28", MetaKey.clientCapabilities: [:]]) { given, _ in given }
        )
    }
}

/// The headers of a modern request.
func modernHeaders(_ method: String, name: String? = nil) -> [String: String] {
    var headers = ["MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method]
    headers["Mcp-Name"] = name
    return headers
}

/// An HTTP response, read as plainly as possible.
struct HTTPReply {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]

    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
    var text: String { String(decoding: body, as: UTF8.self) }
    /// The data of the events of a stream.
    var events: [JSONValue] {
        text.split(separator: "\n").compactMap { line in
            line.hasPrefix("data: ") ? try? JSONValue(parsing: line.dropFirst(6).utf8) : nil
        }
    }

    init(_ bytes: [UInt8]) throws {
        let end = try #require(bytes.firstRange(of: Array("\r\n\r\n".utf8)))
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") ?? 0
        headers = Dictionary(
            lines.dropFirst().compactMap { line in
                line.firstIndex(of: ":").map { colon in
                    (line[..<colon].lowercased(), line[colon...].dropFirst().trimmingCharacters(in: .whitespaces))
                }
            },
            uniquingKeysWith: { $1 }
        )
        let rest = Array(bytes[end.upperBound...])
        body = headers["transfer-encoding"] == "chunked" ? Self.dechunk(rest) : rest
    }

    private static func dechunk(_ bytes: [UInt8]) -> [UInt8] {
        var rest = bytes[...]
        var body: [UInt8] = []
        while let line = rest.firstRange(of: Array("\r\n".utf8)),
            let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16), size > 0
        {
            body += rest[line.upperBound...].prefix(size)
            rest = rest[line.upperBound...].dropFirst(size + 2)
        }
        return body
    }
}
