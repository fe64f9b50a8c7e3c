import Agent

/// What a server and we have found out about each other: how to talk.
struct Agreement: Sendable, Equatable {
    var era: ProtocolVersion.Era
    var version: ProtocolVersion
    /// The server tells when its tools change, if it is listened to.
    var tellsChanges = false
    /// Legacy over HTTP: names the session.
    var session: String?
    /// Which connection it was made on; it holds for no other.
    var generation = 0

    /// Modern requests say by themselves who asks and how; legacy ones have said so when the connection was opened.
    func dressed(_ params: [String: JSONValue], client: Implementation) -> [String: JSONValue] {
        guard era == .modern else { return params }
        var params = params
        var meta = params["_meta"]?.objectValue ?? [:]
        meta[MetaKey.protocolVersion] = .string(version.rawValue)
        meta[MetaKey.clientInfo] = client.json
        meta[MetaKey.clientCapabilities] = [:]
        params["_meta"] = .object(meta)
        return params
    }
}

/// A program and its version. Source: MCP schemas, `Implementation`.
struct Implementation: Sendable, Equatable {
    var name: String
    var version: String

    var json: JSONValue { ["name": .string(name), "version": .string(version)] }
}

/// What came back on a request, before anyone has made sense of it.
enum Reply: Sendable {
    /// `session` is what the answer's head names, over HTTP.
    case result([String: JSONValue], session: String? = nil)
    /// An error of the protocol; `status` is 200 where there is no HTTP.
    case refused(JSONRPCError, status: Int = 200)
    /// An HTTP status and no message with it.
    case status(Int)
    case failed(MCPError)
}
