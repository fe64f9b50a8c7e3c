import Agent

/// Finds out which era a server belongs to: asks for the modern one first, and turns to the legacy one unless the
/// server's refusal is a modern one. Each way is tried once; the one that worked last time comes first.
///
/// Source: MCP 2026-07-28, "Versioning", and 2025-11-25, "Lifecycle".
struct Handshake {
    enum Step: Equatable {
        /// Ask with `server/discover`, then ``discovered(_:)``.
        case discover(ProtocolVersion)
        /// Ask with `initialize`, then ``initialized(_:)``.
        case initialize(ProtocolVersion)
        case agreed(Agreement)
        case failed(MCPError.Code, String)
    }

    /// The era to begin with next time.
    private(set) var memory: ProtocolVersion.Era?
    private let isProgram: Bool
    private var left: Set<ProtocolVersion.Era> = [.modern, .legacy]
    private var refusal: (MCPError.Code, String)?

    /// - Parameter isProgram: over stdio, where an old server may be silent, or end, when it is asked what it does not know.
    init(memory: ProtocolVersion.Era?, isProgram: Bool) {
        self.memory = memory
        self.isProgram = isProgram
    }

    mutating func start() -> Step { attempt(memory ?? .modern) }

    mutating func discovered(_ reply: Reply) -> Step {
        switch reply {
        case .result(let result, _):
            let versions = (result["supportedVersions"]?.arrayValue ?? []).compactMap(\.stringValue)
                .map(ProtocolVersion.init(rawValue:))
            guard let version = ProtocolVersion.modern.first(where: versions.contains) else {
                return next(.legacy, .incompatible, "it speaks \(versions.isEmpty ? "no" : "another") revision")
            }
            memory = .modern
            return .agreed(Agreement(era: .modern, version: version, tellsChanges: Self.tellsChanges(result)))
        case .refused(let error, _) where error.knownCode == .unsupportedProtocolVersion:
            let supported = (error.data?["supported"]?.arrayValue ?? []).compactMap(\.stringValue)
                .map(ProtocolVersion.init(rawValue:))
            guard supported.isEmpty || supported.contains(where: ProtocolVersion.legacy.contains) else {
                return .failed(.incompatible, "it speaks another revision")
            }
            return next(.legacy, .incompatible, "it speaks another revision")
        case .refused(let error, _) where error.knownCode?.isModern == true:
            return .failed(.refused, "it does not take our requests")
        case .failed(let error) where isProgram && error.code == .closed:
            // It may have ended over the question: the next program is asked in the old way first.
            memory = memory == .legacy ? .modern : .legacy
            return .failed(.closed, "the program ended")
        case .failed(let error) where isProgram && error.code == .timeout:
            // Or it was just slow to start, and refuses the old way because it has seen the modern one by then.
            left.insert(.modern)
            return next(.legacy, .timeout, "it does not answer")
        // An old server may also stumble over it.
        case .status(500), .status(501): return next(.legacy, .closed, "it failed inside")
        default: return refused(reply, next: .legacy)
        }
    }

    mutating func initialized(_ reply: Reply) -> Step {
        guard case .result(let result, let session) = reply else {
            if case .failed(let error) = reply, isProgram, error.code == .closed {
                memory = .modern
                return .failed(.closed, "the program ended")
            }
            return refused(reply, next: .modern)
        }
        let version = ProtocolVersion(rawValue: result["protocolVersion"]?.stringValue ?? "")
        guard version.era == .legacy else { return .failed(.incompatible, "it speaks another revision") }
        memory = .legacy
        return .agreed(
            Agreement(era: .legacy, version: version, tellsChanges: Self.tellsChanges(result), session: session)
        )
    }

    /// A refusal that says nothing about the other era, which is tried unless that has happened; the first one counts.
    private mutating func refused(_ reply: Reply, next era: ProtocolVersion.Era) -> Step {
        // Nothing was asked yet that could have been done.
        if case .status(503) = reply { return .failed(.unreachable, "it has no room now") }
        let error = reply.failure
        switch error.code {
        case .refused, .malformed: return next(era, error.code, error.message)
        default: return .failed(error.code, error.message)
        }
    }

    private mutating func next(_ era: ProtocolVersion.Era, _ code: MCPError.Code, _ message: String) -> Step {
        guard left.contains(era) else {
            let first = refusal ?? (code, message)
            return .failed(first.0, first.1)
        }
        refusal = refusal ?? (code, message)
        return attempt(era)
    }

    private mutating func attempt(_ era: ProtocolVersion.Era) -> Step {
        left.remove(era)
        return switch era {
        case .modern: .discover(ProtocolVersion.modern[0])
        case .legacy: .initialize(ProtocolVersion.legacy[0])
        }
    }

    private static func tellsChanges(_ result: [String: JSONValue]) -> Bool {
        result["capabilities"]?["tools"]?["listChanged"] == true
    }
}

extension Reply {
    /// What is wrong with a reply that is no result. Says whether something may have been done; see
    /// ``MCPError/leavesNothingDone``.
    var failure: MCPError {
        switch self {
        case .result: MCPError(.malformed, "the result is none that was asked for")
        case .refused(_, 401):
            MCPError(.unauthorized, "it wants other credentials")
        case .refused(let error, _): MCPError(.refused, "it refused the request", rpc: error)
        case .status(401): MCPError(.unauthorized, "it wants other credentials")
        case .status(300..<400): MCPError(.unreachable, "it answers with a redirect, which is not followed")
        case .status(429): MCPError(.unreachable, "it has no room now")
        case .status(400..<500): MCPError(.refused, "it refused the request")
        // A gateway says 503, too, when the server behind it broke off.
        case .status(500...): MCPError(.closed, "it failed inside")
        case .status: MCPError(.malformed, "its answer is none")
        case .failed(let error): error
        }
    }
}
