/// Counts a turn's tool calls against its budgets and remembers what was written under which key.
struct CallLedger: Sendable {
    private let budgets: Budgets
    private(set) var toolCalls = 0
    private(set) var writeCalls = 0
    /// How often each call was made, by its canonical text.
    private var repeats: [[UInt8]: Int] = [:]
    /// The writes that succeeded and carried an `idempotency_key`, by tool and key.
    private var written: [WriteKey: (identity: [UInt8], result: ToolResult)] = [:]

    private struct WriteKey: Hashable {
        var tool: String
        var key: String
    }

    init(budgets: Budgets) { self.budgets = budgets }

    /// Counts `call`; what ends the turn when one budget has no room for it, in which case it must not be made.
    mutating func admit(_ call: ToolCall, access: Tool.Access) -> Stop? {
        if toolCalls >= budgets.toolCalls { return .toolCalls }
        let identity = Self.identity(of: call)
        if repeats[identity, default: 0] >= budgets.repeatedCalls { return .loop(tool: call.name) }
        if access == .write, writeCalls >= budgets.writeCalls { return .writeCalls }
        toolCalls += 1
        repeats[identity, default: 0] += 1
        if access == .write { writeCalls += 1 }
        return nil
    }

    /// What the same write, by its idempotency key, gave earlier in this turn; an error when the key was another write's.
    func earlierResult(of call: ToolCall) -> ToolResult? {
        guard let earlier = writeKey(of: call).flatMap({ written[$0] }) else { return nil }
        guard earlier.identity == Self.identity(of: call) else {
            return .error(
                "This idempotency_key belongs to another call. Nothing was done; repeat it with a key of its own."
            )
        }
        var result = earlier.result
        result.created = []
        return result
    }

    mutating func record(_ result: ToolResult, of call: ToolCall) {
        guard !result.isError, let key = writeKey(of: call) else { return }
        written[key] = (Self.identity(of: call), result)
    }

    /// The call as text in which neither the order of keys nor the idempotency key makes a difference.
    private static func identity(of call: ToolCall) -> [UInt8] {
        var arguments = call.arguments ?? [:]
        arguments["idempotency_key"] = nil
        return Array(call.name.utf8) + JSONValue.object(arguments).encoded()
    }

    private func writeKey(of call: ToolCall) -> WriteKey? {
        call.arguments?["idempotency_key"]?.stringValue.map { WriteKey(tool: call.name, key: $0) }
    }
}
