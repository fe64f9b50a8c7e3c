import Agent

/// What a tool works with during one call.
struct ToolScope: Sendable {
    let backend: any TaigaBackend
    let context: RunContext
    /// The request's project, in which the user has been found to have the tool's permission.
    let project: Project
    private(set) var invocation: ToolInvocation
    /// Waits; `false` when the task was cancelled meanwhile.
    let pause: @Sendable (Duration) async -> Bool
    /// The key of the call that is known to have created something.
    let creator: @Sendable (CreatedArtifact) -> String?

    /// The milestone that the request is about; `nil` when it names none.
    var milestoneID: Int? { context.milestoneID > 0 ? context.milestoneID : nil }

    /// The same, to find out what an earlier call did. What else is known by now is not its work.
    func about(_ earlier: ToolInvocation) -> ToolScope {
        var scope = self
        scope.invocation = ToolInvocation(
            earlier.call,
            key: earlier.key,
            startedAt: earlier.startedAt,
            known: invocation.known.filter { creator($0) != earlier.key }
        )
        return scope
    }
}
