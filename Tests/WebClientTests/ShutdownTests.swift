import ServiceLifecycle
import TestSupport
import Testing
import WebClient

@Suite(.timeLimit(.minutes(1))) struct ShutdownTests {
    @Test func aGracefulShutdownLetsWhatIsInFlightFinish() async throws {
        let release = EventCount()
        try await RawServer.serving { peer, server in
            _ = try await peer.request()
            server.requests.add()
            await release.wait()
            try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
        } _: { server in
            let client = WebClient(logger: .quiet)
            let services = ServiceGroup(
                configuration: ServiceGroupConfiguration(services: [.init(service: client)], logger: .quiet)
            )
            let request = WebRequest(.get, server.url, deadline: .farAway)
            let status = try await withThrowingTaskGroup(of: Int?.self) { group in
                group.addTask { try await client.reply(to: request).status }
                group.addTask {
                    try await services.run()
                    return nil
                }
                await server.requests.wait()
                await services.triggerGracefulShutdown()
                release.add()
                var statuses: [Int] = []
                for try await status in group { statuses += status.map { [$0] } ?? [] }
                return statuses
            }
            #expect(status == [200])
            let code = await errorCode { () throws(WebError) in _ = try await client.reply(to: request) }
            #expect(code == .stopped)
        }
    }

    @Test func aClientRunsOnce() async throws {
        let client = try await withClient { $0 }
        let error = await #expect(throws: WebError.self) { try await client.run() }
        #expect(error?.code == .stopped)
    }
}
