import Agent

/// `taiga_comment_user_story`
struct CommentUserStory: TaigaTool {
    static let name = "taiga_comment_user_story"
    let description = "Add a comment to one user story, named by id or ref. What others wrote stays."
    let access = Tool.Access.write
    let permission = Permission.commentUserStory
    let parameters: [Parameter] = [.id, .ref, .comment.required]

    func problems(in arguments: Arguments) -> [String] { arguments.problemsWithKey() }

    func run(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        try await scope.comment(arguments, on: UserStory.self)
    }

    func outcome(of arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        try await scope.outcomeOfComment(arguments, on: UserStory.self)
    }
}

/// `taiga_comment_task`
struct CommentTask: TaigaTool {
    static let name = "taiga_comment_task"
    let description = "Add a comment to one task, named by id or ref. What others wrote stays."
    let access = Tool.Access.write
    let permission = Permission.commentTask
    let parameters: [Parameter] = [.id, .ref, .comment.required]

    func problems(in arguments: Arguments) -> [String] { arguments.problemsWithKey() }

    func run(_ arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        try await scope.comment(arguments, on: TaigaTask.self)
    }

    func outcome(of arguments: Arguments, in scope: ToolScope) async throws(TaigaError) -> ToolResult {
        try await scope.outcomeOfComment(arguments, on: TaigaTask.self)
    }
}

extension Parameter {
    fileprivate static let comment = Parameter("comment", .text(1...Item.descriptionLimit), "What to say, in Markdown.")
}

extension ToolScope {
    /// Adds the comment once. When the answer is lost, the item's history tells whether it is there.
    fileprivate func comment<Made: TaigaItem>(
        _ arguments: Arguments,
        on type: Made.Type
    ) async throws(TaigaError) -> ToolResult {
        let text = arguments.text(.comment) ?? ""
        let item = try await Made.find(arguments.key(), on: backend, in: context).item
        do {
            try await backend.comment(text, on: Made.kind, item.id, version: item.version, in: context)
        } catch {
            guard error.code == .unknownOutcome else { throw error }
            guard try await isSaid(text, on: Made.kind, item.id, since: invocation.startedAt) else {
                throw TaigaError(
                    .unknownOutcome,
                    "\(error.message) #\(item.ref) was looked at again and does not have the comment."
                )
            }
            return Self.said(item, "Taiga's answer was lost. The comment was looked for and found: it was added, once.")
        }
        return Self.said(item, "The comment was added.")
    }

    fileprivate func outcomeOfComment<Made: TaigaItem>(
        _ arguments: Arguments,
        on type: Made.Type
    ) async throws(TaigaError) -> ToolResult {
        let item = try await Made.find(arguments.key(), on: backend, in: context).item
        let since = invocation.startedAt - Self.workersApart
        guard try await isSaid(arguments.text(.comment) ?? "", on: Made.kind, item.id, since: since) else {
            return .error("\(invocation.call.name) was interrupted. #\(item.ref) does not have the comment.")
        }
        return Self.said(item, "The call was interrupted. The comment was looked for and found.")
    }

    private func isSaid(
        _ text: String,
        on kind: ItemKind,
        _ id: Int,
        since: Int
    ) async throws(TaigaError) -> Bool {
        do {
            let comments = try await backend.ownComments(on: kind, id, since: since, in: context)
            return comments.contains { $0.trimmed == text.trimmed }
        } catch {
            guard error.code != .cancelled else { throw error }
            throw TaigaError(
                .unknownOutcome,
                "It is not known whether the comment was added, and looking for it failed: \(error.message)"
            )
        }
    }

    private static func said(_ item: Item, _ note: String) -> ToolResult {
        ToolResult(["id": .int(item.id), "ref": .int(item.ref), "note": .string(note)])
    }
}
