import Agent

/// What the demo model says.
enum DemoPhrases {
    /// For prompts that it does not understand.
    static let help = """
        I am Parley's built-in demo model: a few rules, no language model. I understand, for example:
        - Create tasks for Alex
        - Create 2 tasks for Alex Kim about the login
        - Create a task "Fix the sign-in button" for me
        - Create 3 user stories for login
        - List the members, the tasks, the user stories or the sprints
        Set ANTHROPIC_API_KEY to talk to a real model.
        """

    /// How many things it creates at a time.
    static let maxCount = 10

    /// What it says when it will not create `count` things.
    static func refusal(of count: Int) -> String? {
        (1...maxCount).contains(count) ? nil : "I create 1 to \(maxCount) at a time. Please ask for that many."
    }

    /// That `what` did not work, and what the tool said.
    static func failure(_ what: String, _ reason: String) -> String { "I could not \(what): \(quote(reason, 600))" }

    /// What came of calls that create things.
    static func created(_ outcomes: [DemoHistory.Outcome], _ one: String, _ many: String) -> String {
        let done = outcomes.filter { !$0.isError }.compactMap { try? JSONValue(parsing: Array($0.text.utf8)) }
        let errors = outcomes.filter(\.isError).map(\.text)
        var lines: [String] = []
        if !done.isEmpty || errors.isEmpty {
            let who = done.first?["assigned_to"]?["name"]?.stringValue.map { " for \($0)" } ?? ""
            let count = done.count < outcomes.count ? "\(done.count) of \(outcomes.count)" : "\(done.count)"
            lines.append("Created \(count) \(outcomes.count == 1 ? one : many)\(who):")
            lines += done.map(line)
        }
        if let error = errors.first {
            let what =
                errors.count == outcomes.count ? "the \(outcomes.count == 1 ? one : many)" : "\(errors.count) of them"
            lines.append(failure("create \(what)", error))
        }
        return lines.joined(separator: "\n")
    }

    // MARK: Lists

    /// The answer of `taiga_list_members` in words; `nil` when it is not one.
    static func members(_ json: JSONValue) -> String? {
        listing(json, "members", "The project has", "member", "members") { member in
            let role = member["role"]?.stringValue.map { ", \($0)" } ?? ""
            return "- \(text(member, "full_name")) (\(text(member, "username"))\(role))"
        }
    }

    /// The answer of `taiga_list_tasks` in words; `nil` when it is not one.
    static func tasks(_ json: JSONValue) -> String? {
        listing(json, "tasks", "I found", "task", "tasks", line)
    }

    /// The answer of `taiga_list_user_stories` in words; `nil` when it is not one.
    static func stories(_ json: JSONValue) -> String? {
        listing(json, "user_stories", "I found", "user story", "user stories", line)
    }

    /// The answer of `taiga_list_milestones` in words; `nil` when it is not one.
    static func milestones(_ json: JSONValue) -> String? {
        listing(json, "milestones", "The project has", "sprint", "sprints") { sprint in
            "- \(text(sprint, "name")), \(text(sprint, "estimated_start")) to \(text(sprint, "estimated_finish"))"
                + (sprint["closed"] == true ? ", closed" : "")
        }
    }

    /// A list tool's answer in words; `nil` when it is not one.
    private static func listing(
        _ json: JSONValue,
        _ key: String,
        _ start: String,
        _ one: String,
        _ many: String,
        _ line: (JSONValue) -> String
    ) -> String? {
        guard let items = json[key]?.arrayValue else { return nil }
        let total = json["total"]?.intValue ?? items.count
        let shown = items.prefix(20).map(line)
        let more = total > shown.count ? ["- and \(total - shown.count) more"] : []
        let head = "\(start) \(total) \(total == 1 ? one : many)"
        return ([head + (shown.isEmpty ? "." : ":")] + shown + more).joined(separator: "\n")
    }

    /// A story or task on one line.
    private static func line(_ item: JSONValue) -> String {
        let ref = item["ref"]?.intValue.map { "#\($0) " } ?? ""
        let status = item["status"]?.stringValue.map { " (\($0))" } ?? ""
        return "- \(ref)\(text(item, "subject"))\(status)"
    }

    private static func text(_ item: JSONValue, _ key: String) -> String { item[key]?.stringValue ?? "?" }

    // MARK: Words

    /// `A, B and C`; long lists end in a number.
    static func list(_ names: [String]) -> String {
        let shown = names.count > 20 ? names.prefix(19) + ["\(names.count - 19) more"] : names[...]
        guard let last = shown.last, shown.count > 1 else { return shown.first ?? "nobody" }
        return shown.dropLast().joined(separator: ", ") + " and " + last
    }

    /// The user's own words on one line of bounded length.
    static func quote(_ text: String, _ limit: Int = 60) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count > limit ? line.prefix(limit) + "…" : line
    }
}
