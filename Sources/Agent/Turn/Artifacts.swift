/// What a turn created, collected from the results of its tools, never from what the model says about them.
package struct Artifacts: Sendable, Equatable {
    package struct Story: Sendable, Equatable {
        package var id: Int
        package var subject: String
        package var tasks: [Task] = []
    }

    package struct Task: Sendable, Equatable {
        package var id: Int
        package var subject: String
    }

    /// Stories that were created, and stories below which a task was created.
    package private(set) var userStories: [Story] = []
    /// Tasks without a story.
    package private(set) var tasks: [Task] = []
    /// The same things flat, in the order of their creation.
    package private(set) var created: [CreatedArtifact] = []

    package init() {}

    package mutating func add(_ artifact: CreatedArtifact) {
        created.append(artifact)
        switch artifact {
        case .userStory(let id, _, let subject):
            _ = indexOfStory(id: id, subject: subject)
        case .task(let id, _, let subject, .some(let story)):
            let index = indexOfStory(id: story.id, subject: story.subject)
            userStories[index].tasks.append(Task(id: id, subject: subject))
        case .task(let id, _, let subject, .none):
            tasks.append(Task(id: id, subject: subject))
        }
    }

    /// What was created, in words, such as `created 1 user story and 3 tasks`; `nil` for nothing.
    package var phrase: String? {
        let stories = created.count { if case .userStory = $0 { true } else { false } }
        let tasks = created.count - stories
        let parts = [
            stories == 0 ? nil : "\(stories) user \(stories == 1 ? "story" : "stories")",
            tasks == 0 ? nil : "\(tasks) \(tasks == 1 ? "task" : "tasks")",
        ].compactMap { $0 }
        return parts.isEmpty ? nil : "created " + parts.joined(separator: " and ")
    }

    private mutating func indexOfStory(id: Int, subject: String) -> Int {
        if let index = userStories.firstIndex(where: { $0.id == id }) { return index }
        userStories.append(Story(id: id, subject: subject))
        return userStories.count - 1
    }
}
