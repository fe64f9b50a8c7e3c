package import Agent
import Synchronization

/// Two tools, `look` (reads) and `make` (writes), that do what a closure says and note which calls overlapped.
package final class ScriptedTools: ToolProvider {
    package typealias Answer = @Sendable (ToolCall) async -> ToolResult

    package static let look = Tool(name: "look", description: "Looks.", inputSchema: ["type": "object"], access: .read)
    package static let make = Tool(name: "make", description: "Makes.", inputSchema: ["type": "object"], access: .write)

    package let name = "scripted"
    private let offered: [Tool]
    private let answer: Answer
    private let found: Answer
    private let state = Mutex((calls: [ToolCall](), running: 0, mostRunning: 0))

    /// - Parameters:
    ///   - found: what became of calls whose results were lost.
    package init(
        offered: [Tool] = [look, make],
        _ answer: @escaping Answer = { _ in ToolResult(text: "{}") },
        found: @escaping Answer = { _ in .error("Outcome unknown.") }
    ) {
        self.offered = offered
        self.found = found
        self.answer = answer
    }

    /// The calls, in the order in which they began.
    package var calls: [ToolCall] { state.withLock { $0.calls } }
    /// How many calls were under way at the same time at most.
    package var mostRunning: Int { state.withLock { $0.mostRunning } }

    package func tools(for context: RunContext) async -> ToolOffer { ToolOffer(tools: ToolList(offered)) }

    package func call(_ invocation: ToolInvocation, in context: RunContext) async -> ToolResult {
        let call = invocation.call
        state.withLock {
            $0.calls.append(call)
            $0.running += 1
            $0.mostRunning = max($0.mostRunning, $0.running)
        }
        let result = await answer(call)
        state.withLock { $0.running -= 1 }
        return result
    }

    package func outcome(of invocation: ToolInvocation, in context: RunContext) async -> ToolResult {
        await found(invocation.call)
    }
}
