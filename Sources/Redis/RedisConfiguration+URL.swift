extension RedisConfiguration {
    /// Reads `redis://[[user]:password@]host[:port][/database]`; `rediss://` for TLS. User and password may be
    /// percent-encoded. The error never repeats the URL, because of the password.
    package init(url: String) throws(RedisError) {
        self.init()
        let rest: Substring
        if url.hasPrefix("rediss://") {
            tls = RedisTLS()
            rest = url.dropFirst("rediss://".count)
        } else if url.hasPrefix("redis://") {
            rest = url.dropFirst("redis://".count)
        } else {
            throw Self.invalid("must begin with redis:// or rediss://")
        }
        guard !rest.contains(where: { $0 == "?" || $0 == "#" }) else { throw Self.invalid("takes no ? or #") }

        // A password may hold a raw @ or /, a host never does: the last @ counts, and the path begins behind it.
        let authority = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
        if authority.startIndex != rest.startIndex {
            login = try Self.login(rest[..<rest.index(before: authority.startIndex)])
        }
        let parts = authority.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        try readAddress(parts[0])
        if parts.count == 2, !parts[1].isEmpty {
            guard let number = Self.number(parts[1], in: 0...99_999) else { throw Self.invalid("has a bad database") }
            database = number
        }
    }

    private static func login(_ text: Substring) throws(RedisError) -> RedisLogin {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let user = decode(parts[0]), let password = decode(parts[1]) else {
            throw invalid("must name user and password as user:password, or :password")
        }
        return RedisLogin(user: user.isEmpty ? nil : user, password: password)
    }

    private mutating func readAddress(_ text: Substring) throws(RedisError) {
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw Self.invalid("has a bad host") }
            host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw Self.invalid("has a bad host") }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2 else { throw Self.invalid("must write an IPv6 address in brackets") }
            host = String(parts[0])
            port = parts.count == 2 ? parts[1] : nil
        }
        guard !host.isEmpty, !host.contains(where: \.isWhitespace) else { throw Self.invalid("has no host") }
        if let port {
            guard let number = Self.number(port, in: 1...65_535) else { throw Self.invalid("has a bad port") }
            self.port = number
        }
    }

    private static func number(_ text: Substring, in range: ClosedRange<Int>) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(text).flatMap { range.contains($0) ? $0 : nil }
    }

    /// `nil` when a % is not followed by two hexadecimal digits, or the bytes are no UTF-8.
    private static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func invalid(_ what: String) -> RedisError {
        RedisError(.invalidConfiguration, "the Redis URL \(what)")
    }
}
