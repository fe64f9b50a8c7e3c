import Agent
import Logging
import TestSupport
import Testing

@testable import Taiga

/// Whole runs over the stand-in.
@Suite(.timeLimit(.minutes(1))) struct RunTests {
    private func run(
        _ stage: RESTStage,
        _ context: RunContext,
        _ steps: [ScriptedModel.Step]
    ) async throws -> RunAnswer? {
        let runner = Runner(
            model: ScriptedModel(steps),
            tools: stage.tools,
            store: ScriptedStore(),
            codec: SummaryCodec()
        )
        let request = RunRequest(
            runID: RunID(),
            session: nil,
            principal: Principal(userID: context.user.id),
            prompt: "p",
            context: context,
            arrival: .now
        )
        return try await runner.run(request, logger: .quiet).answer
    }

    @Test("A story with tasks below it, made with a token that expires and connections that break")
    func wholeRun() async throws {
        try await withTaiga { stage in
            let context = stage.run()
            stage.server.change { $0.expireAccessTokens() }
            stage.server.cutEveryWrite(2)
            let answer = try await run(
                stage,
                context,
                [
                    { _ in .asking(for: ToolCall("a", "taiga_create_user_story", #"{"subject":"Login"}"#)) },
                    { request in
                        let id = stage.server.world.stories[0].id
                        #expect(text(request.conversation).contains("\(id)"))
                        let input = #"{"subjects":["A","B","C"],"user_story_id":\#(id),"assigned_to":"alex.smith"}"#
                        return .asking(for: ToolCall("b", "taiga_create_tasks", input))
                    },
                    { _ in .saying("Done") },
                ]
            )
            let outcome = try #require(answer?.outcome)
            #expect(outcome.warnings == [] && outcome.artifacts.userStories.count == 1)
            #expect(outcome.artifacts.userStories.first?.tasks.map(\.subject) == ["A", "B", "C"])
            #expect(outcome.artifacts.tasks.isEmpty && outcome.artifacts.created.count == 4)
            #expect(stage.server.world.tasks.count == 3 && stage.server.world.stories.count == 1)
            #expect(answer?.auth != nil && answer?.auth == context.credentials.refreshed)
        }
    }

    @Test("A write that is repeated under ever new idempotency keys is a loop")
    func loop() async throws {
        try await withTaiga { stage in
            let steps = (0..<5).map { number -> ScriptedModel.Step in
                { _ in
                    let input = #"{"subject":"Same","idempotency_key":"random-\#(number)"}"#
                    return .asking(for: ToolCall("\(number)", "taiga_create_task", input))
                }
            }
            let answer = try await run(stage, stage.run(), steps)
            #expect(answer?.outcome.warnings == ["Loop detected: taiga_create_task"])
            #expect(stage.server.world.tasks.count == 2)
        }
    }

    @Test("A token that cannot be renewed ends the run as unauthorized")
    func unauthorized() async throws {
        try await withTaiga { stage in
            let context = stage.run()
            stage.server.change {
                $0.expireAccessTokens()
                $0.expireRefreshTokens()
            }
            let error = await #expect(throws: RunError.self) {
                try await run(stage, context, [{ _ in .asking(for: ToolCall("a", "taiga_list_tasks")) }])
            }
            #expect(error?.code == .unauthorized)
        }
    }
}
