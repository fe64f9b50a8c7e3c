import Agent

/// A request whose answer needs the tools.
struct ServerJob: Sendable, Equatable {
    enum Work: Sendable, Equatable {
        /// `cursor` is where the page begins; `nil` for the first.
        case listTools(cursor: String?)
        case callTool(name: String, arguments: [String: JSONValue])
    }

    /// Names the job within its session, also where two requests have the same id.
    let ticket: Int
    let id: RequestID
    let work: Work
    let era: ProtocolVersion.Era
    /// The request's `_meta`.
    let meta: [String: JSONValue]

    /// What progress notifications refer to; `nil` when none are asked for.
    var progressToken: JSONValue? {
        switch meta[MetaKey.progressToken] {
        case .string(let text)?: .string(text)
        case .int(let number)?: .int(number)
        default: nil
        }
    }
}
