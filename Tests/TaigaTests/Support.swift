import Agent
import Synchronization

@testable import Taiga

let sprint = 499_548
let alexSmith = 738_801

/// The context of the requirements' example request.
func context(
    project: Int = 1_729_875,
    milestone: Int = sprint,
    story: Int? = nil,
    user: Int = 738_718,
    roles: [String] = ["Back", "Product Owner"]
) -> RunContext {
    RunContext(
        projectID: project,
        milestoneID: milestone,
        userStoryID: story,
        user: UserContext(id: user, username: "jdlafond", email: "jdlafond@asu.edu", roles: roles),
        credentials: Credentials(authToken: Secret("t"), refresh: Secret("r"))
    )
}

extension ToolCall {
    init(_ name: String, _ arguments: JSONValue = [:], id: String = "call_1") {
        self.init(id: id, name: name, input: arguments.encoded())
    }
}

extension ToolInvocation {
    private static let last = Atomic(0)

    /// A call that begins now, under a key of its own.
    static func next(_ call: ToolCall, known: [CreatedArtifact] = []) -> ToolInvocation {
        let number = last.wrappingAdd(1, ordering: .relaxed).newValue
        return ToolInvocation(call, key: "run.\(number)", startedAt: systemMilliseconds(), known: known)
    }
}

extension TaigaTools {
    /// Makes a call as a run of its own would.
    func call(_ call: ToolCall, in context: RunContext) async -> ToolResult {
        await self.call(.next(call), in: context)
    }

    /// Calls a tool that is expected to work, and gives its answer as JSON.
    func succeed(
        _ name: String,
        _ arguments: JSONValue = [:],
        in context: RunContext = context()
    ) async throws -> JSONValue {
        let result = await call(ToolCall(name, arguments), in: context)
        guard !result.isError else { throw Unexpected(text: result.text) }
        return try JSONValue(parsing: Array(result.text.utf8))
    }

    /// Calls a tool that is expected to refuse, and gives what it says.
    func refusal(
        _ name: String,
        _ arguments: JSONValue = [:],
        in context: RunContext = context()
    ) async throws -> String {
        let result = await call(ToolCall(name, arguments), in: context)
        guard result.isError else { throw Unexpected(text: result.text) }
        guard result.created.isEmpty else { throw Unexpected(text: "a refusal that created something") }
        return result.text
    }
}

struct Unexpected: Error { var text: String }

extension JSONValue {
    /// Elements of the array under `key`, reduced to one of their members.
    func column(_ key: String, _ member: String) -> [JSONValue?] { (self[key]?.arrayValue ?? []).map { $0[member] } }
}
