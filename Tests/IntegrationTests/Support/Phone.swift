import Agent
import Logging
import TestSupport
import WebClient

/// A mobile client: posts prompts and clears sessions, at a worker or at nginx.
struct Phone: Sendable {
    let web: WebClient
    let url: String
    var session: String?
    /// Whether it lets nginx prefer a worker by its session.
    var tellsSession = false
    /// The user's tokens, where they are looked at.
    var tokens: Credentials?

    /// Runs `use` with an HTTP client; make phones from it.
    static func using<Result: Sendable>(_ use: (WebClient) async throws -> Result) async throws -> Result {
        let web = WebClient(logger: Logger(label: "phone") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await web.run() }
            defer { group.cancelAll() }
            return try await use(web)
        }
    }

    struct Answer: Sendable {
        var status: Int
        var json: JSONValue
        var headers: WebHeaders
        var summary: String { json["summary"]?.stringValue ?? "" }
        /// The last part of a problem's `type`.
        var problem: String? { json["type"]?.stringValue.map { String($0.dropFirst("/problems/".count)) } }
    }

    /// Sends `prompt` as the requirements' mobile client does.
    ///
    /// - Parameters:
    ///   - key: the `Idempotency-Key`.
    ///   - members: put in place of the body's own.
    func say(
        _ prompt: String,
        key: String? = nil,
        roles: [String] = ["Back", "Product Owner"],
        _ members: [String: JSONValue] = [:]
    ) async throws -> Answer {
        try await send(
            .post,
            "/agent/run",
            body(prompt, roles: roles, members),
            headers: key.map { ["idempotency-key": $0] } ?? [:],
            // A kept connection that nginx closes in that very moment costs a phone nothing that has a key to ask again with.
            isRepeatable: key != nil ? true : nil
        )
    }

    /// The body of a run.
    func body(
        _ prompt: String,
        roles: [String] = ["Back", "Product Owner"],
        _ members: [String: JSONValue] = [:]
    ) -> [UInt8] {
        let body: [String: JSONValue] = [
            "session_id": session.map(JSONValue.string) ?? .null,
            "project_id": 1_729_875,
            "milestone_id": 499_548,
            "prompt": .string(prompt),
            "auth_token": .string(tokens?.authToken.reveal() ?? "canary-auth-token"),
            "refresh": .string(tokens?.refresh.reveal() ?? "canary-refresh-token"),
            "user_context": [
                "id": 738_718, "username": "jdlafond", "email": "jdlafond@asu.edu",
                "roles": .array(roles.map(JSONValue.string)),
            ],
        ]
        return JSONValue.object(body.merging(members) { $1 }).encoded()
    }

    func post(_ path: String, _ body: [UInt8] = []) async throws -> Answer {
        try await send(.post, path, body)
    }

    func clear() async throws -> Answer { try await send(.delete, "/agent/session/\(session ?? "")") }

    func history() async throws -> Answer { try await send(.get, "/agent/session/\(session ?? "")") }

    func delete(_ path: String) async throws -> Answer { try await send(.delete, path) }

    func get(_ path: String) async throws -> Answer { try await send(.get, path) }

    private func send(
        _ method: WebRequest.Method,
        _ path: String,
        _ body: [UInt8] = [],
        headers: WebHeaders = [:],
        isRepeatable: Bool? = nil
    ) async throws -> Answer {
        var headers = headers
        headers["content-type"] = "application/json"
        if tellsSession, let session { headers["x-session-id"] = session }
        if let tokens { headers["authorization"] = "Bearer " + tokens.authToken.reveal() }
        let reply = try await web.reply(
            to: WebRequest(
                method,
                url + path,
                headers: headers,
                body: body,
                deadline: .now + .seconds(45),
                isRepeatable: isRepeatable
            )
        )
        return Answer(
            status: reply.status,
            json: (try? JSONValue(parsing: reply.body)) ?? .null,
            headers: reply.headers
        )
    }
}
