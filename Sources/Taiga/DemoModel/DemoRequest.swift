/// A prompt that the demo model understands by itself.
enum DemoRequest: Sendable, Equatable {
    /// Tasks, for a member if one was named, under the story with that ref if one was.
    case createTasks(count: Int, who: String?, subject: String?, storyRef: Int?)
    /// Stories: with that subject, or several about a topic.
    case createStories(count: Int, subject: String?, topic: String?)
    /// Who takes part in the project.
    case listMembers
    /// Tasks, of a member if one was named.
    case listTasks(who: String?)
    /// Stories, of the backlog or all.
    case listStories(backlogOnly: Bool)
    /// Sprints.
    case listMilestones
    /// The user takes back what they asked for.
    case cancel

    /// `nil` when `prompt` is none of them.
    init?(_ prompt: String) {
        let words = DemoWords(prompt)
        guard let request = Self.creation(words) ?? Self.listing(words) ?? Self.cancellation(words) else { return nil }
        self = request
    }
}

// MARK: - Rules

extension DemoRequest {
    private static let creating: Set = ["create", "add", "make", "open", "write", "need", "give"]
    private static let topicMarks: Set = ["about", "on", "regarding", "concerning"]
    private static let subjectMarks: Set = ["to", "called", "named", "titled", "that", "which"]

    private static func creation(_ words: DemoWords) -> DemoRequest? {
        guard let verb = words.lower.prefix(8).firstIndex(where: creating.contains),
            let noun = words.lower[verb...].prefix(7).firstIndex(where: { kind($0) != nil }),
            let kind = kind(words.lower[noun])
        else { return nil }
        let number = words.lower[verb..<noun].compactMap(DemoWords.number).first
        let count = number ?? (words.lower[noun].hasSuffix("s") ? 3 : 1)
        let rest = words.dropping(through: noun)
        return kind == .task ? tasks(count, rest) : stories(count, rest)
    }

    private enum Kind { case task, story }

    private static func kind(_ word: String) -> Kind? {
        switch word {
        case "task", "tasks": .task
        case "story", "stories": .story
        default: nil
        }
    }

    private static func tasks(_ count: Int, _ rest: DemoWords) -> DemoRequest {
        var rest = rest
        let storyRef = rest.takeStoryRef()
        guard let mark = rest.lower.lastIndex(of: "for") else {
            return .createTasks(count: count, who: nil, subject: subject(rest), storyRef: storyRef)
        }
        let behind = rest.dropping(through: mark)
        let end = behind.lower.firstIndex { topicMarks.contains($0) || subjectMarks.contains($0) } ?? behind.lower.count
        let who = behind.keeping(upTo: end).text
        let before = subject(rest.keeping(upTo: mark))
        return .createTasks(
            count: count,
            who: who.isEmpty ? nil : who,
            subject: rest.quoted ?? before ?? subject(behind.dropping(upTo: end)),
            storyRef: storyRef
        )
    }

    private static func stories(_ count: Int, _ rest: DemoWords) -> DemoRequest {
        if rest.quoted == nil, let first = rest.lower.first, first == "for" || topicMarks.contains(first) {
            let topic = rest.dropping(through: 0).text
            return .createStories(count: count, subject: nil, topic: topic.isEmpty ? nil : topic)
        }
        return .createStories(count: count, subject: subject(rest), topic: nil)
    }

    /// What is to be done, in the user's words.
    private static func subject(_ words: DemoWords) -> String? {
        if let quoted = words.quoted { return quoted }
        let isMarked = words.lower.first.map { topicMarks.contains($0) || subjectMarks.contains($0) } ?? false
        let text = isMarked ? words.dropping(through: 0).text : words.text
        return text.isEmpty ? nil : text
    }

    private static func listing(_ words: DemoWords) -> DemoRequest? {
        let lower = words.lower
        let asks: Set = ["list", "show", "which", "who", "what", "how", "give", "tell", "see", "display", "get"]
        guard lower.count <= 3 || lower.prefix(6).contains(where: asks.contains) else { return nil }
        for word in lower {
            switch word {
            case "members", "team", "users", "people", "who": return .listMembers
            case "tasks":
                if lower.contains("my") { return .listTasks(who: "me") }
                let mark = lower.lastIndex { ["of", "for", "to"].contains($0) }
                let who = mark.map { words.dropping(through: $0).text } ?? ""
                return .listTasks(who: who.isEmpty ? nil : who)
            case "stories": return .listStories(backlogOnly: lower.contains("backlog"))
            case "backlog": return .listStories(backlogOnly: true)
            case "sprints", "milestones", "sprint", "milestone": return .listMilestones
            default: continue
            }
        }
        return nil
    }

    private static func cancellation(_ words: DemoWords) -> DemoRequest? {
        let ways = ["cancel", "stop", "no", "nobody", "none", "never mind", "nevermind", "forget it", "no thanks"]
        return ways.contains(words.lower.joined(separator: " ")) ? .cancel : nil
    }
}
