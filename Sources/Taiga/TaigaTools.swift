package import Agent

/// The tools that let a model work in a Taiga project.
package struct TaigaTools: ToolProvider {
    private let backend: any TaigaBackend
    private let writes = WriteLog()
    private let lists = ToolLists()
    private let pause: @Sendable (Duration) async -> Bool

    init(backend: any TaigaBackend, pause: @escaping @Sendable (Duration) async -> Bool = realPause) {
        self.backend = backend
        self.pause = pause
    }

    package var name: String { backend.name }

    /// The roles are the client's word, good enough for what to show: each call asks the project anew. A team may have
    /// roles of its own, of which only its project knows what they may.
    package func knownTools(for context: RunContext) -> ToolOffer? { tools(for: context) }

    package func tools(for context: RunContext) -> ToolOffer {
        var permissions = RolePermissions.permissions(of: context.user.roles)
        if permissions.isEmpty, !context.user.roles.isEmpty, backend.hasOwnRoles {
            permissions = RolePermissions.permissions(of: [UserContext.anyRole])
        }
        return ToolOffer(tools: lists.list(for: permissions) { Self.tools(for: permissions) })
    }

    package func call(_ invocation: ToolInvocation, in context: RunContext) async -> ToolResult {
        guard Self.byName[invocation.call.name]?.tool.access == .write else {
            return await result(of: invocation, in: context) { (tool, arguments, scope) throws(TaigaError) in
                try await tool.run(arguments, in: scope)
            }
        }
        switch writes.begin(invocation.key) {
        case .done(let result): return result.forgetting(invocation.known)
        case .underWay:
            var result = ToolResult.error("\(invocation.call.name) is already under way; its outcome is not known yet.")
            result.mayHaveWritten = true
            return result
        case .open: return await outcome(of: invocation, in: context)
        case .begun: break
        }
        let likeness = WriteLikeness(invocation, in: context)
        let result = await result(of: invocation, in: context) { (tool, arguments, scope) throws(TaigaError) in
            // A model that was told of an unknown outcome tries again; a slow Taiga may have done it meanwhile.
            if let earlier = writes.openCall(like: likeness) {
                let told = try await tool.outcome(of: arguments, in: scope.about(earlier))
                if !told.isError || !told.created.isEmpty { return told }
            }
            return try await tool.run(arguments, in: scope)
        }
        writes.end(invocation, likeness, result)
        return result.forgetting(invocation.known)
    }

    package func outcome(of invocation: ToolInvocation, in context: RunContext) async -> ToolResult {
        if let result = writes.result(invocation.key) { return result.forgetting(invocation.known) }
        do {
            let (tool, arguments, scope) = try await prepare(invocation, in: context)
            return try await tool.outcome(of: arguments, in: scope)
        } catch {
            let name = invocation.call.name
            var result = ToolResult(error.afterInterruption(of: name), tool: name)
            // Whatever keeps one from looking, the call was begun.
            result.mayHaveWritten = true
            return result
        }
    }
}

// MARK: - One call

extension TaigaTools {
    private typealias Work = (any TaigaTool, Arguments, ToolScope) async throws(TaigaError) -> ToolResult

    /// What `work` returns once the call is found in order; an error as the model is told about it.
    private func result(of invocation: ToolInvocation, in context: RunContext, _ work: Work) async -> ToolResult {
        do {
            let (tool, arguments, scope) = try await prepare(invocation, in: context)
            return try await work(tool, arguments, scope)
        } catch {
            return ToolResult(error, tool: invocation.call.name)
        }
    }

    private func prepare(
        _ invocation: ToolInvocation,
        in context: RunContext
    ) async throws(TaigaError) -> (any TaigaTool, Arguments, ToolScope) {
        let call = invocation.call
        guard let entry = Self.byName[call.name] else {
            throw TaigaError(.notFound, "There is no tool of this name.")
        }
        let tool = entry.tool
        let project = try await backend.project(in: context)
        guard project.permissions.contains(tool.permission) else {
            throw TaigaError(
                .forbidden,
                "\(tool.name) was not run: it needs the permission \(tool.permission.rawValue), "
                    + "which the user does not have in this project."
            )
        }
        let arguments = try Arguments(of: call, for: tool, parameters: entry.parameters)
        if let project = arguments.integer(.projectID), project != context.projectID {
            throw TaigaError(
                .forbidden,
                "\(tool.name) was not run. project_id: \(project) is not the project of this request, "
                    + "which is \(context.projectID). Leave project_id out."
            )
        }
        let scope = ToolScope(
            backend: backend,
            context: context,
            project: project,
            invocation: invocation,
            pause: pause,
            creator: { [writes] in writes.creator(of: $0) }
        )
        return (tool, arguments, scope)
    }
}

// MARK: - Catalogue

extension TaigaTools {
    private struct Entry: Sendable {
        let tool: any TaigaTool
        let parameters: [Parameter]
        let definition: Tool

        init(_ tool: any TaigaTool) {
            self.tool = tool
            parameters = tool.parameters + [.projectID] + (tool.access == .write ? [.idempotencyKey] : [])
            definition = Tool(
                name: tool.name,
                description: tool.description,
                inputSchema: Parameter.schema(of: parameters),
                access: tool.access
            )
        }
    }

    /// All tools in the order in which models see them. The order is part of the prompt that providers cache.
    private static let catalogue: [Entry] = [
        Entry(GetProject()), Entry(ListMilestones()), Entry(GetMilestone()), Entry(ListMembers()),
        Entry(ListUserStories()), Entry(GetUserStory()), Entry(ListTasks()), Entry(CreateUserStory()),
        Entry(CreateTask()), Entry(CreateTasks()), Entry(UpdateUserStory()), Entry(UpdateTask()),
        Entry(CommentUserStory()), Entry(CommentTask()),
    ]

    private static func tools(for permissions: Set<Permission>) -> [Tool] {
        catalogue.filter { permissions.contains($0.tool.permission) }.map(\.definition)
    }

    private static let byName = Dictionary(catalogue.map { ($0.tool.name, $0) }, uniquingKeysWith: { $1 })
}

/// Waits; `false` when the task was cancelled meanwhile.
@Sendable func realPause(_ duration: Duration) async -> Bool { (try? await Task.sleep(for: duration)) != nil }
