package import Agent

/// How created things travel in ``StructuredKey/createdArtifacts`` and ``MetaKey/knownArtifacts``.
extension CreatedArtifact {
    package var json: JSONValue {
        switch self {
        case .userStory(let id, let ref, let subject):
            return ["type": "user_story", "id": .int(id), "ref": .int(ref), "subject": .string(subject)]
        case .task(let id, let ref, let subject, let story):
            var members: [String: JSONValue] = [
                "type": "task", "id": .int(id), "ref": .int(ref), "subject": .string(subject),
            ]
            members["user_story"] = story.map { ["id": .int($0.id), "subject": .string($0.subject)] }
            return .object(members)
        }
    }

    /// `nil` for what is none, or is not complete.
    package init?(_ json: JSONValue) {
        guard let id = json["id"]?.intValue, let subject = json["subject"]?.stringValue else { return nil }
        let ref = json["ref"]?.intValue ?? 0
        switch json["type"]?.stringValue {
        case "user_story": self = .userStory(id: id, ref: ref, subject: subject)
        case "task":
            let story = json["user_story"].flatMap { story -> StoryReference? in
                guard let id = story["id"]?.intValue else { return nil }
                return StoryReference(id: id, subject: story["subject"]?.stringValue ?? "")
            }
            self = .task(id: id, ref: ref, subject: subject, story: story)
        default: return nil
        }
    }
}
