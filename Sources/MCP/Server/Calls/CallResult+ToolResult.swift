import Agent

extension CallResult {
    /// What came of a call, for clients that know only the protocol and for Parley's own.
    ///
    /// - Parameter refreshed: the pair that must go back to the caller.
    init(_ result: ToolResult, refreshed: Credentials?) {
        self.init(content: [.text(result.text)], isError: result.isError)
        if !result.isError || !result.created.isEmpty {
            let value = (try? JSONValue(parsing: result.text.utf8)) ?? .string(result.text)
            structuredContent = [
                StructuredKey.result: value,
                StructuredKey.createdArtifacts: .array(result.created.map(\.json)),
            ]
        }
        if let refreshed { meta[MetaKey.refreshedCredentials] = refreshed.json }
        if !result.warnings.isEmpty { meta[MetaKey.warnings] = .array(result.warnings.map(JSONValue.string)) }
        if result.isUnauthorized { meta[MetaKey.unauthorized] = true }
        if result.isUnfinished { meta[MetaKey.unfinished] = true }
        if result.mayHaveWritten { meta[MetaKey.mayHaveWritten] = true }
    }
}
