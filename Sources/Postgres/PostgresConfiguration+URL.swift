import CPostgres

extension PostgresConfiguration {
    /// Reads `postgresql://[user[:password]@][host][:port][/database][?option=value&…]`, `postgres://` as well, with all
    /// that libpq takes: several hosts, `sslmode`, `sslrootcert`, `options`, `service`…. What it does not say, libpq takes from
    /// its environment variables (`PGPASSWORD`…) and files. The error never repeats the URL, because of the password.
    /// Source: https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING
    package init(url: String) throws(PostgresError) {
        guard let body = ["postgresql://", "postgres://"].first(where: url.hasPrefix).map({ url.dropFirst($0.count) })
        else { throw Self.invalid("must begin with postgresql:// or postgres://") }
        guard !url.utf8.contains(0) else { throw Self.invalid("holds a NUL") }
        var options = PostgresOptions(try Self.parse(url))
        // Otherwise libpq would take a part of the password for the host, and name it in its messages.
        let signs = body.prefix { $0 != "?" }.count { $0 == "@" }
        guard signs == 0 || (signs == 1 && options["user"] != nil) else {
            throw Self.invalid("must percent-encode @, / and : in user and password")
        }
        try Self.check(options)
        // A name that the URL gives wins; texts are UTF-8 whatever it says; GSSAPI is on only when asked for, because libpq
        // cannot tell whether it holds bytes back.
        options.setDefault("fallback_application_name", to: "parley")
        options.setDefault("gssencmode", to: "disable")
        options.set("client_encoding", to: "UTF8")
        // A peer that is gone without a word is noticed within a minute, not after the system's two hours.
        options.setDefault("keepalives_idle", to: "30")
        options.setDefault("keepalives_interval", to: "10")
        options.setDefault("keepalives_count", to: "3")
        self.init(options: options)
        if let seconds = options["connect_timeout"].flatMap(Int.init), (1...3600).contains(seconds) {
            connectTimeoutMilliseconds = seconds * 1000
        }
    }

    private static func check(_ options: PostgresOptions) throws(PostgresError) {
        for port in (options["port"] ?? "").split(separator: ",") where UInt16(port) == nil || port == "0" {
            throw invalid("has a bad port")
        }
        let modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
        if let mode = options["sslmode"], !modes.contains(mode) {
            throw invalid("has a bad sslmode: it must be one of \(modes.joined(separator: ", "))")
        }
    }

    /// libpq's own reading. Its error message is not passed on: it may quote the URL.
    private static func parse(_ url: String) throws(PostgresError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        defer { PQfreemem(message) }
        guard let list = PQconninfoParse(url, &message) else { throw invalid("is not one that libpq can read") }
        defer { PQconninfoFree(list) }
        var options: [String: String] = [:]
        var next = list
        while let keyword = next.pointee.keyword {
            if let value = next.pointee.val { options[String(cString: keyword)] = String(cString: value) }
            next += 1
        }
        return options
    }

    private static func invalid(_ what: String) -> PostgresError {
        PostgresError(.invalidConfiguration, "the PostgreSQL URL \(what)")
    }
}
