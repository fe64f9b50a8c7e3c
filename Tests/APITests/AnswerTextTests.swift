import Agent
import TestSupport
import Testing

@testable import API

/// The answer as it is written, against the answer as a tree.
@Suite struct AnswerTextTests {
    private var answer: RunAnswer {
        var artifacts = Artifacts()
        artifacts.add(.userStory(id: 1, ref: 11, subject: "A \"story\"\n"))
        artifacts.add(.task(id: 2, ref: 12, subject: "Täsk", story: .init(id: 1, subject: "A \"story\"\n")))
        artifacts.add(.task(id: 3, ref: 13, subject: "Alone", story: nil))
        var outcome = TurnOutcome(conversation: nil, summary: "Done\t\\", artifacts: artifacts, warnings: ["a", "b"])
        outcome.stop = .deadline
        outcome.usage.inputTokens = 5
        outcome.usage.outputTokens = 6
        return RunAnswer(to: .example("Go", session: "s"), outcome: outcome)
    }

    @Test func everyMemberIsThereAndReadable() throws {
        let answer = answer
        let json = try JSONValue(parsing: answer.encoded)
        #expect(
            json == [
                "run_id": .string(answer.runID.text), "session_id": "s", "summary": "Done\t\\",
                "stopped_by": .string(Stop.deadline.code), "warnings": ["a", "b"],
                "artifacts": [
                    "milestone_id": .int(answer.milestoneID),
                    "user_stories": [
                        ["id": 1, "subject": "A \"story\"\n", "tasks": [["id": 2, "subject": "Täsk"]]]
                    ],
                    "tasks": [["id": 3, "subject": "Alone"]],
                ],
                "created_artifacts": [
                    ["type": "user_story", "id": 1, "ref": 11, "subject": "A \"story\"\n"],
                    ["type": "task", "id": 2, "ref": 12, "subject": "Täsk"],
                    ["type": "task", "id": 3, "ref": 13, "subject": "Alone"],
                ],
                "usage": [
                    "input_tokens": 5, "output_tokens": 6, "cache_read_input_tokens": 0,
                    "cache_creation_input_tokens": 0,
                ],
            ]
        )
    }

    /// A stored answer is given out byte for byte: its bytes do not depend on who writes it.
    @Test func itsBytesAreThoseOfTheTree() throws {
        let answer = answer
        #expect(try answer.encoded == JSONValue(parsing: answer.encoded).encoded())
        let empty = RunAnswer(to: .example("Go", session: nil), outcome: TurnOutcome(conversation: nil, summary: ""))
        #expect(try empty.encoded == JSONValue(parsing: empty.encoded).encoded())
    }
}
