import Agent
import TestSupport
import Testing
import WebClient

@testable import Anthropic

@Suite(.timeLimit(.minutes(1))) struct AnthropicClientTests {
    /// The answer or the error to one call against that script, the waits, and how many requests it took.
    private func call(
        _ script: [ModelServer.Answer],
        within patience: Duration = .seconds(30)
    ) async throws -> (result: Result<ModelAnswer, ModelError>, waits: [Duration], requests: Int) {
        let waits = QuickTime()
        return try await ModelServer.serving(script: script) { server in
            try await withClient(of: server, pause: waits.pause) { client in
                let request = ModelRequest.greeting(until: .now + patience)
                let result = await Result { () async throws(ModelError) in try await client.answer(request) }
                #expect(server.refusals == [])
                return (result, waits.all, server.requests.count)
            }
        }
    }

    private func code(_ result: Result<ModelAnswer, ModelError>) -> ModelError.Code? {
        if case .failure(let error) = result { error.code } else { nil }
    }

    @Test(arguments: [nil, 1, 7] as [Int?]) func anAnswerHoweverItsBytesAreSplit(pieceBytes: Int?) async throws {
        let call = ModelServer.Answer.toolUse([("t1", "n", ["name": "Zoë 😀", "n": 1])], saying: "Let me see")
        let script = [
            call.delivered { $0.pieceBytes = pieceBytes }, call.delivered { $0.asJSON = true },
            call.delivered { $0.noise = true },
        ]
        // The end of a response is waited for however busy the machine is.
        var pause = Pause.real
        pause.limit = { _ in try? await Task.sleep(for: .seconds(10)) }
        try await ModelServer.serving(script: script) { server in
            try await withClient(of: server, pause: pause) { client in
                for _ in script {
                    let answer = try await client.answer(.greeting())
                    #expect(
                        answer.blocks == [
                            .text("Let me see"),
                            .toolUse(ToolCall(id: "t1", name: "n", input: Array(#"{"n":1,"name":"Zoë 😀"}"#.utf8))),
                        ]
                    )
                    #expect(answer.stopReason == .toolUse)
                    #expect(answer.usage == Usage(inputTokens: 10, outputTokens: 5))
                    #expect(answer.requestID?.hasPrefix("req_") == true)
                }
                let sent = try #require(server.requests.first)
                #expect(sent.path == "/base/v1/messages")
                #expect(sent.header("x-api-key") == "key-1")
                // One connection served them all: its responses were read to their ends.
                #expect(server.connected.count == 1)
            }
        }
    }

    @Test func aMissingKeyIsRefusedAndNamesTheCall() async throws {
        try await ModelServer.serving(script: []) { server in
            try await withClient(of: server, key: nil) { client in
                let error = await #expect(throws: ModelError.self) { try await client.answer(.greeting()) }
                #expect(error?.code == .refused)
                #expect(error?.message == "status 401, authentication_error: x-api-key header is required")
                #expect(error?.requestID?.hasPrefix("req_") == true)
            }
        }
    }

    @Test func whatPassesIsTriedTwiceMore() async throws {
        let (result, waits, requests) = try await call([
            .error(529, "overloaded_error"), .error(429, "rate_limit_error", headers: [("retry-after", "7")]),
            .text("ok"),
        ])
        #expect(code(result) == nil)
        #expect(requests == 3)
        #expect(waits.count == 2)
        // From the refusal on, which is a moment before the wait.
        let asked = try #require(waits.last)
        #expect(asked > .seconds(6) && asked <= .seconds(7))
    }

    @Test func theThirdFailureCounts() async throws {
        let failures = [503, 500, 529, 529].map { ModelServer.Answer.error($0, "e") }
        let (result, waits, requests) = try await call(failures)
        #expect(code(result) == .overloaded)
        #expect(waits.count == 2)
        #expect(requests == 3)
    }

    @Test func whatIsRefusedIsNotTriedAgain() async throws {
        for answer in [ModelServer.Answer.error(400, "invalid_request_error"), .error(429, "rate_limit_error")] {
            let (result, waits, requests) = try await call([answer, .text("ok")])
            #expect(code(result) == .refused)
            #expect(waits == [])
            #expect(requests == 1)
        }
    }

    @Test func aWaitThatDoesNotFitFailsAtOnce() async throws {
        let limited = ModelServer.Answer.error(429, "rate_limit_error", headers: [("retry-after", "50")])
        let (result, waits, requests) = try await call([limited, .text("ok")])
        #expect(code(result) == .overloaded)
        #expect(waits == [])
        #expect(requests == 1)
    }

    @Test func aStreamThatBreaksOffIsTriedAgain() async throws {
        let broken: [ModelServer.Answer] = [
            .text("Hello, world").delivered { $0.cutAfter = 3 }, .text("Hello, world").delivered { $0.endAfter = 4 },
        ]
        let (result, waits, requests) = try await call(broken + [.text("ok")])
        #expect(code(result) == nil)
        #expect(requests == 3)
        #expect(waits.count == 2)
        let (failed, _, _) = try await call(broken + broken)
        #expect(code(failed) == .unavailable)
    }

    @Test func aPeerThatHangsUpIsTriedAgain() async throws {
        let (result, _, requests) = try await call([.hangUp, .hangUp, .text("ok")])
        #expect(code(result) == nil)
        #expect(requests == 3)
    }

    @Test func anErrorInsideTheStreamIsTriedAgain() async throws {
        let failing = ModelServer.Answer.text("Hello").delivered { $0.failAfter = (2, "overloaded_error") }
        let (result, _, requests) = try await call([failing, .text("ok")])
        #expect(code(result) == nil)
        #expect(requests == 2)
    }

    @Test func whatIsNoMessageIsMalformed() async throws {
        let raws = [
            ("text/html", "<html>"), ("application/json", "{}"), ("application/json", "{"),
            ("text/event-stream", "event: message_start\ndata: {\n\n"),
        ]
        for (type, body) in raws {
            let (result, _, requests) = try await call([
                ModelServer.Answer(.raw(status: 200, contentType: type, body: Array(body.utf8))), .text("ok"),
            ])
            #expect(code(result) == .malformed, "\(body)")
            #expect(requests == 1)
        }
    }

    @Test func theDeadlineEndsACallThatHangs() async throws {
        let gate = EventCount()
        let hanging = ModelServer.Answer.text("Hello").delivered { $0.holdBefore = [2: gate] }
        let (result, waits, requests) = try await call([hanging], within: .seconds(1))
        #expect(code(result) == .deadline)
        #expect(waits == [])
        #expect(requests <= 1)
    }

    @Test func aServerThatKeepsTheStreamOpenDoesNotHoldTheAnswer() async throws {
        let gate = EventCount()
        var answer = ModelServer.Answer.text("Hi")
        answer.delivery.holdAtEnd = gate
        let (result, _, _) = try await call([answer])
        #expect(code(result) == nil)
    }

    @Test func anErrorWhoseWordsDoNotComeIsTriedAgain() async throws {
        let gate = EventCount()
        var slow = ModelServer.Answer.error(503, "e")
        slow.delivery.holdAtEnd = gate
        let (result, waits, requests) = try await call([slow, .text("ok")])
        #expect(code(result) == nil)
        #expect(waits.count == 1)
        #expect(requests == 2)
    }

    @Test func cancellingTheTaskClosesTheConnection() async throws {
        let gate = EventCount()
        try await ModelServer.serving(script: [.text("Hello").delivered { $0.hold = gate }]) { server in
            try await withClient(of: server) { client in
                let request = ModelRequest.greeting()
                let code = await withTaskGroup(of: ModelError.Code?.self) { group in
                    group.addTask {
                        let result = await Result { () async throws(ModelError) in try await client.answer(request) }
                        return self.code(result)
                    }
                    await server.arrived.wait()
                    group.cancelAll()
                    return await group.next() ?? nil
                }
                #expect(code == .cancelled)
                await server.aborted.wait()
            }
        }
    }
}
