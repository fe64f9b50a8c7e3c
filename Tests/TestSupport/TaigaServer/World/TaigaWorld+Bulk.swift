import Agent

// Creating several at once.
extension TaigaWorld {
    /// Ignores `milestone_id`: the stories go to the backlog.
    mutating func bulkStories(_ body: [String: JSONValue], _ userID: Int?) -> Reply {
        guard let userID else { return .unauthenticated }
        let projectID = body["project_id"]?.intValue ?? 0
        guard permissions(of: userID, in: projectID).contains("add_us") else { return .forbidden }
        guard let lines = body["bulk_stories"]?.stringValue else {
            return .fields(["bulk_stories": "This field is required."])
        }
        let made = Self.subjects(lines).map { add(.story, $0, to: projectID, by: userID) }
        return .json(200, .array(made.map { json(of: $0, isWhole: true) }))
    }

    /// Takes only stories that are in a milestone, and only together with it.
    mutating func bulkTasks(_ body: [String: JSONValue], _ userID: Int?) -> Reply {
        guard let userID else { return .unauthenticated }
        let projectID = body["project_id"]?.intValue ?? 0
        let story = body["us_id"]?.intValue.flatMap { item(.story, $0) }
        var problems: [String: String] = [:]
        let milestone = body["milestone_id"]?.intValue
        if milestone == nil { problems["milestone_id"] = "This field is required." }
        if body["us_id"]?.intValue != nil, story == nil || (milestone != nil && story?.milestoneID != milestone) {
            problems["us_id"] = "Invalid user story id."
        }
        guard let lines = body["bulk_tasks"]?.stringValue else {
            problems["bulk_tasks"] = "This field is required."
            return .fields(problems)
        }
        guard problems.isEmpty else { return .fields(problems) }
        guard permissions(of: userID, in: projectID).contains("add_task") else { return .forbidden }
        let made = Self.subjects(lines).map {
            add(.task, $0, to: projectID, by: userID, milestone: milestone, story: story?.id)
        }
        return .json(200, .array(made.map { json(of: $0, isWhole: true) }))
    }

    /// One subject a line, trimmed; empty lines are none.
    private static func subjects(_ lines: String) -> [String] {
        lines.split(separator: "\n").map { line in
            String(line.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty }
    }
}
