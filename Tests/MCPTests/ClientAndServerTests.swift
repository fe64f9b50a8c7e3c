import Agent
import Synchronization
import TestSupport
import Testing

@testable import MCP

/// Parley's client against Parley's server: the requirements' own shape.
@Suite(.timeLimit(.minutes(2))) struct ClientAndServerTests {
    private var context: RunContext {
        let test = RunContext.test
        return RunContext(
            projectID: 1_729_875,
            milestoneID: 499_548,
            userStoryID: test.userStoryID,
            user: test.user,
            credentials: test.credentials
        )
    }

    /// Notes what reaches the tools, refreshes the pair, and creates something.
    private final class Spy: ToolProvider {
        let name = "spy"
        let seen = Mutex<[(ToolInvocation, RunContext)]>([])
        let looked = Mutex<[ToolInvocation]>([])

        func tools(for context: RunContext) async -> ToolOffer {
            ToolOffer(tools: [ScriptedTools.look, ScriptedTools.make], warnings: ["Half of it."])
        }

        func call(_ invocation: ToolInvocation, in context: RunContext) async -> ToolResult {
            seen.withLock { $0.append((invocation, context)) }
            context.credentials.refresh(to: Credentials(authToken: Secret("new"), refresh: Secret("new-r")))
            var result = ToolResult(
                text: #"{"id":4}"#,
                created: [.task(id: 4, ref: 9, subject: "T", story: .init(id: 3, subject: "S"))]
            )
            result.warnings = ["Careful."]
            return result
        }

        func outcome(of invocation: ToolInvocation, in context: RunContext) async -> ToolResult {
            looked.withLock { $0.append(invocation) }
            return .error("Looked.")
        }
    }

    @Test func everythingOfACallGetsThroughAndBack() async throws {
        let spy = Spy()
        var settings = MCPServerSettings()
        settings.needsToken = true
        try await ServedHTTP.with(spy, settings: settings) { server in
            let address = MCPServerAddress(.http(url: "http://127.0.0.1:\(server.port)/mcp"), isTrusted: true)
            try await withTools([address]) { tools in
                let context = context
                let offer = await tools.tools(for: context)
                #expect(offer.warnings == ["Half of it."])
                #expect(offer.tools.map(\.access) == [.read, .write])
                let name = try #require(offer.tools.last?.name)
                let known = CreatedArtifact.userStory(id: 1, ref: 2, subject: "K")
                let invocation = ToolInvocation(
                    ToolCall(id: "c", name: name, input: Array(#"{"a":1}"#.utf8)),
                    key: "run-1:c",
                    startedAt: 17,
                    known: [known]
                )
                let result = await tools.call(invocation, in: context)
                #expect(result.text == #"{"id":4}"#)
                #expect(result.created == [.task(id: 4, ref: 9, subject: "T", story: .init(id: 3, subject: "S"))])
                #expect(result.warnings == ["Careful."])
                #expect(context.credentials.refreshed?.authToken.reveal() == "new")
                let again = await tools.call(invocation, in: context)
                #expect(again.created == result.created)
                let count = spy.seen.withLock { $0.count }
                #expect(count == 1)
                let found = await tools.outcome(of: invocation, in: context)
                #expect(found.created == result.created)
                let lost = ToolInvocation(invocation.call, key: "other", startedAt: 18)
                let looked = await tools.outcome(of: lost, in: context)
                #expect(looked.text.contains("Looked."))
            }
        }
        let first = spy.seen.withLock { $0.first }
        let (invocation, seen) = try #require(first)
        #expect(invocation.startedAt == 17)
        #expect(invocation.known.count == 1)
        #expect(seen.projectID == 1_729_875)
        #expect(seen.user.id == 3)
        #expect(seen.user.roles == ["Back"])
        #expect(seen.credentials.presented.refresh.reveal() == "canary-refresh")
        let looks = spy.looked.withLock { $0.map(\.startedAt) }
        #expect(looks == [18])
    }

    @Test func theProgramIsUsedOverBothWires() async throws {
        try await MCPProgram.with { program in
            for endpoint: MCPServerAddress.Endpoint in [
                .http(url: program.url), .stdio(command: [ParleyWorker.binary, "mcp", "--stdio"]),
            ] {
                try await withTools([MCPServerAddress(endpoint, isTrusted: true)]) { tools in
                    let context = context
                    let offer = await tools.tools(for: context)
                    #expect(offer.tools.count >= 11, "\(offer.warnings)")
                    let create = try #require(offer.tools.first { $0.name.hasSuffix("taiga_create_task") }?.name)
                    let result = await tools.call(create, ["subject": "From afar"], key: "k-1", in: context)
                    #expect(result.created.count == 1, "\(result.text)")
                    let again = await tools.call(create, ["subject": "From afar"], key: "k-1", in: context)
                    #expect(again.created == result.created)
                    let bad = await tools.call(create, ["subject": "x", "colour": 1], key: "k-2", in: context)
                    #expect(bad.isError && bad.text.contains("colour"))
                }
            }
            #expect(!program.process.output.contains("canary"))
        }
    }
}
