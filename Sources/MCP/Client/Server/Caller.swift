import Agent

/// For whom a request is made, as far as one server is told.
struct Caller: Sendable {
    private let context: RunContext
    private let isTrusted: Bool
    private let isProgram: Bool

    init(_ context: RunContext, at server: RemoteServer) {
        self.context = context
        isTrusted = server.address.isTrusted
        isProgram = server.link.isProgram
    }

    /// HTTP fields with the user's tokens: never the protocol's own authorization, which is not for another service's.
    var fields: [(name: String, value: String)] {
        guard isTrusted, !isProgram else { return [] }
        let credentials = context.credentials.current
        return [
            (HeaderName.taigaAuthToken, credentials.authToken.reveal()),
            (HeaderName.taigaRefreshToken, credentials.refresh.reveal()),
        ].filter { !$0.value.isEmpty }
    }

    /// Members of `_meta`: the context, and over stdio the tokens too.
    var meta: [String: JSONValue] {
        guard isTrusted else { return [:] }
        var meta: [String: JSONValue] = [MetaKey.context: CallerContext(context).json]
        if isProgram {
            let credentials = context.credentials.current
            meta[MetaKey.taigaAuthToken] = .string(credentials.authToken.reveal())
            meta[MetaKey.taigaRefreshToken] = .string(credentials.refresh.reveal())
        }
        return meta
    }

    /// What makes the tool list of a trusted server another one: the user, and what they work on. Kept in memory only.
    var listKey: String {
        guard isTrusted else { return "" }
        let token = context.credentials.presented.authToken.reveal()
        return String(decoding: CallerContext(context).json.encoded(), as: UTF8.self) + token
    }

    /// Keeps the token pair with which the server replaced the user's.
    func take(meta: [String: JSONValue]) {
        guard isTrusted, let pair = meta[MetaKey.refreshedCredentials].flatMap(Credentials.init) else { return }
        context.credentials.refresh(to: pair)
    }

    /// What a result says that the user is to be told.
    func warnings(in meta: [String: JSONValue]) -> [String] {
        guard isTrusted else { return [] }
        return (meta[MetaKey.warnings]?.arrayValue ?? []).prefix(10).compactMap { $0.stringValue?.cut(toBytes: 300) }
    }

    /// Whether the user's token was not accepted.
    func isRefused(by error: MCPError) -> Bool { isTrusted && error.code == .unauthorized }

    /// A result of `entry` as the run sees it; `text` is for the model.
    func result(_ result: CallResult, of entry: ToolCatalog.Entry, text: String) -> ToolResult {
        var answer = ToolResult(text: text, isError: result.isError)
        guard isTrusted else { return answer }
        // Our own server names what a call made before it failed; of another, an error has made nothing.
        if !result.isError || entry.knowsKeys {
            let list = result.structuredContent?[StructuredKey.createdArtifacts]?.arrayValue ?? []
            answer.created = list.compactMap(CreatedArtifact.init)
        }
        answer.warnings = warnings(in: result.meta)
        answer.isUnauthorized = result.meta[MetaKey.unauthorized] == true
        answer.mayHaveWritten = result.meta[MetaKey.mayHaveWritten] == true
        answer.isUnfinished = entry.knowsKeys && result.meta[MetaKey.unfinished] == true
        return answer
    }
}
