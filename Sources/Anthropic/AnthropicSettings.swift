package import Agent

/// How the Messages API is called.
package struct AnthropicSettings: Sendable {
    package var model = "claude-sonnet-4-5"
    /// The most the model may write in one step.
    package var maxTokens = 4096
    /// Where the API is, without `/v1/messages`; `http` or `https`, a path before it is kept.
    package var baseURL = "https://api.anthropic.com"
    /// `nil` for servers that want none.
    package var key: Secret?
    /// Attempts after the first.
    package var maxRetries = 2
    /// Calls that wait while the provider is overloaded; one more fails at once.
    package var maxWaitingCalls = 4096
    /// Bytes that one answer may have on the wire.
    package var maxAnswerBytes = 8 * 1024 * 1024

    package init(key: Secret?) { self.key = key }

    /// The address of the endpoint.
    var endpoint: String {
        var base = baseURL[...]
        while base.last == "/" { base.removeLast() }
        // Other clients want the version in the base URL; a setting copied from there should work.
        if base.hasSuffix("/v1") { base.removeLast(3) }
        return base + "/v1/messages"
    }
}
