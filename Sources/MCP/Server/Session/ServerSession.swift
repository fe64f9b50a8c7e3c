import Agent

/// What a server makes of each message of one client: a connection over stdio, a session over legacy HTTP, a single
/// request over modern HTTP. It decides; others run the calls and send the answers.
struct ServerSession: Sendable {
    /// What is to be done about a message.
    enum Action: Sendable, Equatable {
        case nothing
        case reply(JSONRPCMessage)
        /// Answered when the job is done, unless it is cancelled first.
        case start(ServerJob)
        case cancel(ticket: Int)
    }

    /// The revision that `initialize` settled on; `nil` before.
    private(set) var version: ProtocolVersion?
    private let identity: ServerIdentity
    private let maxRunning: Int
    private var running: [RequestID: Int] = [:]
    private var nextTicket = 0

    init(identity: ServerIdentity, maxRunning: Int) {
        self.identity = identity
        self.maxRunning = maxRunning
    }

    /// Whether an array of messages is allowed: only revision 2025-03-26 has them.
    var takesBatches: Bool { version == .march2025 }
    var isBusy: Bool { !running.isEmpty }

    /// - Parameter isModern: the transport knows that the message is of the modern era; else the message's `_meta` tells.
    mutating func received(_ message: JSONRPCMessage, isModern: Bool = false) -> Action {
        switch message {
        case .request(let id, let method, let params):
            let meta = params["_meta"]?.objectValue ?? [:]
            if isModern || meta[MetaKey.protocolVersion] != nil || (method == Method.discover && version == nil) {
                return modern(id, method, params, meta)
            }
            return legacy(id, method, params, meta)
        case .notification(Method.cancelled, let params):
            guard let id = params["requestId"].flatMap(RequestID.init), let ticket = running.removeValue(forKey: id)
            else { return .nothing }
            return .cancel(ticket: ticket)
        // Nothing is ever asked of a client, so that nothing of the rest concerns a server.
        case .notification, .result, .error: return .nothing
        }
    }

    /// The job is done; whether its answer is still wanted.
    mutating func finished(_ job: ServerJob) -> Bool {
        guard running[job.id] == job.ticket else { return false }
        running[job.id] = nil
        return true
    }

    // MARK: Eras

    /// Each request stands for itself. Source: MCP 2026-07-28.
    private mutating func modern(
        _ id: RequestID,
        _ method: String,
        _ params: [String: JSONValue],
        _ meta: [String: JSONValue]
    ) -> Action {
        guard case .string(let version)? = meta[MetaKey.protocolVersion],
            case .object? = meta[MetaKey.clientCapabilities]
        else {
            let keys = "\(MetaKey.protocolVersion) and \(MetaKey.clientCapabilities)"
            return refuse(id, .invalidParams, "The request's _meta must hold \(keys).")
        }
        guard ProtocolVersion(rawValue: version).era == .modern else {
            return .reply(.error(id: id, error: .unsupported(version)))
        }
        switch method {
        case Method.discover: return .reply(.result(id: id, result: identity.discovery))
        case Method.listTools: return list(id, params, meta, .modern)
        case Method.callTool: return call(id, params, meta, .modern)
        default: return unknown(id)
        }
    }

    /// Requests follow a handshake. Source: MCP 2024-11-05 to 2025-11-25.
    private mutating func legacy(
        _ id: RequestID,
        _ method: String,
        _ params: [String: JSONValue],
        _ meta: [String: JSONValue]
    ) -> Action {
        switch method {
        case Method.initialize: return initialize(id, params)
        case Method.ping: return .reply(.result(id: id, result: [:]))
        case _ where version == nil: return refuse(id, .invalidRequest, "The session must begin with initialize.")
        case Method.listTools: return list(id, params, meta, .legacy)
        case Method.callTool: return call(id, params, meta, .legacy)
        default: return unknown(id)
        }
    }

    private mutating func initialize(_ id: RequestID, _ params: [String: JSONValue]) -> Action {
        guard case .string(let requested)? = params["protocolVersion"] else {
            return refuse(id, .invalidParams, "protocolVersion must be a text.")
        }
        let offered = ProtocolVersion(rawValue: requested)
        let agreed = offered.era == .legacy ? offered : .november2025
        version = agreed
        return .reply(.result(id: id, result: identity.initialization(agreed)))
    }

    // MARK: Tools

    private mutating func list(
        _ id: RequestID,
        _ params: [String: JSONValue],
        _ meta: [String: JSONValue],
        _ era: ProtocolVersion.Era
    ) -> Action {
        switch params["cursor"] {
        case nil, .null?: start(id, .listTools(cursor: nil), meta, era)
        case .string(let cursor)?: start(id, .listTools(cursor: cursor), meta, era)
        default: refuse(id, .invalidParams, "cursor must be a text.")
        }
    }

    private mutating func call(
        _ id: RequestID,
        _ params: [String: JSONValue],
        _ meta: [String: JSONValue],
        _ era: ProtocolVersion.Era
    ) -> Action {
        guard case .string(let name)? = params["name"], !name.isEmpty else {
            return refuse(id, .invalidParams, "name must be the name of a tool.")
        }
        switch params["arguments"] {
        case nil, .null?: return start(id, .callTool(name: name, arguments: [:]), meta, era)
        case .object(let arguments)?: return start(id, .callTool(name: name, arguments: arguments), meta, era)
        default: return refuse(id, .invalidParams, "arguments must be an object.")
        }
    }

    private mutating func start(
        _ id: RequestID,
        _ work: ServerJob.Work,
        _ meta: [String: JSONValue],
        _ era: ProtocolVersion.Era
    ) -> Action {
        guard running[id] == nil else {
            return refuse(id, .invalidRequest, "A request with this id is under way.")
        }
        guard running.count < maxRunning else {
            return refuse(id, .internalError, "Too many requests are under way; try again when one has been answered.")
        }
        nextTicket += 1
        running[id] = nextTicket
        return .start(ServerJob(ticket: nextTicket, id: id, work: work, era: era, meta: meta))
    }

    // MARK: Refusals

    private func unknown(_ id: RequestID) -> Action { refuse(id, .methodNotFound, "There is no such method here.") }

    private func refuse(_ id: RequestID, _ code: JSONRPCError.Code, _ message: String) -> Action {
        .reply(.error(id: id, error: JSONRPCError(code, message)))
    }
}

extension JSONRPCError {
    /// The modern refusal of a version that is not served, with those that are.
    static func unsupported(_ requested: String) -> JSONRPCError {
        let supported = (ProtocolVersion.modern + ProtocolVersion.legacy).map { JSONValue.string($0.rawValue) }
        return JSONRPCError(
            .unsupportedProtocolVersion,
            "This version of the protocol is not served.",
            data: ["supported": .array(supported), "requested": .string(requested)]
        )
    }
}
