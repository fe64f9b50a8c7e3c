/// Where the server is, who we are to it, and how much we take.
package struct PostgresConfiguration: Sendable {
    /// What libpq needs to connect, the password included.
    var options: PostgresOptions

    /// Connections at most; they are made when they are needed.
    package var poolSize = 8
    /// Callers that may wait for a connection; more are refused.
    package var maximumWaiters = 1024
    /// How long a caller waits for a connection, in milliseconds.
    package var waitTimeoutMilliseconds = 2000
    /// One attempt to connect, in milliseconds: name lookup, TCP, TLS, login. The URL's `connect_timeout` sets it, too.
    package var connectTimeoutMilliseconds = 2000
    /// One statement, from sending it to the last of its result, in milliseconds. The server is told to end a statement at
    /// nine tenths of it, which costs no connection.
    package var statementTimeoutMilliseconds = 3000
    /// Bytes of one statement's parameters; more are refused. At most 512 MiB.
    package var maximumParameterBytes = 64 * 1024 * 1024
    /// The pauses between attempts to connect.
    package var backoff = PostgresBackoff()
}

extension PostgresConfiguration {
    /// Throws `.invalidConfiguration` for numbers with which no statement could ever succeed.
    func validate() throws(PostgresError) {
        for (name, value) in [
            ("pool size", poolSize), ("number of waiters", maximumWaiters), ("wait time-out", waitTimeoutMilliseconds),
            ("connect time-out", connectTimeoutMilliseconds), ("statement time-out", statementTimeoutMilliseconds),
            ("size of parameters", maximumParameterBytes),
        ] where value < 1 {
            throw PostgresError(.invalidConfiguration, "the \(name) must be positive, not \(value)")
        }
        guard maximumParameterBytes <= 512 * 1024 * 1024 else {
            throw PostgresError(.invalidConfiguration, "the size of parameters must be at most 512 MiB")
        }
    }
}

extension PostgresConfiguration: CustomStringConvertible {
    /// The address alone.
    package var description: String { options.description }
}

/// Options of libpq by name. Prints host, port and database, never the rest.
/// Source: https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS
struct PostgresOptions: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private(set) var values: [String: String]

    init(_ values: [String: String]) { self.values = values }

    subscript(name: String) -> String? { values[name] }

    /// Sets `name` unless it is set.
    mutating func setDefault(_ name: String, to value: String) {
        if values[name] == nil { values[name] = value }
    }

    mutating func set(_ name: String, to value: String) { values[name] = value }

    var description: String {
        let host = values["host"] ?? values["hostaddr"] ?? ""
        let port = values["port"].map { ":\($0)" } ?? ""
        return "postgresql://\(host)\(port)/\(values["dbname"] ?? "")"
    }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: ["address": description]) }
}
