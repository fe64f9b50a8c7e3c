/// The methods that Parley calls or serves.
package enum Method {
    package static let initialize = "initialize"
    package static let initialized = "notifications/initialized"
    package static let discover = "server/discover"
    package static let ping = "ping"
    package static let listTools = "tools/list"
    package static let callTool = "tools/call"
    package static let cancelled = "notifications/cancelled"
    package static let progress = "notifications/progress"
    package static let toolsChanged = "notifications/tools/list_changed"
    /// Modern: a stream of notifications outside any other request.
    package static let listen = "subscriptions/listen"
    package static let listenAcknowledged = "notifications/subscriptions/acknowledged"
}

/// HTTP fields of the protocol and, with `taiga`, of Parley's own.
package enum HeaderName {
    /// Legacy: on every request after `initialize`. Modern: on every request, equal to the body's.
    package static let protocolVersion = "MCP-Protocol-Version"
    /// Legacy: names the session on everything after `initialize`.
    package static let session = "Mcp-Session-Id"
    /// Modern: the request's method.
    package static let method = "Mcp-Method"
    /// Modern: the tool that is called; see HeaderText.
    package static let name = "Mcp-Name"
    /// Modern: before the name that a parameter's ``schemaKey`` gives.
    package static let parameterPrefix = "Mcp-Param-"
    /// In the schema of a parameter: the value also goes into a header of that name.
    package static let schemaKey = "x-mcp-header"
    package static let lastEventID = "Last-Event-ID"

    /// The user's access token for Taiga: the specification forbids passing it on as the protocol's own bearer token.
    package static let taigaAuthToken = "X-Taiga-Auth-Token"
    /// The user's refresh token for Taiga.
    package static let taigaRefreshToken = "X-Taiga-Refresh-Token"
}

/// Members of `_meta`.
package enum MetaKey {
    /// Modern, in each request: the version that the header says too.
    package static let protocolVersion = "io.modelcontextprotocol/protocolVersion"
    /// Modern, in each request: an `Implementation`.
    package static let clientInfo = "io.modelcontextprotocol/clientInfo"
    /// Modern, in each request: an object, which may be empty.
    package static let clientCapabilities = "io.modelcontextprotocol/clientCapabilities"
    /// Modern, in results: an `Implementation`.
    package static let serverInfo = "io.modelcontextprotocol/serverInfo"
    /// Modern, in what comes over ``Method/listen``: the id of that request.
    package static let subscription = "io.modelcontextprotocol/subscriptionId"
    /// Both eras, in a request: what its progress notifications refer to.
    package static let progressToken = "progressToken"

    /// In a request over stdio: the user's access token for Taiga (over HTTP it is ``HeaderName/taigaAuthToken``).
    package static let taigaAuthToken = "io.parley/auth_token"
    /// In a request over stdio: the user's refresh token for Taiga.
    package static let taigaRefreshToken = "io.parley/refresh"
    /// In a result: the pair `{auth_token, refresh}` that replaced the one presented, which is dead now.
    package static let refreshedCredentials = "io.parley/auth"
    /// In a call's result, `true`: the user's token was not accepted, and a refresh did not help.
    package static let unauthorized = "io.parley/unauthorized"
    /// In a call's result, `true`: the call was cancelled under way, so that it is not known what it did.
    package static let unfinished = "io.parley/unfinished"
    /// In a call's result, `true`: it is an error that does not mean that nothing was done.
    package static let mayHaveWritten = "io.parley/may-have-written"
    /// In a result: `[text]`, what the user is to be told besides.
    package static let warnings = "io.parley/warnings"
    /// In a request: a ``CallerContext``, inside which the server must stay.
    package static let context = "io.parley/context"
    /// In a call: names it in its run, its retries and a takeover; the same key never does a write twice.
    package static let idempotencyKey = "io.parley/idempotency-key"
    /// In a call: when it was first begun, whole milliseconds since 1970, UTC.
    package static let startedAt = "io.parley/started-at"
    /// In a call: what the turn had created before, in the shape of ``StructuredKey/createdArtifacts``.
    package static let knownArtifacts = "io.parley/known"
    /// In a call, `true`: look what became of the call with this key, tell it as its result, and do not do it again.
    package static let lookOnly = "io.parley/look-only"
    /// In a tool's description, `true`: the server keeps the promises of ``idempotencyKey`` and ``lookOnly``.
    package static let idempotent = "io.parley/idempotent"
}

/// Members of a result's `structuredContent`.
package enum StructuredKey {
    /// What the call's text says, as JSON.
    package static let result = "result"
    /// What the call created: `[{type: user_story|task, id, ref, subject, user_story?: {id, subject}}]`.
    package static let createdArtifacts = "created_artifacts"
}
