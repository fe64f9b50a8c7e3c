/// What one operation on a session leaves for the archive, in the same atomic step: a commit its turns, a clear its mark.
/// One JSON object, so that whoever takes it over need not be the program that wrote it.
///
///     {"session_id": …, "owner": "user:1", "turns": [{"run_id": …, "messages": […], "tool_calls": […], …}]}
///     {"session_id": …, "owner": "user:1" or null, "cleared": true}
package struct ArchiveEntry: Sendable, Equatable {
    package let session: SessionID
    /// Whose turns they are; whose turns are no longer to be continued, `nil`: anyone's.
    package let owner: Principal?
    package let encoded: [UInt8]

    /// The turns of one commit, in order.
    package init(_ session: SessionID, owner: Principal, turns: [ArchivedTurn]) {
        self.session = session
        self.owner = owner
        var bytes = Self.head(session, owner) + Array(#","turns":["#.utf8)
        for (index, turn) in turns.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(turn)
        }
        encoded = bytes + Array("]}".utf8)
    }

    /// The mark of a clear: what was said before is not to be continued.
    package init(clearing session: SessionID, owner: Principal?) {
        self.session = session
        self.owner = owner
        encoded = Self.head(session, owner) + Array(#","cleared":true}"#.utf8)
    }

    /// Neither an id nor a principal holds what JSON would escape.
    private static func head(_ session: SessionID, _ owner: Principal?) -> [UInt8] {
        let owner = owner.map { "\"\($0)\"" } ?? "null"
        return Array(#"{"session_id":"\#(session.text)","owner":\#(owner)"#.utf8)
    }
}

extension [UInt8] {
    /// Messages go in as they are; the rest is small.
    fileprivate mutating func append(_ turn: ArchivedTurn) {
        append(contentsOf: turn.json.encoded().dropLast())
        append(contentsOf: #","messages":"#.utf8)
        append(contentsOf: turn.messages)
        append(UInt8(ascii: "}"))
    }
}

extension ArchivedTurn {
    /// All but the messages.
    fileprivate var json: JSONValue {
        [
            "run_id": .string(runID.text),
            "project_id": .int(projectID),
            "milestone_id": .int(milestoneID),
            "user_story_id": userStoryID.map(JSONValue.int) ?? .null,
            "model": .string(model),
            "started_at": startedAt.map(JSONValue.int) ?? .null,
            "ended_at": .int(endedAt),
            "steps": .int(outcome.steps),
            "stopped_by": outcome.stop.map { .string($0.code) } ?? .null,
            "summary": .string(outcome.summary),
            "warnings": .array(outcome.warnings.map(JSONValue.string)),
            "usage": [
                "input_tokens": .int(outcome.usage.inputTokens),
                "output_tokens": .int(outcome.usage.outputTokens),
                "cache_read_input_tokens": .int(outcome.usage.cacheReadInputTokens),
                "cache_creation_input_tokens": .int(outcome.usage.cacheCreationInputTokens),
            ],
            "tool_calls": .array(outcome.calls.map(\.json)),
        ]
    }
}

extension CallRecord {
    fileprivate var json: JSONValue {
        [
            "id": .string(call.id),
            "name": .string(call.name),
            "arguments": call.arguments.map(JSONValue.object) ?? .null,
            "access": access == .write ? "write" : "read",
            "outcome": .string(outcome.rawValue),
            "duration_ms": milliseconds.map(JSONValue.int) ?? .null,
            "created": .array(created.map(\.json)),
        ]
    }
}

extension CreatedArtifact {
    fileprivate var json: JSONValue {
        switch self {
        case .userStory(let id, let ref, let subject):
            ["type": "user_story", "id": .int(id), "ref": .int(ref), "subject": .string(subject)]
        case .task(let id, let ref, let subject, let story):
            [
                "type": "task", "id": .int(id), "ref": .int(ref), "subject": .string(subject),
                "user_story_id": story.map { .int($0.id) } ?? .null,
            ]
        }
    }
}
