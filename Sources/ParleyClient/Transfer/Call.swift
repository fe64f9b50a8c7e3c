import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// One request of the wire contract.
struct Call: Sendable {
    var method: String
    var path: String
    var query: String?
    /// The session that it is about, for whoever spreads requests over workers.
    var session: String?
    var headers: [String: String] = ["Accept": "application/json"]
    var body: Data?
    /// How long the service may say nothing; `nil`: as the settings say.
    var silence: Duration?

    /// - Parameter tokens: their first one is shown as bearer. Where nobody looks at it, it does no harm.
    func urlRequest(
        to service: URL,
        tokens: ParleyClient.TokenPair,
        silence: Duration
    ) throws(ParleyError) -> URLRequest {
        var base = service.absoluteString
        if base.hasSuffix("/") { base.removeLast() }
        guard ["http", "https"].contains(service.scheme?.lowercased()), service.host != nil, service.query == nil,
            let url = URL(string: base + path + (query.map { "?" + $0 } ?? ""))
        else { throw ParleyError(.unusable, "The service's address is no http or https URL") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body
        request.timeoutInterval = (self.silence ?? silence) / .seconds(1)
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        if body != nil { request.setValue("application/json", forHTTPHeaderField: "Content-Type") }
        if let session { request.setValue(session, forHTTPHeaderField: "X-Session-Id") }
        request.setValue("Bearer " + tokens.authToken, forHTTPHeaderField: "Authorization")
        return request
    }
}

extension Call {
    private static let eventStream = "text/event-stream"

    /// - Parameter context: what the run acts on, unless the request says otherwise.
    static func run(
        _ request: ParleyClient.Request,
        in context: ParleyClient.Context,
        with tokens: ParleyClient.TokenPair,
        asEvents: Bool
    ) -> Call {
        let body = RunBody(request: request, context: request.context ?? context, tokens: tokens)
        var call = Call(method: "POST", path: "/agent/run", session: request.sessionID)
        call.headers["Accept"] = asEvents ? eventStream : "application/json"
        call.headers["Idempotency-Key"] = request.idempotencyKey
        call.body = try? JSONEncoder().encode(body)
        return call
    }

    static func events(of run: String, after id: String?, session: String?) -> Call {
        var call = Call(method: "GET", path: "/agent/runs/\(run.inPath)/events", session: session)
        call.headers["Accept"] = eventStream
        call.headers["Last-Event-ID"] = id
        return call
    }

    static func status(of run: String) -> Call { Call(method: "GET", path: "/agent/runs/\(run.inPath)") }

    static func cancel(_ run: String, session: String?) -> Call {
        Call(method: "POST", path: "/agent/runs/\(run.inPath)/cancel", session: session, silence: .seconds(10))
    }

    static func history(of session: String) -> Call {
        Call(method: "GET", path: "/agent/session/\(session.inPath)", session: session)
    }

    static func clear(_ session: String, erase: Bool) -> Call {
        let path = "/agent/session/\(session.inPath)"
        return Call(method: "DELETE", path: path, query: erase ? "erase=true" : nil, session: session)
    }
}

extension String {
    /// As one element of a path.
    fileprivate var inPath: String { addingPercentEncoding(withAllowedCharacters: .inPathElements) ?? "" }
}

extension CharacterSet {
    /// Source: RFC 3986 section 2.3, and the colon, which may stand in a path.
    fileprivate static let inPathElements = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:"
    )
}
