/// A history that another program wrote: plain JSON, as `json.dumps` gives it, and sendable.
enum WrittenHistory {
    /// About so many bytes, in turns of four messages: a question, a tool's call and result, and the answer.
    static func bytes(about size: Int) -> [UInt8] {
        var turns: [String] = []
        var length = 2
        while length < size {
            let turn = Self.turn(turns.count)
            length += turn.utf8.count + 2
            turns.append(turn)
        }
        return Array("[\(turns.joined(separator: ", "))]".utf8)
    }

    private static func turn(_ number: Int) -> String {
        let stories = (1...8).map { #"{\"ref\": \#(number * 8 + $0), \"subject\": \"Sign in, part \#($0)\"}"# }
        return #"""
            {"role": "user", "content": "What is open in sprint \#(number)? Leave out what \u201cAlex\u201d has done."}, \#
            {"role": "assistant", "content": [{"type": "text", "text": "I look at the stories of that sprint."}, \#
            {"type": "tool_use", "id": "toolu_\#(number)", "name": "taiga_list_user_stories", "input": {}}]}, \#
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_\#(number)", \#
            "content": "{\"stories\": [\#(stories.joined(separator: ", "))]}"}]}, \#
            {"role": "assistant", "content": [{"type": "text", "text": "Eight stories are open:\n\n* Sign in, parts 1 to 8. \#
            None of them is late, and Alex Smith works on \"part 3\" today."}]}
            """#
    }
}
