import Agent

@testable import Anthropic

extension Workload {
    /// The body of a model request.
    static let requests: [Workload] = Histories.all.map { size, history in
        Workload("request/\(size)") {
            let request = ModelRequest(
                system: String(repeating: "You are a project manager's assistant. Act only when asked. ", count: 20),
                tools: tools,
                conversation: history,
                committedMessages: history.messages.count - 1,
                deadline: .now
            )
            let opening = RequestBody.opening(model: "claude-sonnet-4-5", maxTokens: 4096, tools: tools)
            return { times in
                var bytes = 0
                for _ in 0..<times { bytes += RequestBody(request, opening: opening).bytes.count }
                return bytes
            }
        }
    }

    /// As many as the service's own.
    private static let tools = ToolList(
        (0..<12).map { number in
            Tool(
                name: "taiga_tool_\(number)",
                description:
                    "Creates tasks below a user story, named by its id or its ref, and answers with their ids.",
                inputSchema: [
                    "type": "object",
                    "properties": [
                        "user_story_id": ["type": "integer", "minimum": 1, "description": "The user story, by id."],
                        "subject": ["type": "string", "maxLength": 500, "description": "What is to be done."],
                        "status": ["type": "string", "enum": ["new", "in progress", "done"]],
                    ],
                    "required": ["user_story_id", "subject"],
                ],
                access: .write
            )
        }
    )
}
