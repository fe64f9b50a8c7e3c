import Foundation
import ParleyClient
import Synchronization

/// Where an app keeps its tokens.
final class Keychain: Sendable {
    private let pair: Mutex<ParleyClient.TokenPair>

    init(_ pair: ParleyClient.TokenPair) { self.pair = Mutex(pair) }

    var tokens: ParleyClient.TokenPair {
        get { pair.withLock { $0 } }
        set { pair.withLock { $0 = newValue } }
    }
}

/// The code of the article on conversations, block by block: each function's body begins with the block.
enum ArticleCode {
    static func makeAClient(_ service: URL, _ keychain: Keychain, _ show: (String) -> Void) -> ParleyClient {
        let roles = ["Product Owner"]
        let user = ParleyClient.User(id: 738_718, username: "jdlafond", email: "jdlafond@asu.edu", roles: roles)
        let client = ParleyClient(
            url: service,
            context: ParleyClient.Context(projectID: 1_729_875, milestoneID: 499_548, user: user),
            tokens: keychain.tokens,
            onRefresh: { pair in keychain.tokens = pair }
        )
        return client
    }

    static func begin(_ client: ParleyClient, _ show: (String) -> Void) async throws -> String {
        let session = client.session()
        let question = try await session.send("Create tasks for Alex")
        show(question.summary)
        let answer = try await session.send("Alex Smith")
        for artifact in answer.createdArtifacts { show("\(artifact.type) \(artifact.subject)") }
        return session.id
    }

    static func goOn(_ client: ParleyClient, _ id: String, _ show: (String) -> Void) async throws {
        let session = client.session(id)
        if let stored = try await session.history() { show("\(stored.turns ?? 0) turns so far") }
    }

    static func watch(_ session: ParleyClient.Session, _ show: (String) -> Void) async throws -> String {
        var text = ""
        for try await event in session.stream("Create tasks for Alex") {
            switch event {
            case .started, .textReset: text = ""
            case .text(let more): text += more
            case .toolStarted(let tool): show("\(tool.name) …")
            case .finished(let answer): text = answer.summary
            default: break
            }
        }
        return text
    }

    static func stop(_ client: ParleyClient, _ session: ParleyClient.Session, _ show: (String) -> Void) async throws {
        for try await event in session.stream("Create tasks for Alex") {
            if case .started(let run, _) = event { try await client.cancel(run: run) }
            if case .finished(let answer) = event { show(answer.summary) }
        }
    }

    static func takeAlong(_ session: ParleyClient.Session) -> ParleyClient.RunEvents {
        let events = session.stream("Create tasks for Alex") { request in
            request.cancelsRunWithTask = true
            request.ifBusy = .interrupt
        }
        return events
    }

    static func fail(_ session: ParleyClient.Session, _ show: (String) -> Void) async {
        do {
            let answer = try await session.send("Create tasks for Alex") { $0.ifBusy = .reject }
            show(answer.summary)
        } catch {
            switch error.code {
            case .sessionBusy: show("Another device is talking: \(error.runID ?? "?")")
            case .unauthorized: show("Sign in again")
            case .taskCancelled: break
            default: show("\(error.title). Ask us about \(error.requestID ?? "it")")
            }
        }
    }

    static func again(
        _ client: ParleyClient,
        _ session: ParleyClient.Session,
        _ key: String,
        _ show: (String) -> Void
    ) async throws {
        let request = ParleyClient.Request("Create tasks for Alex", sessionID: session.id, idempotencyKey: key)
        let answer = try await client.send(request)
        let again = try await client.send(request)
        show(answer == again ? "The same answer" : "Another one")
    }
}
