import Agent
import Testing

@testable import MCP

@Suite struct LineSplitterTests {
    @Test func linesAreCutWhereverBytesAreSplit() {
        let text = Array("{\"a\":1}\r\n\n{\"b\":2}\nrest".utf8)
        for size in 1...text.count {
            var splitter = LineSplitter(maxBytes: 100)
            var lines: [LineSplitter.Line] = []
            for start in stride(from: 0, to: text.count, by: size) {
                lines += splitter.take(Array(text[start..<min(start + size, text.count)]))
            }
            if let last = splitter.finish() { lines.append(last) }
            #expect(lines == ["{\"a\":1}", "{\"b\":2}", "rest"].map { .line(Array($0.utf8)) }, "pieces of \(size)")
        }
    }

    @Test func tooLongALineIsDroppedAlone() {
        for size in [1, 3, 7, 100] {
            var splitter = LineSplitter(maxBytes: 4)
            let text = Array("1234\n12345\nab\n123456789\ncd\n".utf8)
            var lines: [LineSplitter.Line] = []
            for start in stride(from: 0, to: text.count, by: size) {
                lines += splitter.take(Array(text[start..<min(start + size, text.count)]))
            }
            let expected: [LineSplitter.Line] = [
                .line(Array("1234".utf8)), .tooLong, .line(Array("ab".utf8)), .tooLong, .line(Array("cd".utf8)),
            ]
            #expect(lines == expected, "pieces of \(size)")
        }
    }
}

@Suite struct AccessRulesTests {
    private let rules = AccessRules(hosts: MCPHTTPSettings.loopback, origins: ["https://app.example.com"])

    @Test(arguments: [
        ("localhost:8000", true), ("LOCALHOST", true), ("127.0.0.1:1", true), ("[::1]:80", true), ("[::1]", true),
        ("evil.example:8000", false), ("127.0.0.1.evil.example", false), ("localhost.evil.example:80", false),
        ("", false),
    ])
    func hosts(host: String, isAllowed: Bool) { #expect(rules.allows(host: host) == isAllowed) }

    @Test func aMissingHostIsRefusedWhereNamesAreKnown() {
        #expect(!rules.allows(host: nil))
        #expect(AccessRules(hosts: nil, origins: []).allows(host: nil))
    }

    @Test func origins() {
        #expect(rules.allows(origin: nil, host: "localhost:8000"))
        #expect(rules.allows(origin: "https://app.example.com", host: "localhost:8000"))
        #expect(rules.allows(origin: "http://localhost:8000", host: "localhost:8000"))
        #expect(!rules.allows(origin: "http://localhost:3000", host: "localhost:8000"))
        #expect(!rules.allows(origin: "null", host: "localhost:8000"))
        #expect(!rules.allows(origin: "https://evil.example", host: "localhost:8000"))
        // Without known names a page's own origin proves nothing: it may be a rebound name.
        #expect(!AccessRules(hosts: nil, origins: []).allows(origin: "http://evil.example", host: "evil.example"))
    }
}

@Suite struct SessionTableTests {
    @Test func theIdlestMakesRoomAndTheBusyStay() {
        let start = ContinuousClock.now
        var table = SessionTable<Int>(maxSessions: 2, idle: .seconds(10), longestBusy: .seconds(20))
        #expect(table.open("a", 1, now: start) { _ in false })
        #expect(table.open("b", 2, now: start + .seconds(1)) { _ in false })
        #expect(table.use("a", now: start + .seconds(2)) { _ in false } == 1)
        #expect(table.open("c", 3, now: start + .seconds(3)) { _ in false })
        #expect(table.use("b", now: start + .seconds(3)) { _ in false } == nil)
        #expect(table.open("d", 4, now: start + .seconds(4)) { $0 == 1 })
        #expect(table.use("a", now: start + .seconds(4)) { _ in false } == 1)
        #expect(!table.open("e", 5, now: start + .seconds(4)) { _ in true })
        #expect(table.count == 2)
    }

    @Test func idleSessionsAreGone() {
        let start = ContinuousClock.now
        var table = SessionTable<Int>(maxSessions: 2, idle: .seconds(10), longestBusy: .seconds(20))
        #expect(table.open("a", 1, now: start) { _ in false })
        #expect(table.use("a", now: start + .seconds(11)) { _ in true } == 1)
        #expect(table.use("a", now: start + .seconds(22)) { _ in false } == nil)
        #expect(table.count == 0)
        #expect(table.close("a") == nil)
    }

    @Test func aSessionIsNotBusyForEver() {
        let start = ContinuousClock.now
        var table = SessionTable<Int>(maxSessions: 1, idle: .seconds(10), longestBusy: .seconds(20))
        #expect(table.open("a", 1, now: start) { _ in true })
        #expect(!table.open("b", 2, now: start + .seconds(19)) { _ in true })
        #expect(table.open("b", 2, now: start + .seconds(20)) { _ in true })
        #expect(table.use("b", now: start + .seconds(40)) { _ in true } == nil)
    }
}

@Suite struct CallRequestTests {
    @Test(arguments: [(Int.min, 0), (-1, 0), (17, 17), (1_001, 1_001), (Int.max, 86_401_000)])
    func aStartIsTakenWithinReason(stated: Int, taken: Int) {
        let meta: [String: JSONValue] = [MetaKey.startedAt: .int(stated)]
        let request = CallRequest(name: "make", arguments: [:], meta: meta, now: 1_000)
        #expect(request.invocation.startedAt == taken)
    }
}

@Suite struct ToolPageTests {
    private let tools = ["a", "b", "c"].map {
        Tool(name: $0, description: "Tool \($0).", inputSchema: ["type": "object"], access: .write)
    }

