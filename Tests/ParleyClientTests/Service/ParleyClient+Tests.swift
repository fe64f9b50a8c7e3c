import Foundation
import ParleyClient
import TestSupport

extension ParleyClient {
    /// A client for the sandbox's user, which does not wait long before it tries again.
    static func test(
        _ url: String,
        tokens: TokenPair = TokenPair(authToken: "canary-auth-token", refresh: "canary-refresh-token"),
        _ change: (inout Settings) -> Void = { _ in },
        onRefresh: @escaping @Sendable (TokenPair) async -> Void = { _ in }
    ) throws -> ParleyClient {
        guard let url = URL(string: url) else { throw ServerError("\(url) is no address") }
        let user = User(id: 738_718, username: "jdlafond", email: "jdlafond@asu.edu", roles: ["Back", "Product Owner"])
        var settings = Settings()
        settings.retry.firstWait = .milliseconds(50)
        settings.retry.longestWait = .seconds(1)
        change(&settings)
        return ParleyClient(
            url: url,
            context: Context(projectID: 1_729_875, milestoneID: 499_548, user: user),
            tokens: tokens,
            settings: settings,
            onRefresh: onRefresh
        )
    }
}

/// What a run told, as somebody sees it who reads along.
struct Seen: Equatable {
    var runs: [String] = []
    /// Of the last run that began.
    var text = ""
    var tools: [String] = []
    var answer: ParleyClient.Answer?
    var others: [ParleyClient.Event] = []

    mutating func see(_ event: ParleyClient.Event) {
        switch event {
        case .started(let run, _):
            runs.append(run)
            text = ""
            tools = []
        case .text(let more): text += more
        case .toolStarted(let call): tools.append("\(call.name)…")
        case .toolFinished(let result): tools.append("\(result.name) \(result.isOK ? "ok" : "failed")")
        case .finished(let answer): self.answer = answer
        case .textReset, .gap, .other: others.append(event)
        }
    }
}

extension ParleyClient.RunEvents {
    /// Reads to the end.
    func seen(_ onEvent: (ParleyClient.Event) async throws -> Void = { _ in }) async throws -> Seen {
        var seen = Seen()
        for try await event in self {
            seen.see(event)
            try await onEvent(event)
        }
        return seen
    }
}

extension ModelServer {
    /// The settings of a worker that uses this server, and others.
    func settings(_ others: [String: String] = [:]) -> [String: String] {
        others.merging(["ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "canary-key"]) { $1 }
    }
}
