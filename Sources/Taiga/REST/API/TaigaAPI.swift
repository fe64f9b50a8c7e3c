import Agent
import Logging
import Synchronization
import WebClient

/// Sends requests to Taiga as a user, renews the user's tokens when they have expired, and reads what Taiga says.
final class TaigaAPI: Sendable {
    let settings: TaigaSettings
    private let web: WebClient
    private let refresher: TokenRefresher
    private let pause: @Sendable (Duration) async -> Bool
    private let logger: Logger
    /// Milliseconds that Taiga's clock is ahead of this machine's, by its last answer.
    private let ahead = Mutex<Int?>(nil)

    init(
        settings: TaigaSettings,
        web: WebClient,
        logger: Logger,
        pause: @escaping @Sendable (Duration) async -> Bool
    ) {
        self.settings = settings
        self.web = web
        self.logger = logger
        self.pause = pause
        refresher = TokenRefresher(settings: settings, web: web, logger: logger)
    }

    /// How far Taiga's clock is ahead, in milliseconds; `nil` before it has answered.
    var clockAhead: Int? { ahead.withLock { $0 } }

    /// Sends `request` as the user of `credentials`, and gives what `read` makes of the answer.
    ///
    /// - Throws: `unknownOutcome` when a write may have been made; `cancelled`; `unauthorized` when no token helps;
    ///   else what Taiga says.
    func call<Value>(
        _ request: APIRequest,
        as credentials: RunCredentials,
        _ read: (APIReply) throws(Unreadable) -> Value
    ) async throws(TaigaError) -> Value {
        var course = APICourse(isWrite: request.isWrite)
        let reply = try await answer(to: request, as: credentials, &course)
        guard (200..<300).contains(reply.status) else { throw Refusal(reply.body).error(status: reply.status) }
        guard let json = reply.body.isEmpty ? .null : try? JSONValue(parsing: reply.body) else {
            throw course.broken("Taiga's answer is no JSON.")
        }
        let total = reply.headers["x-pagination-count"].flatMap { Int($0) }
            .flatMap { (0...1_000_000_000).contains($0) ? $0 : nil }
        do throws(Unreadable) {
            return try read(APIReply(json: json, total: total))
        } catch {
            throw course.broken("Taiga's answer cannot be understood: \(error.what).")
        }
    }

    /// The answer that ends the course.
    private func answer(
        to request: APIRequest,
        as credentials: RunCredentials,
        _ course: inout APICourse
    ) async throws(TaigaError) -> WebReply {
        var used = credentials.current
        var action = APICourse.Action.send
        while true {
            switch action {
            case .sendAfter(let wait):
                action = await pause(wait) ? .send : .fail(TaigaError(.cancelled, "Cancelled."))
            case .send:
                used = credentials.current
                guard used.authToken.isSendable else {
                    action = course.next(.answered(status: 401, wait: nil))
                    continue
                }
                switch await attempt(request, with: used.authToken) {
                case .success(let reply):
                    action = course.next(.answered(status: reply.status, wait: reply.headers.throttleSeconds))
                    if action == .deliver { return reply }
                case .failure(let error):
                    action = course.next(.failed(error.code))
                }
            case .refresh: action = course.next(await refresher.renew(credentials, insteadOf: used))
            case .fail(let error): throw error
            case .deliver: throw course.broken("There is no answer.")
            }
        }
    }

    private func attempt(_ request: APIRequest, with token: Secret) async -> Result<WebReply, WebError> {
        var headers = WebHeaders.taiga
        // Taiga knows the scheme in this spelling only; in any other the request counts as anonymous.
        headers["authorization"] = "Bearer " + token.reveal()
        if request.body != nil { headers["content-type"] = "application/json" }
        var limits = WebLimits()
        limits.bodyBytes = settings.maxAnswerBytes
        var call = WebRequest(
            request.method,
            settings.root + request.target,
            headers: headers,
            body: request.body?.encoded() ?? [],
            deadline: .now + settings.requestTimeout,
            limits: limits
        )
        call.acceptsCompression = true
        let outgoing = call
        let result = await Result { () async throws(WebError) in try await web.reply(to: outgoing) }
        note(request, result)
        return result
    }

    private func note(_ request: APIRequest, _ result: Result<WebReply, WebError>) {
        var metadata: Logger.Metadata = ["method": "\(request.method.rawValue)", "path": "\(request.path)"]
        switch result {
        case .success(let reply):
            metadata["status"] = "\(reply.status)"
            if let date = reply.headers["date"].flatMap({ HTTPDate($0) }) {
                // The header has whole seconds: half of one is the best guess at what it leaves out.
                ahead.withLock { $0 = date.seconds * 1000 + 500 - systemMilliseconds() }
            }
        case .failure(let error): metadata["error"] = "\(error.code)"
        }
        logger.debug("Taiga was asked", metadata: metadata)
    }
}

extension WebHeaders {
    /// What every request to Taiga says. Taiga's words reach the model, which is spoken to in English.
    static var taiga: WebHeaders { ["accept": "application/json", "accept-language": "en"] }

    /// How long Taiga asks to stay away; it knows no `Retry-After`.
    var throttleSeconds: Int? {
        self["x-throttle-wait-seconds"].flatMap { Double($0) }.flatMap { Int(exactly: $0.rounded(.up)) }
    }
}

extension Secret {
    /// Whether it can stand in a header: something visible, and nothing that would end the field.
    fileprivate var isSendable: Bool {
        let bytes = reveal().utf8
        return !bytes.isEmpty && bytes.count <= 8192 && bytes.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
