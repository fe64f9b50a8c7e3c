/// Who may reach a server over HTTP, and what bounds that side.
package struct MCPHTTPSettings: Sendable {
    /// Host names that requests may name, without port; `nil`: any. A web page that makes its own name point at this
    /// machine (DNS rebinding) is told apart by it.
    package var hosts: Set<String>? = Self.loopback
    /// Origins of web pages that may call, such as `https://app.example.com`, beside pages of this server.
    package var origins: Set<String> = []
    /// Legacy sessions at a time; the one that was idle longest makes room for the next.
    package var maxSessions = 1024
    /// A legacy session that was idle for so long is gone.
    package var sessionIdle = Duration.seconds(3600)
    /// From the first byte of a request's body to its last.
    package var bodyTimeout = Duration.seconds(10)

    package init() {}

    /// The names of this machine for itself.
    package static let loopback: Set<String> = ["localhost", "127.0.0.1", "[::1]"]
}
