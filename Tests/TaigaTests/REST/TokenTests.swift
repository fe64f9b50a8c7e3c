import Agent
import TestSupport
import Testing

@testable import Taiga

@Suite(.timeLimit(.minutes(1))) struct TokenTests {
    private let look = ToolCall("taiga_get_project")

    @Test("50 calls of 50 runs with one expired pair make one refresh, and all go on with its pair")
    func singleFlight() async throws {
        try await withTaiga { stage in
            let old = stage.server.signIn(Users.requester)
            stage.server.change { $0.expireAccessTokens() }
            let runs = (0..<50).map { _ in stage.run(with: old) }
            let results = await withTaskGroup(of: ToolResult.self) { group in
                for run in runs {
                    group.addTask { await stage.tools.call(.next(ToolCall("taiga_get_project")), in: run) }
                }
                var results: [ToolResult] = []
                for await result in group { results.append(result) }
                return results
            }
            let refreshes = stage.server.count("POST", "/auth/refresh")
            print("concurrent calls 50, refreshes \(refreshes)")
            #expect(refreshes == 1 && results.allSatisfy { !$0.isError })
            let pairs = runs.map(\.credentials.refreshed)
            #expect(pairs.allSatisfy { $0 != nil && $0 != old && $0 == pairs[0] })

            // A run that starts later with the old pair is given the same new one, without another refresh.
            let late = stage.run(with: old)
            #expect(await !stage.tools.call(.next(look), in: late).isError)
            #expect(late.credentials.refreshed == pairs[0] && stage.server.count("POST", "/auth/refresh") == 1)
        }
    }

    @Test("Several calls of one run refresh once, and a write is made once")
    func oneRun() async throws {
        try await withTaiga { stage in
            let run = stage.run()
            stage.server.change { $0.expireAccessTokens() }
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<10 {
                    group.addTask { _ = await stage.tools.call(.next(ToolCall("taiga_list_tasks")), in: run) }
                }
            }
            stage.server.change { $0.expireAccessTokens() }
            let made = await stage.tools.call(.next(ToolCall("taiga_create_task", ["subject": "S"])), in: run)
            #expect(made.created.count == 1 && stage.server.world.tasks.count == 1)
            #expect(stage.server.count("POST", "/auth/refresh") == 2)
            let other = stage.run(with: run.credentials.current)
            #expect(await !stage.tools.call(.next(look), in: other).isError && other.credentials.refreshed == nil)
        }
    }

    @Test("A pair that is followed by another, and that by a third")
    func chain() async throws {
        try await withTaiga { stage in
            let first = stage.run()
            let old = first.credentials.presented
            for _ in 0..<2 {
                stage.server.change { $0.expireAccessTokens() }
                #expect(await !stage.tools.call(.next(ToolCall("taiga_list_tasks")), in: first).isError)
            }
            let late = stage.run(with: old)
            #expect(await !stage.tools.call(.next(look), in: late).isError)
            #expect(late.credentials.refreshed == first.credentials.refreshed)
            #expect(stage.server.count("POST", "/auth/refresh") == 2)
        }
    }

    @Test("A refresh that is refused ends the run, and is not tried again")
    func refused() async throws {
        try await withTaiga { stage in
            let run = stage.run()
            stage.server.change {
                $0.expireAccessTokens()
                $0.expireRefreshTokens()
            }
            for _ in 0..<3 {
                let result = await stage.tools.call(.next(ToolCall("taiga_create_task", ["subject": "S"])), in: run)
                #expect(result.isUnauthorized && result.isError && result.created.isEmpty)
            }
            #expect(stage.server.count("POST", "/auth/refresh") == 1 && run.credentials.refreshed == nil)
            await #expect(throws: AuthenticationError.self) {
                try await stage.taiga.authenticator.principal(of: run.credentials)
            }
        }
    }

    /// What Taiga says to a token that it does not take.
    private static let dead = TaigaServer.Reply.json(401, ["code": "token_not_valid"])

    @Test("A token that dies between two creations: whoever comes again with a good one is not sent away")
    func diesMidway() async throws {
        try await withTaiga { stage in
            let run = stage.run()
            stage.server.fail { $0.method == "POST" && $0.json?["subject"] == "B" ? .answer(Self.dead) : nil }
            let invocation = ToolInvocation.next(ToolCall("taiga_create_tasks", ["subjects": ["A", "B"]]))
            let first = await stage.tools.call(invocation, in: run)
            #expect(first.isUnauthorized && first.created.count == 1 && !first.mayHaveWritten)
            stage.server.fail { _ in nil }
            let again = await stage.tools.call(invocation, in: stage.run())
            #expect(!again.isUnauthorized && again.created == first.created)
        }
    }

    @Test("A token that dies after a lost write leaves open what was done")
    func diesAfterLostWrite() async throws {
        try await withTaiga { stage in
            let run = stage.run()
            stage.server.fail {
                $0.method == "POST" && $0.path == "/tasks" ? .cutAfter : $0.path == "/tasks" ? .answer(Self.dead) : nil
            }
            let result = await stage.tools.call(.next(ToolCall("taiga_create_task", ["subject": "S"])), in: run)
            #expect(result.isError && result.mayHaveWritten && !result.isUnauthorized, "\(result.text)")
            #expect(result.text.contains("not known whether \"S\" was created"))
        }
    }

    @Test("A refresh that fails is told as trouble, not as a bad token, and may be tried again")
    func failed() async throws {
        try await withTaiga { stage in
            let run = stage.run()
            stage.server.change { $0.expireAccessTokens() }
            stage.server.fail { $0.path == "/auth/refresh" ? .answer(.failed) : nil }
            let result = await stage.tools.call(.next(look), in: run)
            #expect(result.isError && !result.isUnauthorized && result.text.contains("could not be renewed"))
            stage.server.fail { _ in nil }
            #expect(await !stage.tools.call(.next(look), in: run).isError)
        }
    }

    @Test("Who is cancelled while the refresh is under way does not spoil it, and takes the new pair along")
    func cancelled() async throws {
        try await withTaiga { stage in
            let gate = EventCount()
            let old = stage.server.signIn(Users.requester)
            stage.server.change { $0.expireAccessTokens() }
            stage.server.fail { $0.path == "/auth/refresh" ? .holdAfter(gate) : nil }
            let runs = [stage.run(with: old), stage.run(with: old)]
            let last = await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = await stage.tools.call(.next(ToolCall("taiga_get_project")), in: runs[0]) }
                // The request that is refused, and the refresh.
                await stage.server.arrived.wait(for: 2)
                async let second = stage.tools.call(.next(ToolCall("taiga_get_project")), in: runs[1])
                await stage.server.arrived.wait(for: 3)
                group.cancelAll()
                gate.add()
                return await second
            }
            #expect(!last.isError)
            #expect(
                runs[0].credentials.refreshed != nil && runs[0].credentials.refreshed == runs[1].credentials.refreshed
            )
            #expect(stage.server.count("POST", "/auth/refresh") == 1)
        }
    }

    @Test("Taiga's word is who asks: looked up once a minute, renewed when it has expired")
    func authenticator() async throws {
        try await withTaiga { stage in
            let authenticator = stage.taiga.authenticator
            let run = stage.run(as: Users.smith)
            for _ in 0..<3 {
                let principal = try await authenticator.principal(of: run.credentials)
                #expect(principal == Principal(userID: Users.smith))
            }
            #expect(stage.server.count("GET", "/users/me") == 1)

            let expired = RunCredentials(stage.server.signIn(Users.smith))
            stage.server.change { $0.expireAccessTokens() }
            let renewed = try await authenticator.principal(of: expired)
            #expect(renewed == Principal(userID: Users.smith) && expired.refreshed != nil)
        }
    }

    @Test("A bearer without a refresh token, a token that is none, and one that cannot be sent are rejected")
    func rejected() async throws {
        try await withTaiga { stage in
            for token in ["expired", "", "a\r\nx: y", "ä", "two words"] {
                let credentials = RunCredentials(Credentials(authToken: Secret(token), refresh: Secret("")))
                let error = await #expect(throws: AuthenticationError.self) {
                    try await stage.taiga.authenticator.principal(of: credentials)
                }
                #expect(error?.code == .rejected)
            }
            stage.server.fail { _ in .answer(.failed) }
            let credentials = RunCredentials(stage.server.signIn(Users.smith))
            let error = await #expect(throws: AuthenticationError.self) {
                try await stage.taiga.authenticator.principal(of: credentials)
            }
            #expect(error?.code == .unavailable)
        }
    }
}
