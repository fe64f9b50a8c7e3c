import Agent
import Logging
import Synchronization
import WebClient

/// Exchanges expired token pairs for new ones, each refresh token once in this worker.
final class TokenRefresher: Sendable {
    private struct State {
        var board = RefreshBoard()
        var waiters: [Int: CheckedContinuation<Turn, Never>] = [:]
    }

    /// What a caller has to do.
    private enum Turn {
        case exchange
        case take(RefreshBoard.Outcome, isFresh: Bool)
    }

    private let settings: TaigaSettings
    private let web: WebClient
    private let logger: Logger
    private let state = Mutex(State())

    init(settings: TaigaSettings, web: WebClient, logger: Logger) {
        self.settings = settings
        self.web = web
        self.logger = logger
    }

    /// Puts the pair that follows `used` into `credentials`, unless they have another one already.
    ///
    /// Once the exchange is sent the old pair is dead, so nobody leaves before its end: a run that is cancelled
    /// meanwhile still has to hand the new pair back. The exchange has a time-out of its own.
    func renew(_ credentials: RunCredentials, insteadOf used: Credentials) async -> APICourse.Event {
        guard credentials.current == used else { return .refreshed(isFresh: false) }
        guard !used.refresh.reveal().isEmpty else { return .refused }
        let (outcome, isFresh) = await uncancelled { await self.outcome(of: used.refresh) }
        switch outcome {
        case .rejected: return .refused
        case .unavailable(let reason): return .refreshFailed(reason)
        case .pair(let pair):
            // Two calls of one run must not undo each other: the older pair never replaces a newer one.
            state.withLock { _ in
                if credentials.current == used { credentials.refresh(to: pair) }
            }
            return .refreshed(isFresh: isFresh)
        }
    }

    private func outcome(of token: Secret) async -> (RefreshBoard.Outcome, isFresh: Bool) {
        let hash = TokenHash(token)
        let turn = await withCheckedContinuation { continuation in
            let turn = state.withLock { state -> Turn? in
                switch state.board.ask(hash, now: .now) {
                case .exchange: return .exchange
                case .known(let outcome): return .take(outcome, isFresh: false)
                case .wait(let number):
                    state.waiters[number] = continuation
                    return nil
                }
            }
            if let turn { continuation.resume(returning: turn) }
        }
        if case .take(let outcome, let isFresh) = turn { return (outcome, isFresh) }
        let outcome = await exchange(token)
        let waiters = state.withLock { state in
            state.board.finished(hash, outcome, now: .now).compactMap { state.waiters.removeValue(forKey: $0) }
        }
        for waiter in waiters { waiter.resume(returning: .take(outcome, isFresh: true)) }
        return (outcome, true)
    }

    private func exchange(_ token: Secret) async -> RefreshBoard.Outcome {
        var headers = WebHeaders.taiga
        headers["content-type"] = "application/json"
        var limits = WebLimits()
        limits.bodyBytes = 64 * 1024
        let request = WebRequest(
            .post,
            settings.root + "/auth/refresh",
            headers: headers,
            body: JSONValue.object(["refresh": .string(token.reveal())]).encoded(),
            deadline: .now + settings.refreshTimeout,
            limits: limits
        )
        let outcome: RefreshBoard.Outcome
        do throws(WebError) {
            outcome = .init(try await web.reply(to: request))
        } catch {
            outcome = .unavailable("Taiga cannot be reached")
            logger.warning("Token refresh failed", metadata: ["error": "\(error.code)"])
        }
        logger.info("Token refresh ended", metadata: ["outcome": "\(outcome.label)"])
        return outcome
    }
}

extension RefreshBoard.Outcome {
    /// What an answer of `POST /auth/refresh` says.
    fileprivate init(_ reply: WebReply) {
        switch reply.status {
        case 200..<300:
            guard let json = try? JSONValue(parsing: reply.body), let token = json["auth_token"]?.stringValue,
                let refresh = json["refresh"]?.stringValue, !token.isEmpty, !refresh.isEmpty
            else {
                self = .unavailable("Taiga's answer cannot be understood")
                return
            }
            self = .pair(Credentials(authToken: Secret(token), refresh: Secret(refresh)))
        case 400, 401, 403: self = .rejected
        default: self = .unavailable("Taiga answered with status \(reply.status)")
        }
    }

    fileprivate var label: String {
        switch self {
        case .pair: "renewed"
        case .rejected: "rejected"
        case .unavailable: "unavailable"
        }
    }
}
