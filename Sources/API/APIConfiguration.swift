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
    package var streams = StreamSettings()

    package init() {}
}

/// How streams of events are written.
package struct StreamSettings: Sendable {
    /// How long a stream may be silent: then a comment goes out, so that nobody on the way takes it for dead.
    package var heartbeat = Duration.seconds(15)
    /// How long a reader may take nothing: then it is dropped.
    package var stall = Duration.seconds(30)
    /// The same when the worker shuts down and waits for nothing else.
    package var farewell = Duration.seconds(1)
    /// Bytes that the kernel keeps for a reader, roughly. By itself it would keep megabytes for one that does not read.
    package var sendBuffer = 131_072
    /// When a reader that was sent away is to come back.
    package var retry = Duration.milliseconds(500)

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
