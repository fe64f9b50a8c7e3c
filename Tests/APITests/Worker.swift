import Agent
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import TestSupport
import Testing

@testable import API

/// The routes over scripted parts, called in-process.
func withWorker<Result: Sendable>(
    model: ScriptedModel = ScriptedModel(texts: ["Hello"]),
    tools: ScriptedTools = ScriptedTools(),
    store: ScriptedStore = ScriptedStore(),
    runs: any RunStore = ScriptedRunStore(),
    limits: RunLimits = RunLimits(),
    authenticator: (any Authenticator)? = nil,
    directory: (any ProjectDirectory)? = nil,
    configuration: APIConfiguration = APIConfiguration(),
    _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Result
) async throws -> Result {
    let runner = Runner(model: model, tools: tools, store: store, codec: WireCodec())
    let host = RunHost(runner: runner, store: runs, limits: limits)
    return try await withWorker(
        hosting: host,
        store: store,
        authenticator: authenticator,
        directory: directory,
        configuration: configuration
    ) { client in
        let result = try await body(client)
        await host.ended()
        return result
    }
}

/// The routes over the runs of a host that the test knows.
func withWorker<Result: Sendable>(
    hosting runs: RunHost,
    store: ScriptedStore = ScriptedStore(),
    authenticator: (any Authenticator)? = nil,
    directory: (any ProjectDirectory)? = nil,
    configuration: APIConfiguration = APIConfiguration(),
    _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Result
) async throws -> Result {
    let router = buildRouter(
        runs: runs,
        store: store,
        parts: WorkerParts(store: store.name, model: "scripted", tools: "scripted"),
        authenticator: authenticator,
        directory: directory,
        configuration: configuration
    )
    return try await Application(router: router, logger: .silent).test(.router) { client in try await body(client) }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// The body of a run with `members` put in place of its own; `nil` takes a member out.
func runBody(_ members: [String: JSONValue?] = [:]) -> String {
    var body: [String: JSONValue] = [
        "session_id": "s1", "project_id": 1_729_875, "milestone_id": 499_548, "prompt": "Create tasks for Alex",
        "auth_token": "canary-token", "refresh": "canary-refresh",
        "user_context": [
            "id": 738_718, "username": "jdlafond", "email": "jdlafond@asu.edu", "roles": ["Back", "Product Owner"],
        ],
    ]
    for (name, value) in members { body[name] = value }
    return String(decoding: JSONValue.object(body).encoded(), as: UTF8.self)
}

extension TestClientProtocol {
    func run(_ body: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await execute(uri: "/agent/run", method: .post, headers: headers, body: ByteBuffer(string: body))
    }
}

extension TestResponse {
    var json: JSONValue { (try? JSONValue(parsing: body.readableBytesView)) ?? .null }

    /// The last part of a problem's `type`, once its shape has been checked.
    func problem(_ status: HTTPResponse.Status, sourceLocation: SourceLocation = #_sourceLocation) -> String? {
        #expect(self.status == status, sourceLocation: sourceLocation)
        #expect(headers[.contentType] == "application/problem+json", sourceLocation: sourceLocation)
        #expect(json["status"]?.intValue == status.code, sourceLocation: sourceLocation)
        #expect(json["title"]?.stringValue?.isEmpty == false, sourceLocation: sourceLocation)
        #expect(json["instance"]?.stringValue == headers[.requestID], sourceLocation: sourceLocation)
        return json["type"]?.stringValue.flatMap { $0.hasPrefix("/problems/") ? String($0.dropFirst(10)) : nil }
    }
}
