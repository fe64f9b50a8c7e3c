import Agent
import HTTPTypes

/// What the headers of a modern request say, which the body says again: whoever routes by the headers must not be told
/// something else than the server. Source: MCP 2026-07-28, Streamable HTTP, "Request Headers".
struct ModernHeaders {
    private let headers: HTTPFields

    init(_ headers: HTTPFields) { self.headers = headers }

    /// What is wrong with them for a request; `nil` if nothing is.
    func mismatch(method: String, params: [String: JSONValue]) -> JSONRPCError? {
        for name in [HTTPField.Name.mcpVersion, .mcpMethod, .mcpName] where headers[values: name].count > 1 {
            return Self.error("\(name.rawName) must not be sent twice.")
        }
        // A body without a version is refused for that.
        guard case .string(let version)? = params["_meta"]?[MetaKey.protocolVersion] else { return nil }
        guard headers[.mcpVersion] == version else {
            return Self.error("\(HeaderName.protocolVersion) must say the version that the body's _meta says.")
        }
        guard headers[.mcpMethod] == method else {
            return Self.error("\(HeaderName.method) must say the method that the body says.")
        }
        if method == Method.callTool, case .string(let name)? = params["name"],
            headers[.mcpName].flatMap(HeaderText.decode) != name
        {
            return Self.error("\(HeaderName.name) must say the name that the body says.")
        }
        return nil
    }

    private static func error(_ message: String) -> JSONRPCError { JSONRPCError(.headerMismatch, message) }
}

extension HTTPField.Name {
    static let mcpVersion = HTTPField.Name(wellFormed: HeaderName.protocolVersion)
    static let mcpSession = HTTPField.Name(wellFormed: HeaderName.session)
    static let mcpMethod = HTTPField.Name(wellFormed: HeaderName.method)
    static let mcpName = HTTPField.Name(wellFormed: HeaderName.name)
    static let taigaAuthToken = HTTPField.Name(wellFormed: HeaderName.taigaAuthToken)
    static let taigaRefreshToken = HTTPField.Name(wellFormed: HeaderName.taigaRefreshToken)

    private init(wellFormed name: String) {
        guard let field = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name") }
        self = field
    }
}
