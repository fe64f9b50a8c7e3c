import Agent

/// What is said in one turn: a prompt, a call of a tool, its result, and an answer.
struct TurnSample {
    let prompt: String
    let plan: String
    let call: ToolCall
    let result: ToolResult
    let answer: String

    init(_ number: Int) {
        let language = Language.samples[number % Language.samples.count]
        prompt = language.prompt
        plan = language.plan
        call = ToolCall(
            id: "toolu_01A09q90qw90lq917835\(1000 + number)",
            name: "taiga_list_tasks",
            input: Array(#"{"user_story_id":\#(4_711 + number),"status":"open","limit":20}"#.utf8)
        )
        result = ToolResult(text: Self.tasks(of: number, language))
        answer = language.answer
    }

    /// What the tool answers: a list in JSON.
    private static func tasks(of turn: Int, _ language: Language) -> String {
        let tasks = (0..<8).map { index in
            """
            {"id":\(8_812_000 + turn * 8 + index),"ref":\(index + 52),"subject":"\(language.subjects[index % 4])",\
            "status":{"id":3,"name":"In progress","is_closed":false},"assigned_to":{"id":738718,\
            "full_name":"Alex Smith"},"user_story":\(4_711 + turn),"tags":["mobile","v2.1"],"is_blocked":false,\
            "blocked_note":null,"due_date":"2025-03-\(10 + index)","total_points":\(index).5,"version":\(index + 1)}
            """
        }
        return #"{"tasks":["# + tasks.joined(separator: ",") + #"],"next_cursor":null}"#
    }
}

extension Conversation {
    mutating func append(_ turn: TurnSample) {
        append(user: turn.prompt)
        append(assistant: [.text(turn.plan), .toolUse(turn.call)])
        append(toolResults: [(turn.call, turn.result)])
        append(assistant: [.text(turn.answer)])
    }
}
