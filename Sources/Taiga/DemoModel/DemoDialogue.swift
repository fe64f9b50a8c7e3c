import Agent

/// Decides what the demo model does next, from what the user asks and what the turn's last step gave.
struct DemoDialogue: Sendable {
    enum Reply: Sendable, Equatable {
        /// Ends the turn with a text.
        case say(String)
        /// Asks for tools, in one step.
        case call([DemoCall])
    }

    private let history: DemoHistory
    /// The names of the tools that this user may have used.
    private let offered: Set<String>

    init(_ history: DemoHistory, offered: Set<String>) {
        self.history = history
        self.offered = offered
    }

    /// What the model says or does next.
    func reply() -> Reply {
        switch DemoRequest(history.prompt) {
        case .createTasks(let count, let who, let subject, let storyRef):
            createTasks(DemoTasks(count: count, who: who, subject: subject, storyRef: storyRef), chosenBy: nil)
        case .createStories(let count, let subject, let topic): createStories(count, subject, topic)
        case .listMembers: list(DemoCall(tool: ListMembers.name), DemoPhrases.members)
        case .listTasks(let who):
            list(
                DemoCall(tool: ListTasks.name, arguments: who.map { ["assigned_to": .string($0)] } ?? [:]),
                DemoPhrases.tasks
            )
        case .listStories(let backlogOnly):
            list(
                DemoCall(tool: ListUserStories.name, arguments: backlogOnly ? ["milestone": .null] : [:]),
                DemoPhrases.stories
            )
        case .listMilestones: list(DemoCall(tool: ListMilestones.name), DemoPhrases.milestones)
        case .cancel: .say("All right, I leave it. Nothing was changed.")
        case nil: answerToQuestion()
        }
    }

    /// The prompt means nothing by itself: it may be the answer to what the user was asked.
    private func answerToQuestion() -> Reply {
        guard case .createTasks(let count, let who?, let subject, let storyRef)? = history.asked else {
            return .say(DemoPhrases.help)
        }
        let tasks = DemoTasks(count: count, who: who, subject: subject, storyRef: storyRef)
        return createTasks(tasks, chosenBy: history.prompt)
    }

    // MARK: Tasks

    /// - Parameter answer: what the user said when they were asked whom they meant.
    private func createTasks(_ tasks: DemoTasks, chosenBy answer: String?) -> Reply {
        if let refusal = DemoPhrases.refusal(of: tasks.count) { return .say(refusal) }
        guard let step = history.lastStep.first else {
            guard tasks.needsMember else { return call(tasks.calls(for: tasks.who == nil ? nil : "me")) }
            return call([DemoCall(tool: ListMembers.name)], andLater: CreateTask.name)
        }
        if step.tool == CreateTask.name { return .say(DemoPhrases.created(history.lastStep, "task", "tasks")) }
        guard step.tool == ListMembers.name else { return .say(DemoPhrases.help) }
        guard !step.isError else { return .say(DemoPhrases.failure("look the members up", step.text)) }
        guard let members = DemoMembers(step.text), let who = tasks.who else {
            return .say(DemoPhrases.failure("look the members up", "the answer could not be read."))
        }
        switch members.choose(who, answer: answer) {
        case .one(let member): return call(tasks.calls(for: .int(member.id)))
        case .ask(let question): return .say(question)
        }
    }

    // MARK: Stories

    private func createStories(_ count: Int, _ subject: String?, _ topic: String?) -> Reply {
        if let refusal = DemoPhrases.refusal(of: count) { return .say(refusal) }
        guard let step = history.lastStep.first else {
            let subjects = DemoPhrases.storySubjects(count, subject: subject, topic: topic)
            return call(
                subjects.map {
                    DemoCall(tool: CreateUserStory.name, arguments: ["subject": .string($0)], isWrite: true)
                }
            )
        }
        guard step.tool == CreateUserStory.name else { return .say(DemoPhrases.help) }
        return .say(DemoPhrases.created(history.lastStep, "user story", "user stories"))
    }

    // MARK: Both

    private func list(_ wanted: DemoCall, _ describe: (JSONValue) -> String?) -> Reply {
        guard let step = history.lastStep.first else { return call([wanted]) }
        guard step.tool == wanted.tool else { return .say(DemoPhrases.help) }
        guard !step.isError else { return .say(DemoPhrases.failure("look that up", step.text)) }
        let text = (try? JSONValue(parsing: Array(step.text.utf8))).flatMap(describe)
        return .say(text ?? DemoPhrases.failure("look that up", "the answer could not be read."))
    }

    /// Makes the calls, unless the user's roles do not offer their tools, or one that will be needed after them.
    private func call(_ calls: [DemoCall], andLater later: String? = nil) -> Reply {
        let needed = calls.map(\.tool) + (later.map { [$0] } ?? [])
        if let missing = needed.first(where: { !offered.contains($0) }) {
            return .say("I cannot do that for you: it needs the tool \(missing), which your roles do not give me.")
        }
        return .call(calls)
    }
}

/// Tasks that the user asked for.
struct DemoTasks: Sendable, Equatable {
    var count: Int
    var who: String?
    var subject: String?
    var storyRef: Int?

    /// Whether it takes the member list to find out who is meant.
    var needsMember: Bool { who.map { !["me", "myself"].contains($0.lowercased()) } ?? false }

    /// One call for each task; `member` is assigned as the tool takes it, `nil` for nobody.
    func calls(for member: JSONValue?) -> [DemoCall] {
        DemoPhrases.taskSubjects(count, subject: subject).map { subject in
            var arguments: [String: JSONValue] = ["subject": .string(subject)]
            arguments["assigned_to"] = member
            arguments["user_story_ref"] = storyRef.map(JSONValue.int)
            return DemoCall(tool: CreateTask.name, arguments: arguments, isWrite: true)
        }
    }
}
