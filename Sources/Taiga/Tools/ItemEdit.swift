import Agent

/// What an update tool's arguments ask for, before it is known what the item holds.
///
/// The item is read, then written on top of the version that was read, so that appending and adding lose nothing that
/// someone else wrote in between.
struct ItemEdit: Sendable {
    private var plain = ItemChanges()
    private var appended: String?
    private var addedTags: [String]
    private var removedTags: Set<String>
    private var version: Int?

    /// - Parameter status: what the arguments' `status` stands for.
    init(_ arguments: Arguments, status: Status?, in scope: ToolScope) throws(TaigaError) {
        if let subject = arguments.text(.subject) { plain.subject = .set(subject.trimmed) }
        if let description = arguments.text(.description) { plain.description = .set(description) }
        if let status { plain.status = .set(status) }
        if let member = arguments.idOrName(.assignedTo) {
            plain.assignedTo = .set(try scope.project.member(member, requester: scope.context.user).named)
        } else if arguments.isNull(.assignedTo) {
            plain.assignedTo = .set(nil)
        }
        if let tags = arguments.texts(.tags) { plain.tags = .set(Tags.normalized(tags)) }
        if arguments.has(.dueDate) { plain.dueDate = .set(arguments.date(.dueDate)) }
        appended = arguments.text(Self.appendDescription)
        addedTags = Tags.normalized(arguments.texts(Self.addTags) ?? [])
        removedTags = Set(Tags.normalized(arguments.texts(Self.removeTags) ?? []))
        version = arguments.integer(.version)
    }

    /// The edit as new values for the fields of `item`.
    /// - Throws: `conflict` when the edit is based on another version, `invalid` when the result would be too long.
    func changes(to item: Item) throws(TaigaError) -> ItemChanges {
        if let version, version != item.version {
            throw TaigaError(
                .conflict,
                "version: #\(item.ref) is at version \(item.version), not \(version). Read it again before changing it."
            )
        }
        var changes = plain
        if let appended {
            let text = item.description.isEmpty ? appended : item.description + "\n\n" + appended
            guard text.unicodeScalars.count <= Item.descriptionLimit else {
                throw TaigaError(
                    .invalid,
                    "append_description: the description would be longer than \(Item.descriptionLimit) characters."
                )
            }
            changes.description = .set(text)
        }
        if !addedTags.isEmpty || !removedTags.isEmpty {
            changes.tags = .set(Tags.normalized(item.tags + addedTags).filter { !removedTags.contains($0) })
        }
        return changes
    }

    /// Whether `item` has what the edit asks for, whoever wrote it.
    func isDone(in item: Item) -> Bool {
        let isAppended =
            appended.map { item.description == $0 || item.description.hasSuffix("\n\n" + $0) } ?? true
        return isAppended && plain.isDone(in: item) && Set(addedTags).subtracting(removedTags).isSubset(of: item.tags)
            && removedTags.isDisjoint(with: item.tags)
    }

    /// Runs `write`, which reads the item and writes it. When someone else wrote in between, and the model did not
    /// insist on a version, it starts over once with what is there now.
    func onNewestVersion(_ write: () async throws(TaigaError) -> ToolResult) async throws(TaigaError) -> ToolResult {
        do {
            return try await write()
        } catch {
            guard error.code == .conflict, version == nil else { throw error }
        }
        return try await write()
    }
}

// MARK: - Arguments

extension ItemEdit {
    static let parameters: [Parameter] = [
        .id, .ref, .subject, replaceDescription, appendDescription, .status, .assignedTo, .tags, addTags, removeTags,
        .dueDate, .version,
    ]

    private static let replaceDescription = Parameter(
        "description",
        .longText(upTo: Item.descriptionLimit),
        "A new description, in Markdown. It replaces the old one, which is lost; to add to it use append_description."
    )
    private static let appendDescription = Parameter(
        "append_description",
        .text(1...Item.descriptionLimit),
        "Text to add below the present description, as a paragraph of its own."
    )
    private static let addTags = Parameter("add_tags", .texts(upTo: 50, each: 1...100), "Tags to add.")
    private static let removeTags = Parameter("remove_tags", .texts(upTo: 50, each: 1...100), "Tags to take away.")

    /// What is wrong between the arguments of an update tool that knows `others` on top of ``parameters``.
    static func problems(in arguments: Arguments, others: [Parameter]) -> [String] {
        var problems: [String] = []
        if arguments.has(.description), arguments.has(appendDescription) {
            problems.append("description, append_description: give one of them, not both")
        }
        if arguments.has(.tags), arguments.has(addTags) || arguments.has(removeTags) {
            problems.append("tags: replaces all tags; give it without add_tags and remove_tags")
        }
        let which: Set = ["id", "ref", "version"]
        if !(parameters + others).contains(where: { !which.contains($0.name) && arguments.has($0) }) {
            problems.append("nothing to change: give at least one field")
        }
        return problems
    }
}
