package import Agent

/// One message of the protocol, in either direction. Source: JSON-RPC 2.0 as the MCP schemas narrow it: parameters are
/// objects, a request's id is never null.
package enum JSONRPCMessage: Sendable, Equatable {
    case request(id: RequestID, method: String, params: [String: JSONValue])
    case notification(method: String, params: [String: JSONValue])
    case result(id: RequestID, result: [String: JSONValue])
    /// The id is `nil` when the peer could not tell which request it refuses. It is then left out: JSON-RPC would have
    /// null there, which the MCP schemas do not allow.
    case error(id: RequestID?, error: JSONRPCError)

    /// Compact JSON on one line, without the line's end.
    package func encoded() -> [UInt8] { json.encoded() }

    package var json: JSONValue {
        var members: [String: JSONValue] = ["jsonrpc": "2.0"]
        switch self {
        case .request(let id, let method, let params):
            members["id"] = id.json
            members["method"] = .string(method)
            if !params.isEmpty { members["params"] = .object(params) }
        case .notification(let method, let params):
            members["method"] = .string(method)
            if !params.isEmpty { members["params"] = .object(params) }
        case .result(let id, let result):
            members["id"] = id.json
            members["result"] = .object(result)
        case .error(let id, let error):
            members["id"] = id?.json
            members["error"] = error.json
        }
        return .object(members)
    }
}
