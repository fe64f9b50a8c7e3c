extension TaigaWorld {
    /// What the API keeps apart, and this server does not.
    package enum Kind: Sendable {
        case story, task

        var name: String { self == .story ? "UserStory" : "Task" }
        var suffix: String { self == .story ? "us" : "task" }
    }

    /// A story or a task.
    package struct Item: Sendable {
        package var kind: Kind
        package var id: Int
        package var ref: Int
        package var projectID: Int
        package var subject: String
        package var description = ""
        package var statusID: Int
        package var milestoneID: Int?
        /// Of a task.
        package var storyID: Int?
        package var assignedTo: Int?
        package var tags: [String] = []
        package var dueDate: String?
        package var externalReference: [String]?
        package var ownerID: Int
        package var version = 1
        package var createdAt: Int
        /// Who said what, the last first.
        package var comments: [(userID: Int, date: Int, text: String)] = []
        /// Which fields each version changed.
        var changes: [Int: Set<String>] = [:]
    }

    /// What there is of that kind in all projects.
    package func items(_ kind: Kind) -> [Item] { kind == .story ? stories : tasks }

    func item(_ kind: Kind, _ id: Int) -> Item? { items(kind).first { $0.id == id } }

    /// Adds an item, or takes the place of the one with its id.
    package mutating func put(_ item: Item) {
        let path = item.kind == .story ? \TaigaWorld.stories : \.tasks
        if let index = self[keyPath: path].firstIndex(where: { $0.id == item.id }) {
            self[keyPath: path][index] = item
        } else {
            self[keyPath: path].append(item)
        }
    }

    /// Adds something as another program would.
    @discardableResult
    package mutating func add(
        _ kind: Kind,
        _ subject: String,
        to projectID: Int,
        by ownerID: Int = 1,
        milestone: Int? = nil,
        story: Int? = nil,
        tags: [String] = []
    ) -> Item {
        var item = Item(
            kind: kind,
            id: nextID(),
            ref: nextRef(in: projectID),
            projectID: projectID,
            subject: subject,
            statusID: statuses(of: kind, in: projectID).first?.id ?? 0,
            milestoneID: story.flatMap { self.item(.story, $0) }?.milestoneID ?? milestone,
            ownerID: ownerID,
            createdAt: now()
        )
        item.storyID = story
        item.tags = tags
        put(item)
        return item
    }

    mutating func nextRef(in projectID: Int) -> Int {
        guard let index = projects.firstIndex(where: { $0.id == projectID }) else { return 0 }
        projects[index].lastRef += 1
        return projects[index].lastRef
    }

    func statuses(of kind: Kind, in projectID: Int) -> [Status] {
        (kind == .story ? project(projectID)?.storyStatuses : project(projectID)?.taskStatuses) ?? []
    }
}
