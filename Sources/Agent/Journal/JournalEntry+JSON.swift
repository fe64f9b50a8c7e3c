/// An entry is one JSON object. What must stay as it came, byte for byte, is kept as text.
extension JournalEntry {
    /// The entry as it is stored.
    var encoded: [UInt8] { json.encoded() }

    private var json: JSONValue {
        switch self {
        case .turn(let turn):
            [
                "entry": "turn", "run_id": .string(turn.runID.text), "prompt": .string(turn.prompt),
                "project_id": .int(turn.projectID), "milestone_id": .int(turn.milestoneID),
                "user_story_id": turn.userStoryID.map(JSONValue.int) ?? .null,
                "key": turn.idempotency.map { .string($0.key) } ?? .null,
                "request": turn.idempotency.map { .string($0.request) } ?? .null,
            ]
        case .answer(let step, let answer):
            [
                "entry": "answer", "step": .int(step), "blocks": .array(answer.blocks.map(\.json)),
                "stop_reason": .string(answer.stopReason.journalText),
                "usage": .array(Usage.figures.map { .int(answer.usage[keyPath: $0]) }),
            ]
        case .intent(let place, let startedAt):
            ["entry": "intent", "step": .int(place.step), "number": .int(place.number), "started_at": .int(startedAt)]
        case .withdrawn: ["entry": "withdrawn"]
        case .result(let place, let result):
            [
                "entry": "result", "step": .int(place.step), "number": .int(place.number),
                "text": .string(result.text), "is_error": .bool(result.isError),
                "created": .array(result.created.map(\.json)),
                "warnings": .array(result.warnings.map(JSONValue.string)),
                "may_have_written": .bool(result.mayHaveWritten),
            ]
        }
    }

    /// - Throws: when `bytes` are no entry.
    init(parsing bytes: [UInt8]) throws(JSONError) {
        let json = try JSONValue(parsing: bytes)
        switch json["entry"]?.stringValue {
        case "turn": self = .turn(try JournalledTurn(json))
        case "answer": self = .answer(step: try json.int("step"), try ModelAnswer(json))
        case "intent": self = .intent(try Turn.Place(json), startedAt: try json.int("started_at"))
        case "withdrawn": self = .withdrawn
        case "result": self = .result(try Turn.Place(json), try ToolResult(json))
        default: throw .wrongMembers
        }
    }
}

extension JournalledTurn {
    fileprivate init(_ json: JSONValue) throws(JSONError) {
        var idempotency: Idempotency?
        if case .string(let key)? = json["key"] {
            idempotency = Idempotency(key: key, request: try json.string("request"))
        }
        self.init(
            runID: RunID(stored: try json.string("run_id")),
            idempotency: idempotency,
            prompt: try json.string("prompt"),
            projectID: try json.int("project_id"),
            milestoneID: try json.int("milestone_id"),
            userStoryID: json["user_story_id"]?.intValue
        )
    }
}

extension Turn.Place {
    fileprivate init(_ json: JSONValue) throws(JSONError) {
        self.init(step: try json.int("step"), number: try json.int("number"))
    }
}

extension ModelAnswer {
    fileprivate init(_ json: JSONValue) throws(JSONError) {
        var usage = Usage()
        for (figure, value) in zip(Usage.figures, try json.array("usage")) {
            usage[keyPath: figure] = value.intValue ?? 0
        }
        self.init(
            blocks: try json.array("blocks").map { block throws(JSONError) in try AnswerBlock(block) },
            stopReason: try json.string("stop_reason") == StopReason.pauseTurn.journalText ? .pauseTurn : .toolUse,
            usage: usage
        )
    }
}

extension StopReason {
    /// A turn goes on after only two kinds of answers.
    fileprivate var journalText: String { self == .pauseTurn ? "pause_turn" : "tool_use" }
}

extension AnswerBlock {
    fileprivate var json: JSONValue {
        switch self {
        case .text(let text): ["text": .string(text)]
        case .toolUse(let call):
            [
                "tool_use": .string(call.id), "name": .string(call.name),
                // What was no JSON object must not come back as one.
                "input": .string(call.arguments == nil ? "" : Self.text(call.input)),
            ]
        case .other(let json): ["other": .string(Self.text(json))]
        }
    }

    fileprivate init(_ json: JSONValue) throws(JSONError) {
        if let text = json["text"]?.stringValue {
            self = .text(text)
        } else if let other = json["other"]?.stringValue {
            self = .other(json: Array(other.utf8))
        } else {
            let input = Array(try json.string("input").utf8)
            self = .toolUse(
                ToolCall(id: try json.string("tool_use"), name: try json.string("name"), input: input)
            )
        }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension ToolResult {
    fileprivate init(_ json: JSONValue) throws(JSONError) {
        self.init(
            text: try json.string("text"),
            isError: json["is_error"] == .bool(true),
            created: try json.array("created").map { artifact throws(JSONError) in try CreatedArtifact(artifact) }
        )
        warnings = try json.array("warnings").compactMap(\.stringValue)
        mayHaveWritten = json["may_have_written"] == .bool(true)
    }
}

extension CreatedArtifact {
    fileprivate var json: JSONValue {
        switch self {
        case .userStory(let id, let ref, let subject):
            ["id": .int(id), "ref": .int(ref), "subject": .string(subject), "type": "user_story"]
        case .task(let id, let ref, let subject, let story):
            [
                "id": .int(id), "ref": .int(ref), "subject": .string(subject), "type": "task",
                "story": story.map { ["id": .int($0.id), "subject": .string($0.subject)] } ?? .null,
            ]
        }
    }

    fileprivate init(_ json: JSONValue) throws(JSONError) {
        let (id, ref, subject) = (try json.int("id"), try json.int("ref"), try json.string("subject"))
        guard json["type"] != "user_story" else {
            self = .userStory(id: id, ref: ref, subject: subject)
            return
        }
        var story: StoryReference?
        if let parent = json["story"], parent != .null {
            story = StoryReference(id: try parent.int("id"), subject: try parent.string("subject"))
        }
        self = .task(id: id, ref: ref, subject: subject, story: story)
    }
}
