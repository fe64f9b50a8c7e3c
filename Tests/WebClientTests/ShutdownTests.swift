import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import WebClient

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

    /// Tasks start transfers themselves, and may have done so when there turns out to be no thread for them.
    @Test func withoutAThreadWhatHasBegunEnds() async throws {
        try await RawServer.serving { peer, _ in
            await peer.closed()
        } _: { server in
            let request = WebRequest(.get, server.url, deadline: .farAway)
            let running = Mutex(WebClient?.none)
            let begun = Mutex(Transfer?.none)
            let client = WebClient(settings: WebClient.Settings(), logger: .quiet) { _ in
                let client = running.withLock { $0 }
                begun.withLock { $0 = try? client?.mailbox.submit(request, origin: server.url) }
                return false
            }
            running.withLock { $0 = client }
            try await client.run()
            running.withLock { $0 = nil }
            let transfer = try #require(begun.withLock { $0 })
            let code = await errorCode { () throws(WebError) in _ = try await transfer.head() }
            #expect(code == .stopped)
            #expect(client.inFlight == 0)
        }
    }

    @Test func aClientRunsOnce() async throws {
        let client = try await withClient { $0 }
        let error = await #expect(throws: WebError.self) { try await client.run() }
        #expect(error?.code == .stopped)
    }
}
