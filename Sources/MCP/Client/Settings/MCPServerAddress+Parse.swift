/// The notation of `MCP_URLS`.
///
///     MCP_URLS="http://127.0.0.1:8100/mcp, https://tools.example.com/mcp, stdio:/usr/bin/notes --folder '/srv/my notes'"
///
/// Addresses stand between commas; URLs may also stand between blanks. `stdio:` begins a command, which goes on to the
/// next comma: its words are split at blanks, quotes (`'…'`, `"…"`) and backslashes keep them together as in a shell, and
/// nothing else has a meaning there. Such a program gets only the harmless part of our environment; `stdio:env NAME=value
/// program` gives it more.
///
/// Servers on this machine's loopback addresses get the user's Taiga token and the request's context; others, and
/// programs, do not. `taiga+` before an address gives them to it, `foreign+` keeps them from it.
extension MCPServerAddress {
    /// The servers that a setting names, in its order.
    package static func list(parsing setting: String) throws(MCPError) -> [MCPServerAddress] {
        var addresses: [MCPServerAddress] = []
        for entry in try words(in: setting) {
            var rest = entry[...]
            while let first = rest.first {
                let address: MCPServerAddress
                if first.isCommand {
                    address = try command(rest)
                    rest = []
                } else {
                    address = try url(first.text)
                    rest = rest.dropFirst()
                }
                guard !addresses.contains(where: { $0.endpoint == address.endpoint }) else {
                    throw MCPError(.invalid, "\(address.label) is there twice")
                }
                addresses.append(address)
            }
        }
        return addresses
    }

    private struct Word {
        var text = ""
        /// Characters of `text` that were not quoted stand before this place.
        var plainCount: Int?

        var isCommand: Bool {
            let (_, rest) = splitTrust(text)
            let prefix = text.count - rest.count + "stdio:".count
            return rest.hasPrefix("stdio:") && prefix <= plainCount ?? .max
        }
    }

    /// The words of each entry.
    private static func words(in setting: String) throws(MCPError) -> [[Word]] {
        var entries: [[Word]] = [[]]
        var word: Word?
        var quote: Character?
        var isEscaped = false
        func quoted() -> Word {
            var quoted = word ?? Word()
            if quoted.plainCount == nil { quoted.plainCount = quoted.text.count }
            return quoted
        }
        for character in setting {
            if isEscaped {
                word?.text.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                word = quoted()
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word?.text.append(character) }
            } else if character == "'" || character == "\"" {
                word = quoted()
                quote = character
            } else if character == "," || character.isWhitespace {
                if let ended = word { entries[entries.count - 1].append(ended) }
                word = nil
                if character == "," { entries.append([]) }
            } else {
                word = word ?? Word()
                word?.text.append(character)
            }
        }
        guard quote == nil, !isEscaped else { throw MCPError(.invalid, "a quote is not closed") }
        if let word { entries[entries.count - 1].append(word) }
        return entries
    }

    private static func command(_ words: ArraySlice<Word>) throws(MCPError) -> MCPServerAddress {
        var words = words.map(\.text)
        let (trust, first) = splitTrust(words.removeFirst())
        let program = String(first.dropFirst("stdio:".count))
        // `stdio: program` is as good as `stdio:program`.
        let command = (program.isEmpty ? [] : [program]) + words
        guard command.first?.isEmpty == false, !command.contains(where: { $0.contains("\0") }) else {
            throw MCPError(.invalid, "stdio: names no program")
        }
        return MCPServerAddress(.stdio(command: command), isTrusted: trust ?? false)
    }

    private static func url(_ text: String) throws(MCPError) -> MCPServerAddress {
        let (trust, url) = splitTrust(text)
        let lowercased = url.lowercased()
        let authority = authority(of: url)
        // The text itself may hold a password: it is not repeated.
        guard ["http://", "https://"].contains(where: lowercased.hasPrefix), !authority.isEmpty,
            url.utf8.allSatisfy({ $0 > 32 && $0 < 127 }), !url.contains("\\")
        else {
            throw MCPError(.invalid, "neither an http or https URL nor stdio: and a command")
        }
        guard !authority.contains("@") else { throw MCPError(.invalid, "a user or password in a URL is not taken") }
        guard !url.contains("#") else { throw MCPError(.invalid, "a fragment in a URL is not taken") }
        return MCPServerAddress(.http(url: url), isTrusted: trust ?? isLoopback(url))
    }

    /// What the prefix says about trust, and the text after it.
    private static func splitTrust(_ text: String) -> (Bool?, String) {
        for (prefix, isTrusted) in [("taiga+", true), ("foreign+", false)] where text.hasPrefix(prefix) {
            return (isTrusted, String(text.dropFirst(prefix.count)))
        }
        return (nil, text)
    }
}
