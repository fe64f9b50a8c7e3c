import Agent
import Logging
import WebClient

/// Asks a service for what operators want, over its HTTP interface.
struct OperatorClient: Sendable {
    private let web: WebClient
    private let url: String
    private let token: Secret?

    /// How long one request may take.
    private static let patience = Duration.seconds(30)
    /// The most sessions that the service puts on a page.
    private static let largestPage = 1000

    /// Runs `body` with a client of the service at `url`.
    static func with(_ url: String, token: Secret?, _ body: (OperatorClient) async throws -> Void) async throws {
        var settings = WebClient.Settings()
        settings.usesProxyOfEnvironment = true
        let web = WebClient(settings: settings, logger: Logger(label: "parley") { _ in SwiftLogNoOpLogHandler() })
        let base = String(url.reversed().drop { $0 == "/" }.reversed())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await web.run() }
            defer { group.cancelAll() }
            try await body(OperatorClient(web: web, url: base, token: token))
        }
    }

    /// As many sessions as `query` has for its limit, each once, over as many pages as that takes.
    func list(_ query: SessionQuery) async throws(OperatorError) -> SessionList {
        var list = SessionList(cursor: query.cursor)
        var isEnd = false
        while !isEnd, list.sessions.count < query.limit {
            var parameters = ["limit=\(min(query.limit - list.sessions.count, Self.largestPage))"]
            if let owner = query.owner { parameters.append("owner=\(owner)") }
            if let cursor = list.cursor { parameters.append("cursor=\(cursor)") }
            let page: JSONValue
            do throws(OperatorError) {
                page = try await send(.get, "/agent/sessions?" + parameters.joined(separator: "&"))
            } catch {
                guard error.problem == "not-found" else { throw error }
                throw OperatorError("The service has no list: it runs without OPS_TOKEN")
            }
            guard list.append(page) else { throw .strange(url) }
            isEnd = list.cursor == nil
        }
        return list
    }

    /// What the service tells of one session.
    func show(_ session: SessionID) async throws(OperatorError) -> JSONValue {
        do throws(OperatorError) { return try await send(.get, "/agent/session/\(session)") } catch {
            guard error.problem == "not-found" else { throw error }
            throw OperatorError("There is no session \(session)")
        }
    }

    func clear(_ session: SessionID) async throws(OperatorError) -> JSONValue {
        try await send(.delete, "/agent/session/\(session)")
    }

    func cleanUp(dryRun: Bool) async throws(OperatorError) -> JSONValue {
        try await send(.post, "/agent/session/cleanup" + (dryRun ? "?dry_run=true" : ""))
    }

    private func send(_ method: WebRequest.Method, _ path: String) async throws(OperatorError) -> JSONValue {
        var request = WebRequest(method, url + path, deadline: .now + Self.patience)
        request.limits.bodyBytes = 128 * 1024 * 1024
        if let token { request.headers["authorization"] = "Bearer \(token.reveal())" }
        let reply: WebReply
        do throws(WebError) { reply = try await web.reply(to: request) } catch { throw OperatorError(error) }
        guard reply.status == 200 else { throw OperatorError(status: reply.status, body: reply.body, url: url) }
        guard let json = try? JSONValue(parsing: reply.body), json.objectValue != nil else { throw .strange(url) }
        return json
    }
}
