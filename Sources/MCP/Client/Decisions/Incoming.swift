import Agent

/// What a message from a server means to a client that only uses tools.
enum Incoming: Equatable {
    case result(id: RequestID, [String: JSONValue])
    case refusal(id: RequestID?, JSONRPCError)
    /// The request with this token is still being worked on.
    case progress(RequestID)
    case toolsChanged
    /// Send this back, or the server waits for ever.
    case question(answer: JSONRPCMessage)
    case nothing

    init(_ message: JSONRPCMessage) {
        switch message {
        case .result(let id, let result): self = .result(id: id, result)
        case .error(let id, let error): self = .refusal(id: id, error)
        case .notification(Method.progress, let params):
            self = params[MetaKey.progressToken].flatMap(RequestID.init).map(Incoming.progress) ?? .nothing
        case .notification(Method.toolsChanged, _): self = .toolsChanged
        case .notification: self = .nothing
        case .request(let id, Method.ping, _): self = .question(answer: .result(id: id, result: [:]))
        case .request(let id, _, _):
            // Sampling, elicitation, roots: nothing that was offered.
            self = .question(
                answer: .error(id: id, error: JSONRPCError(.methodNotFound, "This client does not offer that."))
            )
        }
    }
}

extension RequestID {
    /// Whether this is our `number`, which some servers give back as a text.
    func means(_ number: Int) -> Bool { self == .int(number) || self == .string(String(number)) }

    /// Our number that this is; `nil` when it is none.
    var number: Int? {
        switch self {
        case .int(let number): number
        case .string(let text): Int(text)
        }
    }
}
