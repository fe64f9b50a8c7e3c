package import Agent

/// What bounds the HTTP side of a worker.
package struct APIConfiguration: Sendable {
    /// The largest request body that is read.
    package var maxBodyBytes = 256 * 1024
    /// How long a request's body may take from its first byte to its last.
    package var bodyTimeout = Duration.seconds(10)
    package var allowedOrigins = AllowedOrigins.all
    /// What operators show as bearer; `nil`: nobody can.
    package var operatorToken: Secret?

    package init() {}
}

/// What a worker is made of, by the names that its parts give themselves.
package struct WorkerParts: Sendable {
    package var store: String
    package var model: String
    package var tools: String

    package init(store: String, model: String, tools: String) {
        self.store = store
        self.model = model
        self.tools = tools
    }
}
