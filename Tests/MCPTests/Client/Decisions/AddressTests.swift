import Agent
import Testing

@testable import MCP

/// The notation of `MCP_URLS`.
@Suite struct AddressTests {
    private func http(_ url: String, _ isTrusted: Bool) -> MCPServerAddress {
        MCPServerAddress(.http(url: url), isTrusted: isTrusted)
    }

    private func stdio(_ command: [String], _ isTrusted: Bool = false) -> MCPServerAddress {
        MCPServerAddress(.stdio(command: command), isTrusted: isTrusted)
    }

    @Test func addressesAreReadInOrder() throws {
        #expect(try MCPServerAddress.list(parsing: "") == [])
        #expect(try MCPServerAddress.list(parsing: " , ,") == [])
        #expect(
            try MCPServerAddress.list(parsing: "https://a.example/mcp http://b.example/mcp?x=1,https://c.example") == [
                http("https://a.example/mcp", false), http("http://b.example/mcp?x=1", false),
                http("https://c.example", false),
            ]
        )
    }

    @Test(arguments: [
        ("http://127.0.0.1:8100/mcp", true), ("http://localhost/mcp", true), ("http://LOCALHOST:1/", true),
        ("http://[::1]:8100/mcp", true), ("http://127.8.9.1/", true), ("http://127.0.0.1.example.com/", false),
        ("http://localhost.example.com/", false), ("http://10.0.0.1/", false), ("http://1270.0.0.1/", false),
    ])
    func loopbackIsTrusted(url: String, isTrusted: Bool) throws {
        #expect(try MCPServerAddress.list(parsing: url) == [http(url, isTrusted)])
        #expect(try MCPServerAddress.list(parsing: "taiga+" + url) == [http(url, true)])
        #expect(try MCPServerAddress.list(parsing: "foreign+" + url) == [http(url, false)])
    }

    @Test(arguments: [
        ("stdio:/bin/cat", ["/bin/cat"]), ("stdio: cat -u", ["cat", "-u"]),
        (#"stdio:tool 'a b' "c, d" e\ f '' 'x"y' "it's""#, ["tool", "a b", "c, d", "e f", "", #"x"y"#, "it's"]),
        ("stdio:tool http://x.example stdio:y", ["tool", "http://x.example", "stdio:y"]),
        (#"stdio:"/opt/my tools/run" now"#, ["/opt/my tools/run", "now"]),
    ])
    func commandsGoOnToTheNextComma(setting: String, command: [String]) throws {
        #expect(try MCPServerAddress.list(parsing: setting) == [stdio(command)])
        #expect(try MCPServerAddress.list(parsing: "taiga+" + setting) == [stdio(command, true)])
        #expect(
            try MCPServerAddress.list(parsing: "http://a.example \(setting), http://b.example")
                == [http("http://a.example", false), stdio(command), http("http://b.example", false)]
        )
    }

    @Test(arguments: [
        "ftp://a.example", "a.example", "http://", "http://user:secret@a.example/", "http://a.example/#x", "stdio:",
        "stdio:''", "'http://a.example", "stdio:x \\", "http://a.example/é", "http://a.example http://a.example",
        "taiga+http://a.example, http://a.example", "'stdio:'x", "taiga+foreign+http://a.example",
    ])
    func mistakesAreRefused(setting: String) {
        let error = #expect(throws: MCPError.self) { try MCPServerAddress.list(parsing: setting) }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains("secret") == false)
    }
}
