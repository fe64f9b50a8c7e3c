import API
import Logging

/// What a worker says when it is ready for its first request.
struct Banner {
    let settings: Settings
    let parts: WorkerParts
    let port: Int

    /// For people on standard output; as a log line where logs are for machines.
    func announce(logger: Logger) {
        logger.info(
            "Listening",
            metadata: [
                "host": "\(settings.host)", "port": "\(port)", "store": "\(parts.store)", "model": "\(parts.model)",
                "tools": "\(parts.tools)",
            ]
        )
        if settings.logFormat == .text { StandardStream.output.write(Array(text.utf8)) }
    }

    private var isShared: Bool { if case .memory = settings.store { false } else { true } }

    private var url: String {
        switch settings.host {
        case "0.0.0.0", "::": "http://127.0.0.1:\(port)"
        case let host where host.contains(":"): "http://[\(host)]:\(port)"
        case let host: "http://\(host):\(port)"
        }
    }

    var text: String {
        """

        Parley listens on \(url)

          sessions   \(parts.store)\(isShared ? "" : " (this node only; set REDIS_URL or DATABASE_URL to share them)")
          model      \(parts.model)\(settings.anthropic == nil ? " (set ANTHROPIC_API_KEY for a language model)" : "")
          tools      \(parts.tools)

        Send it the first request:

          curl -s \(url)/agent/run -H 'Content-Type: application/json' -d '{
            "session_id": "first", "project_id": 1729875, "milestone_id": 499548, "prompt": "Create tasks for Alex",
            "auth_token": "none", "refresh": "none",
            "user_context": {"id": 738718, "username": "jdlafond", "email": "jdlafond@asu.edu", "roles": ["Product Owner"]}}'

        """
    }
}
