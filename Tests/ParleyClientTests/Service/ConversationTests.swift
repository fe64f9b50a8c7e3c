import Foundation
import ParleyClient
import TestSupport
import Testing

/// What an app does when nothing goes wrong, with a real worker.
@Suite(.timeLimit(.minutes(2))) struct ConversationTests {
    @Test func theExampleOfTheRequirements() async throws {
        try await ParleyWorker.with { worker in
            let session = try ParleyClient.test(worker.url).session()
            let asked = try await session.send("Create tasks for Alex")
            #expect(asked.summary.contains("Alex Smith") && asked.createdArtifacts.isEmpty)
            #expect(asked.sessionID == session.id && asked.stoppedBy == nil && asked.warnings == [])

            let seen = try await session.stream("Alex Smith").seen()
            let answer = try #require(seen.answer)
            #expect(seen.runs == [answer.runID] && seen.others == [])
            #expect(seen.text == answer.summary)
            #expect(answer.createdArtifacts.map(\.type) == ["task", "task", "task"])
            #expect(answer.artifacts.tasks.map(\.id) == answer.createdArtifacts.map(\.id))
            #expect(answer.artifacts.milestoneID == 499_548)
            #expect(seen.tools.contains { $0.hasSuffix(" ok") })

            let stored = try #require(try await session.history())
            #expect(stored.turns == 2 && stored.messages.first?.content == [.text("Create tasks for Alex")])
            #expect(stored.updatedAt.map { abs($0.timeIntervalSinceNow) < 60 } == true)
            #expect(stored.expiresIn.map { $0 > .seconds(1700) } == true)

            #expect(try await session.clear().status == "cleared")
            #expect(try await session.history() == nil)
        }
    }

    @Test func runsAreThereForWhoeverKnowsTheirName() async throws {
        try await ParleyWorker.with { worker in
            let client = try ParleyClient.test(worker.url)
            let seen = try await client.session("watched").stream("Create tasks for Alex").seen()
            let run = try #require(seen.runs.first)
            let status = try await client.status(ofRun: run)
            #expect(status.state == .finished && status.answer == seen.answer && status.sessionID == "watched")
            #expect(status.budgets.steps > 0 && status.endedAt != nil && status.problem == nil)
            #expect(try await ParleyClient.test(worker.url).watch(run: run).seen() == seen)
            #expect(try await client.cancel(run: run) == .finished)
        }
    }

    @Test func aSingleTurnHasNoSession() async throws {
        try await ParleyWorker.with { worker in
            let answer = try await ParleyClient.test(worker.url).send(.init("Hello"))
            #expect(answer.sessionID == nil && !answer.summary.isEmpty)
        }
    }

    @Test func aRequestIsRunOnceHoweverOftenItIsSent() async throws {
        try await ModelServer.serving({ .text("re: \($0.lastText ?? "")") }) { model in
            try await ParleyWorker.with(model.settings()) { worker in
                let client = try ParleyClient.test(worker.url)
                let request = ParleyClient.Request("Hello", sessionID: "s")
                let events = client.stream(request)
                let first = try await events.seen()
                let again = try await events.seen()
                #expect(first.answer != nil && first.answer == again.answer && first.runs == again.runs)
                #expect(try await client.send(request) == first.answer)
                #expect(model.requests.count == 1)
            }
        }
    }

    @Test func problemsAreTyped() async throws {
        try await ParleyWorker.with { worker in
            let client = try ParleyClient.test(worker.url)
            var request = ParleyClient.Request(" ", sessionID: "no id")
            request.context = .init(
                projectID: 0,
                milestoneID: 1,
                user: .init(id: 1, username: "", email: "", roles: [])
            )
            let invalid = await #expect(throws: ParleyError.self) { try await client.send(request) }
            #expect(invalid?.code == .invalid && invalid?.status == 422)
            #expect(invalid.map { Set($0.fieldErrors.map(\.field)) } == ["session_id", "project_id", "prompt"])
            #expect(invalid?.requestID?.isEmpty == false && invalid?.retryAfter == nil)

            let unknown = await #expect(throws: ParleyError.self) {
                try await client.status(ofRun: "run_0123456789abcdef0123456789abcdef")
            }
            #expect(unknown?.code == .notFound && unknown?.status == 404)
            await #expect(throws: ParleyError.self) { try await client.watch(run: "nothing").seen() }

            let first = ParleyClient.Request("Hello", sessionID: "s", idempotencyKey: "k")
            _ = try await client.send(first)
            let reused = await #expect(throws: ParleyError.self) {
                try await client.send(.init("Other", sessionID: "s", idempotencyKey: "k"))
            }
            #expect(reused?.code == .keyReused)
        }
        let nobody = "http://127.0.0.1:\(try FreePort.reserve())"
        let client = try ParleyClient.test(nobody) { $0.retry.attempts = 2 }
        let unreachable = await #expect(throws: ParleyError.self) { try await client.send(.init("Hello")) }
        #expect(unreachable?.code == .unreachable && unreachable?.status == nil)
    }

    @Test func aBusySessionIsWaitedForOrNot() async throws {
        let release = EventCount()
        let responder: ModelServer.Responder = { request in
            let answer = ModelServer.Answer.text("re: \(request.lastText ?? "")")
            return request.lastText == "slow" ? answer.delivered { $0.hold = release } : answer
        }
        try await ModelServer.serving(responder) { model in
            try await ParleyWorker.with(model.settings()) { worker in
                let client = try ParleyClient.test(worker.url)
                let session = client.session("busy")
                let slow = Task { try await session.stream("slow").seen() }
                await model.arrived.wait(for: 1)
                let busy = await #expect(throws: ParleyError.self) {
                    try await session.send("no") { $0.ifBusy = .reject }
                }
                #expect(busy?.code == .sessionBusy && busy?.retryAfter == .seconds(1))
                let run = try #require(busy?.runID)
                #expect(try await client.cancel(run: run) == .running)
                let cancelled = await #expect(throws: ParleyError.self) { try await slow.value }
                #expect(cancelled?.code == .cancelled)
                #expect(try await session.send("next").summary == "re: next")
                release.add()
            }
        }
    }
}
