extension PostgresError {
    /// Why there is no connection: `.unavailable`, with the server's code if it was the server that refused.
    ///
    /// - Parameter text: libpq's verbose message, a line for each address that it tried, and in it what the server said
    ///   there: `…FATAL:  28P01: password authentication failed…`, and then a `LOCATION:` line.
    init(connecting text: String) {
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }
        let state = lines.lazy.compactMap(Self.sqlState).first
        let message = lines.joined(separator: "; ").prefix(400)
        self.init(.unavailable, message.isEmpty ? "cannot connect" : String(message), sqlState: state)
    }

    /// The five characters behind the severity, whose word depends on the server's language.
    private static func sqlState(in line: Substring) -> String? {
        guard let severity = line.firstRange(of: ":  ") else { return nil }
        let state = line[severity.upperBound...].prefix { $0 != ":" }
        let isState = state.utf8.count == 5 && state.allSatisfy { $0.isASCII && ($0.isNumber || $0.isUppercase) }
        return isState ? String(state) : nil
    }
}
