import Agent
import Synchronization

/// What this worker wrote lately: the same key gives the earlier result, what one call created is not taken for
/// another's, and a call that is like one whose outcome is open looks for that one's work first. Bounded in time and
/// number; what lies further back is looked for in Taiga.
final class WriteLog: Sendable {
    enum Begin: Equatable {
        case begun
        case done(ToolResult)
        case underWay
        /// It was begun before, and it is not known what it did.
        case open
    }

    private struct State {
        var results = ExpiringCache<String, ToolResult>(limit: 512, lifetime: .seconds(600))
        /// The key of the call that created it.
        var created = ExpiringCache<CreatedArtifact.Identity, String>(limit: 8192, lifetime: .seconds(600))
        var open = ExpiringCache<String, Bool>(limit: 1024, lifetime: .seconds(600))
        var openLike = ExpiringCache<WriteLikeness, ToolInvocation>(limit: 1024, lifetime: .seconds(600))
        var running: Set<String> = []
    }

    private let state = Mutex(State())

    /// Must be followed by ``end(_:_:_:)`` if it gives `.begun`.
    func begin(_ key: String) -> Begin {
        state.withLock { state in
            if let result = state.results.value(of: key, now: .now) { return .done(result) }
            if state.open.value(of: key, now: .now) != nil { return .open }
            return state.running.insert(key).inserted ? .begun : .underWay
        }
    }

    /// Keeps `result`, or that it leaves open what was done. An error that did nothing is not kept, nor that the token
    /// was refused: the next one may bring a better token.
    func end(_ invocation: ToolInvocation, _ likeness: WriteLikeness, _ result: ToolResult) {
        state.withLock { state in
            let key = invocation.key
            state.running.remove(key)
            for artifact in result.created where state.created.value(of: artifact.identity, now: .now) == nil {
                state.created.set(key, of: artifact.identity, now: .now)
            }
            if result.isOpen {
                state.open.set(true, of: key, now: .now)
                state.openLike.set(invocation, of: likeness, now: .now)
            } else if !result.isError || !result.created.isEmpty {
                var kept = result
                kept.isUnauthorized = false
                state.results.set(kept, of: key, now: .now)
                state.openLike.remove(likeness)
            }
        }
    }

    /// What the call with that key gave.
    func result(_ key: String) -> ToolResult? { state.withLock { $0.results.value(of: key, now: .now) } }

    /// The latest call like this one whose outcome is open.
    func openCall(like likeness: WriteLikeness) -> ToolInvocation? {
        state.withLock { $0.openLike.value(of: likeness, now: .now) }
    }

    /// The key of the call that is known to have created `artifact`.
    func creator(of artifact: CreatedArtifact) -> String? {
        state.withLock { $0.created.value(of: artifact.identity, now: .now) }
    }
}

/// What two calls have in common of which the second may be a repetition of the first, by the same run.
struct WriteLikeness: Hashable, Sendable {
    private let token: TokenHash
    private let project: Int
    private let call: [UInt8]

    init(_ invocation: ToolInvocation, in context: RunContext) {
        token = TokenHash(context.credentials.presented.authToken)
        project = context.projectID
        var arguments = invocation.call.arguments ?? [:]
        arguments[Parameter.idempotencyKey.name] = nil
        call = Array(invocation.call.name.utf8) + JSONValue.object(arguments).encoded()
    }
}
