import Agent

/// What a reply means to a request that was made under an agreement.
enum ReplyVerdict {
    case result([String: JSONValue])
    /// The agreement holds no longer, and nothing was done: make a new one, and ask again.
    case renew
    case failed(MCPError)

    /// - Parameter renewed: the agreement is new, and another would be no better.
    init(_ reply: Reply, under agreement: Agreement, renewed: Bool) {
        switch reply {
        case .result(let result, _):
            switch ResultType(result) {
            case .complete: self = .result(result)
            case .inputRequired:
                self = .failed(MCPError(.refused, "it wants to ask the user something, which is not possible here"))
            case .unknown: self = .failed(MCPError(.malformed, "its result is of an unknown type"))
            }
        case .refused(let error, let status) where !renewed && Self.isStale(agreement, error, status): self = .renew
        case .status(let status) where !renewed && Self.isStale(agreement, nil, status): self = .renew
        default: self = .failed(reply.failure)
        }
    }

    private static func isStale(_ agreement: Agreement, _ error: JSONRPCError?, _ status: Int) -> Bool {
        switch agreement.era {
        case .legacy:
            guard agreement.session != nil else { return error?.knownCode?.isModern == true }
            // 404 is the standard's; several servers say 400 with this code.
            return status == 404 || (status == 400 && error?.code == -32000) || error?.knownCode?.isModern == true
        case .modern:
            if let error { return error.knownCode == .unsupportedProtocolVersion }
            // A server of the old era does not know what to do with such a request.
            return [400, 404, 405, 406].contains(status)
        }
    }
}
