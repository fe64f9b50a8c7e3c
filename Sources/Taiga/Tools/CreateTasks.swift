import Agent

/// `taiga_create_tasks`
///
/// Each task is a write of its own: Taiga's own bulk call takes neither members nor tags, refuses stories of the
/// backlog, and leaves nothing by which its tasks could be recognised when the answer is lost.
struct CreateTasks: TaigaTool {
    static let name = "taiga_create_tasks"
    let description = """
        Create several tasks at once in the project of this request, in the order of their subjects, and answer them \
        with their new ids and refs. The other arguments hold for all of them. For a task with a description of its \
        own use taiga_create_task.
        """
    let access = Tool.Access.write
    let permission = Permission.addTask
    let parameters: [Parameter] = [
        Self.subjects.required, .parentStory, .userStoryRef, .status, .assignedTo, .tags, .dueDate,
    ]

    private static let subjects = Parameter(
        "subjects",
        .texts(upTo: 20, each: 1...500),
        "Their titles, 1 to 20: one short line each."
    )

    func problems(in arguments: Arguments) -> [String] {
        arguments.problemsWithParentStory()
            + (arguments.texts(Self.subjects) == [] ? ["subjects: must not be empty"] : [])
    }

    func run(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        let drafts = try await drafts(arguments, in: scope)
        var creations: [Creation<TaigaTask>] = []
        for draft in drafts {
            do {
                creations.append(try await scope.create(draft, besides: creations.map(\.made.artifact)))
            } catch {
                // With nothing to report, the error says it all.
                guard !creations.isEmpty else { throw error }
                return Self.partly(creations, of: drafts, error)
            }
        }
        return ToolResult(
            ["tasks": .array(creations.map(\.json)), "total": .int(creations.count)],
            created: creations.map(\.made.artifact)
        )
    }

    /// Some were created, then one was not: both must be told, or the next call creates them again.
    private static func partly(
        _ creations: [Creation<TaigaTask>],
        of drafts: [TaskDraft],
        _ error: TaigaError
    ) -> ToolResult {
        let untried = drafts.dropFirst(creations.count + 1).map { JSONValue.string($0.item.subject) }
        var result = ToolResult(
            [
                "tasks": .array(creations.map(\.json)),
                "failed": ["subject": .string(drafts[creations.count].item.subject), "error": .string(error.message)],
                "not_tried": .array(untried),
            ],
            created: creations.map(\.made.artifact)
        )
        result.isError = true
        result.isUnauthorized = error.code == .unauthorized
        if error.code == .unknownOutcome || error.code == .cancelled {
            result.leaveOpen(name)
        }
        return result
    }

    func outcome(of arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        let drafts = try await drafts(arguments, in: scope)
        let found = try await scope.find(drafts)
        let missing = zip(drafts, found).filter { $1 == nil }.map { JSONValue.string($0.0.item.subject) }
        let there = found.compactMap { $0 }
        var result = ToolResult(
            [
                "tasks": .array(there.map { Creation(made: $0, wasFound: true).json }),
                "not_created": .array(missing),
                "note": "The call was interrupted. This is what was looked for and found.",
            ],
            created: there.map(\.artifact)
        )
        result.isError = !missing.isEmpty
        return result
    }

    private func drafts(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> [TaskDraft] {
        let status = try arguments.idOrName(.status).map(scope.project.taskStatus)
        let common = try await scope.place(ItemDraft(arguments, status: status, in: scope), by: arguments)
        return (arguments.texts(Self.subjects) ?? []).enumerated().map { index, subject in
            var draft = common
            draft.item.subject = subject.trimmed
            draft.item.reference = "\(scope.invocation.key).\(index)"
            return draft
        }
    }
}
