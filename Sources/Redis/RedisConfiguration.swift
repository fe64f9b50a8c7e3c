/// Where the server is, who we are to it, and how much we take.
package struct RedisConfiguration: Sendable {
    /// Name or address, IPv6 without brackets.
    package var host = "127.0.0.1"
    package var port = 6379
    /// `nil`: no AUTH is sent.
    package var login: RedisLogin?
    /// Chosen by SELECT when it is not 0.
    package var database = 0
    /// `nil`: plain TCP.
    package var tls: RedisTLS?
    /// What CLIENT LIST calls our connections; no spaces.
    package var clientName = "parley"

    /// From `send` to the reply, the wait for a connection included, in milliseconds.
    package var commandTimeoutMilliseconds = 1000
    /// One attempt to connect: name lookup, TCP, TLS, login. In milliseconds.
    package var connectTimeoutMilliseconds = 1000
    /// The pauses between attempts to connect.
    package var backoff = RedisBackoff()

    /// Commands under way on one connection, waiting ones included; more are refused.
    package var maximumCommands = 8192
    /// Bytes of commands under way on one connection; more are refused. Also the largest command.
    package var maximumCommandBytes = 128 * 1024 * 1024
    /// The largest reply in bytes; a larger one closes its connection.
    package var maximumReplyBytes = 32 * 1024 * 1024

    /// 127.0.0.1:6379 with the defaults above.
    package init() {}
}

extension RedisConfiguration {
    /// Throws `.invalidConfiguration` for numbers with which no command could ever succeed.
    func validate() throws(RedisError) {
        for (name, value) in [
            ("command time-out", commandTimeoutMilliseconds), ("connect time-out", connectTimeoutMilliseconds),
            ("number of commands", maximumCommands), ("size of commands", maximumCommandBytes),
            ("size of a reply", maximumReplyBytes),
        ] where value < 1 {
            throw RedisError(.invalidConfiguration, "the \(name) must be positive, not \(value)")
        }
    }
}

/// How our connections log in.
package struct RedisLogin: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `nil`: the server's default user.
    package var user: String?
    private let password: String

    package init(user: String? = nil, password: String) {
        self.user = user
        self.password = password
    }

    /// `AUTH [user] password`, for the wire only.
    var command: RedisCommand {
        if let user { RedisCommand("AUTH", user, password) } else { RedisCommand("AUTH", password) }
    }

    /// The password never prints.
    package var description: String { "\(user ?? "default"):<redacted>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["user": user as Any]) }
}

/// How the server proves who it is. Its certificate is always verified.
package struct RedisTLS: Sendable, Equatable {
    /// PEM file with the authorities that we trust; `nil`: the system's.
    package var authorityFile: String?

    package init(authorityFile: String? = nil) { self.authorityFile = authorityFile }
}
