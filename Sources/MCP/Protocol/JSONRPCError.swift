package import Agent

/// What a peer answers instead of a result. Source: JSON-RPC 2.0, section 5.1, and the MCP schemas.
package struct JSONRPCError: Error, Sendable, Equatable {
    package var code: Int
    /// One sentence, from the peer: to be shown to the model at most, never trusted.
    package var message: String
    package var data: JSONValue?

    package init(code: Int, message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    package init(_ code: Code, _ message: String, data: JSONValue? = nil) {
        self.init(code: code.rawValue, message: message, data: data)
    }

    /// The codes that one of the eras, or both, give a meaning.
    package enum Code: Int, Sendable {
        case parseError = -32700
        case invalidRequest = -32600
        case methodNotFound = -32601
        case invalidParams = -32602
        case internalError = -32603

        /// Modern: a header says something else than the body, or a required one is missing (HTTP 400).
        case headerMismatch = -32020
        /// Modern: the request needs a capability that the client did not declare.
        case missingClientCapability = -32021
        /// Modern: the version is not served; `data.supported` lists those that are (HTTP 400).
        case unsupportedProtocolVersion = -32022

        /// Legacy: a resource that does not exist.
        case resourceNotFound = -32002
        /// Legacy: the user has to visit a page first.
        case urlElicitationRequired = -32042

        /// Only a server of the modern era answers so.
        package var isModern: Bool {
            switch self {
            case .headerMismatch, .missingClientCapability, .unsupportedProtocolVersion: true
            default: false
            }
        }
    }

    /// The request was refused before anything was done. Any other code may come out of the midst of it.
    package var leavesNothingDone: Bool {
        switch knownCode {
        case .parseError, .invalidRequest, .methodNotFound, .invalidParams: true
        case let code?: code.isModern
        case nil: false
        }
    }

    /// `nil` for a code without an agreed meaning.
    package var knownCode: Code? { Code(rawValue: code) }

    /// `nil` when `json` is no error object.
    package init?(_ json: JSONValue) {
        guard let code = json["code"].flatMap(RequestID.init), case .int(let number) = code else { return nil }
        self.init(code: number, message: json["message"]?.stringValue ?? "", data: json["data"])
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = ["code": .int(code), "message": .string(message)]
        members["data"] = data
        return .object(members)
    }
}
