package import Agent

/// The tools that let a model work in a Taiga project.
package struct TaigaTools: ToolProvider {
    private let backend: any TaigaBackend

    init(backend: any TaigaBackend) { self.backend = backend }

    /// The tools over a project that lives in this process' memory, gone with it.
    package static func sandbox() -> TaigaTools { TaigaTools(backend: Sandbox()) }

    package var name: String { backend.name }

    package func tools(for context: RunContext) -> ToolOffer {
        let permissions = RolePermissions.permissions(of: context.user.roles)
        return ToolOffer(
            tools: Self.catalogue.filter { permissions.contains($0.tool.permission) }.map(\.definition)
        )
    }

    package func call(_ invocation: ToolInvocation, in context: RunContext) async -> ToolResult {
        do {
            return try await run(invocation.call, in: context)
        } catch {
            return .error(error.message)
        }
    }

    package func outcome(of invocation: ToolInvocation, in context: RunContext) async -> ToolResult {
        .error("Outcome unknown: the call was interrupted. Look before you repeat it.")
    }

    private func run(_ call: ToolCall, in context: RunContext) async throws(TaigaError) -> ToolResult {
        guard let entry = Self.byName[call.name] else {
            throw TaigaError(.notFound, "There is no tool of this name.")
        }
        let tool = entry.tool
        guard RolePermissions.permissions(of: context.user.roles).contains(tool.permission) else {
            throw TaigaError(
                .forbidden,
                "\(tool.name) was not run: it needs the permission \(tool.permission.rawValue), "
                    + "which the user's roles do not give."
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
        return try await tool.run(arguments, on: backend, in: context)
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
        Entry(CreateTask()), Entry(UpdateUserStory()), Entry(UpdateTask()),
    ]

    private static let byName = Dictionary(catalogue.map { ($0.tool.name, $0) }, uniquingKeysWith: { $1 })
}
