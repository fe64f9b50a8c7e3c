import TestSupport

extension ModelServer {
    /// The settings of a worker that uses this server, and others.
    func settings(_ others: [String: String] = [:]) -> [String: String] {
        others.merging(["ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "canary-key"]) { $1 }
    }
}
