import Agent
import ParleyClient
import TestSupport
import Testing

/// Tokens that expire, with a Taiga that takes each refresh token once.
@Suite(.timeLimit(.minutes(2))) struct TokenTests {
    private static let responder: ModelServer.Responder = { .text("re: \($0.lastText ?? "")") }

    private func pair(_ credentials: Credentials) -> ParleyClient.TokenPair {
        .init(authToken: credentials.authToken.reveal(), refresh: credentials.refresh.reveal())
    }

    @Test func newTokensAreToldOnceAndUsed() async throws {
        try await TaigaServer.serving { taiga in
            try await ModelServer.serving(Self.responder) { model in
                try await ParleyWorker.with(model.settings(["TAIGA_URL": taiga.url])) { worker in
                    let told = Log<ParleyClient.TokenPair>()
                    let old = pair(taiga.signIn(738_718))
                    let client = try ParleyClient.test(worker.url, tokens: old, onRefresh: { told.append($0) })
                    let session = client.session("s")
                    taiga.change { $0.expireAccessTokens() }
                    let answer = try await session.send("one")
                    #expect(answer.auth != nil && told.all.map(Optional.some) == [answer.auth])
                    #expect(client.tokens == answer.auth && client.tokens != old)
                    #expect(try await session.history()?.turns == 1)
                    #expect(try await session.stream("two").seen().answer?.summary == "re: two")
                    #expect(told.all.count == 1 && taiga.count("POST", "/auth/refresh") == 1)
                }
            }
        }
    }

    /// The stream is cut at its first byte, or about its first event. The tokens that the run was sent with are dead by then,
    /// and the new ones are in its answer, which is not there yet.
    @Test(arguments: [1, 250]) func newTokensOutliveACutStream(behind bytes: Int) async throws {
        let release = EventCount()
        let responder: ModelServer.Responder = { request in
            .text("re: \(request.lastText ?? "")").delivered { $0.hold = release }
        }
        try await TaigaServer.serving { taiga in
            try await ModelServer.serving(responder) { model in
                try await Fleet.with(workers: 2, model.settings(["TAIGA_URL": taiga.url])) { fleet in
                    let ports = fleet.workers.map(\.port)
                    let told = Log<ParleyClient.TokenPair>()
                    let old = pair(taiga.signIn(738_718))
                    taiga.change { $0.expireAccessTokens() }
                    let fate: @Sendable (Int) -> CuttingProxy.Fate = {
                        .init(port: ports[min($0, 1)], cut: $0 == 0 ? bytes : nil)
                    }
                    try await CuttingProxy.serving(fate) { proxy in
                        let client = try ParleyClient.test(proxy.url, tokens: old) {
                            $0.retry.attempts = 20
                        } onRefresh: {
                            told.append($0)
                        }
                        async let watching = client.session("s").stream("one").seen()
                        // The first worker asks who it is, refreshes and asks again; the other one asks, and is refused.
                        await taiga.arrived.wait(for: 5)
                        release.add()
                        let seen = try await watching
                        #expect(seen.answer?.summary == "re: one" && seen.answer?.auth != nil)
                        #expect(told.all.count == 1 && client.tokens == seen.answer?.auth)
                        #expect(try await client.session("s").history()?.turns == 1)
                        #expect(model.requests.count == 1)
                    }
                }
            }
        }
    }

    @Test func tokensThatAreNotAcceptedAreTold() async throws {
        try await TaigaServer.serving { taiga in
            try await ParleyWorker.with(["TAIGA_URL": taiga.url]) { worker in
                let client = try ParleyClient.test(worker.url)
                let error = await #expect(throws: ParleyError.self) { try await client.send(.init("Hello")) }
                #expect(error?.code == .unauthorized && error?.status == 401)
                client.tokens = pair(taiga.signIn(738_718))
                #expect(try await client.send(.init("Hello")).summary.isEmpty == false)
            }
        }
    }
}