    @Test func pagesFollowEachOther() throws {
        let first = try ToolPage(of: tools, after: nil, size: 2)
        #expect(first.tools.map(\.name) == ["a", "b"])
        let second = try ToolPage(of: tools, after: first.nextCursor, size: 2)
        #expect(second.tools.map(\.name) == ["c"])
        #expect(second.nextCursor == nil)
        #expect(try ToolPage(of: tools, after: "c", size: 2).tools.isEmpty)
        #expect(try ToolPage(of: [], after: nil, size: 2) == ToolPage(of: tools, after: "c", size: 2))
        for cursor in ["", "nonsense"] {
            #expect(throws: JSONRPCError.self) { try ToolPage(of: tools, after: cursor, size: 2) }
        }
    }

    @Test func aToolIsDescribed() {
        let make = ToolDescription(
            Tool(name: "taiga_make_it", description: "Makes.", inputSchema: ["type": "object"], access: .write)
        )
        #expect(make.title == "Taiga make it")
        #expect(make.description == "Makes.")
        #expect(make.annotations.readOnly == false)
        #expect(make.meta[MetaKey.idempotent] == true)
        let look = ToolDescription(Tool(name: "look", description: "", inputSchema: ["type": "object"], access: .read))
        #expect(look.annotations.readOnly == true)
        #expect(look.meta.isEmpty)
    }
}

@Suite struct CallScopeTests {
    private let context: JSONValue = [
        "project_id": 7, "milestone_id": 8, "user_story_id": 9,
        "user": ["id": 3, "username": "alex", "roles": ["Back"]],
    ]

    private func settings(project: Int? = nil, token: String? = nil) -> MCPServerSettings {
        var settings = MCPServerSettings()
        settings.project = project.map { MCPServerSettings.DefaultProject(id: $0) }
        settings.credentials = token.map {
            RunCredentials(Credentials(authToken: Secret($0), refresh: Secret("r-\($0)")))
        }
        return settings
    }

    @Test func whatTheRequestSaysWins() {
        let scope = CallScope(
            meta: [MetaKey.context: context, MetaKey.taigaAuthToken: "meta"],
            tokens: PresentedTokens(authToken: "header", refresh: "header-refresh"),
            settings: settings(project: 1, token: "server")
        )
        #expect(scope.missing == nil)
        #expect(scope.context.projectID == 7)
        #expect(scope.context.userStoryID == 9)
        #expect(scope.context.user.roles == ["Back"])
        #expect(scope.context.credentials.current.authToken.reveal() == "meta")
        // Never one half of each pair.
        #expect(scope.context.credentials.current.refresh.reveal() == "")
        #expect(scope.bringsTokens)
    }

    @Test func theServersOwnPairIsShared() {
        let settings = settings(project: 1, token: "server")
        let first = CallScope(meta: [:], tokens: PresentedTokens(), settings: settings)
        let second = CallScope(meta: [:], tokens: PresentedTokens(), settings: settings)
        #expect(!first.bringsTokens)
        first.context.credentials.refresh(to: Credentials(authToken: Secret("new"), refresh: Secret("new-r")))
        #expect(second.context.credentials.current.authToken.reveal() == "new")
        #expect(first.context.user.roles == [UserContext.anyRole])
    }

    @Test func whatIsMissingIsSaid() {
        let tokens = PresentedTokens(authToken: "t", refresh: nil)
        #expect(CallScope(meta: [:], tokens: tokens, settings: settings()).missing?.contains("--project") == true)
        let noToken = CallScope(meta: [:], tokens: PresentedTokens(), settings: settings(project: 1))
        #expect(noToken.missing?.contains("X-Taiga-Auth-Token") == true)
        let half: [String: JSONValue] = [MetaKey.context: ["project_id": 7]]
        #expect(
            CallScope(meta: half, tokens: tokens, settings: settings(project: 1)).missing?.contains("complete") == true
        )
    }
}

@Suite struct AcceptedTypesTests {
    @Test(arguments: [
        ("application/json, text/event-stream", true, true), ("application/json", true, false),
        ("text/event-stream;q=0.5", false, true), ("*/*", true, true), ("text/html", false, false), ("", false, false),
        ("Application/JSON;q=1,TEXT/*", true, true),
    ])
    func accept(header: String, json: Bool, events: Bool) {
        let accepted = AcceptedTypes(header)
        #expect(accepted.json == json)
        #expect(accepted.events == events)
    }

    @Test func withoutAHeaderEverythingIsTaken() { #expect(AcceptedTypes(nil).json && AcceptedTypes(nil).events) }
}
