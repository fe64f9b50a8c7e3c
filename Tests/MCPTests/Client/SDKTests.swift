import Agent
import MCP
import Testing

/// The client against servers made with the official SDK, in both its lines and over each wire.
@Suite(.serialized) struct SDKTests {
    /// One thing that must work, whichever server it is.
    private struct Check {
        var title: String
        /// Whether it can be had of that server over that wire.
        var isPossible: @Sendable (SDK, SDKWire) -> Bool = { _, _ in true }
        var holds: @Sendable (MCPTools) async throws -> Bool
    }

    private static var settings: MCPClientSettings {
        var settings = MCPClientSettings()
        // So that progress has something to extend, and only a notice can refresh the list.
        settings.callTimeout = .seconds(1)
        settings.listLifetime = .seconds(600)
        // A python takes a while to start on a busy machine.
        settings.probeTimeout = .seconds(10)
        settings.handshakeTimeout = .seconds(10)
        return settings
    }

    private static let checks: [Check] = [
        Check(title: "tools listed") { tools in
            let offer = await tools.tools(for: .test)
            let reads = offer.tools.filter { $0.access == .read }.map(\.name)
            return offer.warnings.isEmpty && offer.tools.count == 13 && reads.contains("add")
                && !reads.contains("count")
        },
        Check(title: "structured result") { tools in
            let result = await tools.call("add", ["a": 2, "b": 40])
            return !result.isError && result.text.contains("42")
        },
        Check(title: "name mapped") { tools in
            let name = await tools.names().first { $0.hasPrefix("text__cho_") } ?? ""
            return await tools.call(name, ["text": "日本 ✓"]).text == "日本 ✓"
        },
        Check(title: "argument in header") { tools in
            await tools.call("regional", ["region": "Zürich "]).text == "Zürich "
        },
        Check(title: "every kind of content") { tools in
            let text = await tools.call("every_kind").text
            return ["first", "image/png, 1 KiB", "audio/wav", "a.txt, text/plain, 2 KiB", "a note", "pdf", "last"]
                .allSatisfy {
                    $0.contains("text/plain") ? text.contains("file:///a.txt, text/plain, 2 KiB") : text.contains($0)
                }
        },
        Check(title: "tool error shown") { tools in
            let result = await tools.call("fail")
            return result.isError && result.text.contains("the cellar is locked") && result.warnings.isEmpty
        },
        Check(title: "bad arguments told") { tools in
            let result = await tools.call("add", ["a": "many"])
            return result.isError && result.warnings.isEmpty
        },
        // One JSON answer carries no progress.
        Check(title: "progress extends", isPossible: { $1 != .json }) { tools in
            await tools.call("work", ["seconds": .double(1.5)]).text == "worked"
        },
        Check(title: "questions answered") { tools in await tools.call("ask").text.hasPrefix("refused") },
        // Line 2 does not look at the connection while it makes one JSON answer.
        Check(title: "cancelled by era", isPossible: { $0 == .line1 || $1 != .json }) { tools in
            let isUnfinished = await withTaskGroup(of: Bool.self) { group in
                group.addTask { await tools.call("wait_for_ever").isUnfinished }
                // The server has the first call before it gets this one's answer out.
                _ = await tools.call("work", ["seconds": .double(0.2)])
                group.cancelAll()
                return await group.next() ?? false
            }
            let answer = await tools.call("was_cancelled").text
            return isUnfinished && answer == "yes"
        },
        Check(title: "token kept back") { tools in
            let text = await tools.call("seen").text
            return text.contains("progress") && !text.contains("canary") && !text.contains("alex")
        },
        Check(title: "artifacts not believed") { tools in
            let result = await tools.call("created")
            return !result.isError && result.created.isEmpty
        },
        Check(title: "changed list noticed") { tools in
            guard await tools.call("grow").text == "grown" else { return false }
            // The word of it takes its own way.
            for _ in 0..<100 {
                if await tools.names().contains("grown") { return true }
                _ = await tools.call("work", ["seconds": .double(0.1)])
            }
            return false
        },
    ]

    @Test(.timeLimit(.minutes(5))) func everyLineOverEveryWire() async throws {
        var rows: [String] = []
        for sdk in SDK.allCases {
            for wire in SDKWire.allCases {
                let marks = try await wire.serving(sdk) { address in
                    try await withTools([address], Self.settings) { tools in
                        var marks: [Bool?] = []
                        for check in Self.checks {
                            marks.append(check.isPossible(sdk, wire) ? try await check.holds(tools) : nil)
                        }
                        return marks
                    }
                }
                for (check, mark) in zip(Self.checks, marks) {
                    #expect(mark != false, "\(sdk) over \(wire.rawValue): \(check.title)")
                }
                rows.append(
                    "\(sdk) \(wire.rawValue): "
                        + marks.map { $0.map { $0 ? "pass" : "FAIL" } ?? "n/a " }.joined(separator: " ")
                )
            }
        }
        print("Client against the official SDK's servers: " + Self.checks.map(\.title).joined(separator: ", "))
        for row in rows { print("  \(row)") }
    }

    @Test(arguments: SDKWire.allCases) func aTrustedServerGetsTheToken(wire: SDKWire) async throws {
        for sdk in SDK.allCases {
            let (seen, created) = try await wire.serving(sdk, isTrusted: true) { address in
                try await withTools([address], Self.settings) { tools in
                    (await tools.call("seen"), await tools.call("created").created)
                }
            }
            let sent = try JSONValue(parsing: seen.text.utf8)
            let place = wire == .stdio ? sent["meta"] : sent["headers"]
            let keys =
                wire == .stdio
                ? ["io.parley/auth_token", "io.parley/refresh"] : ["x-taiga-auth-token", "x-taiga-refresh-token"]
            #expect(place?[keys[0]] == "canary-token")
            #expect(place?[keys[1]] == "canary-refresh")
            #expect(sent["meta"]?["io.parley/context"]?["project_id"] == 1)
            #expect(created == [.userStory(id: 7, ref: 3, subject: "Login")])
        }
    }
}
