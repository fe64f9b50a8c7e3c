import Synchronization
import TestSupport
import Testing
import WebClient

/// What bad peers, limits, cancellations and deadlines do to a request.
@Suite(.timeLimit(.minutes(1))) struct FailureTests {
    /// Sends a request to a server with that script; the code of the error.
    private func code(
        limits: WebLimits = WebLimits(),
        deadline: ContinuousClock.Instant = .farAway,
        _ script: @escaping @Sendable (RawServer.Peer) async throws -> Void
    ) async throws -> WebError.Code? {
        try await RawServer.serving({ peer, _ in try await script(peer) }) { server in
            try await withClient { client in
                let request = WebRequest(.get, server.url, deadline: deadline, limits: limits)
                return await errorCode { () throws(WebError) in _ = try await client.reply(to: request) }
            }
        }
    }

    @Test func garbageIsNoResponse() async throws {
        let answers = ["garbage\r\n\r\n", "\0\0\0\0\0\0\0\0", "HTTP/1.1 abc\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n"]
        for answer in answers {
            let code = try await code { peer in
                _ = try await peer.request()
                try await peer.send(answer)
            }
            #expect(code == .malformed, "\(answer)")
        }
    }

    @Test func aPeerThatBreaksOffIsClosed() async throws {
        let halves = [
            "", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        ]
        for half in halves {
            let code = try await code { peer in
                _ = try await peer.request()
                if !half.isEmpty { try await peer.send(half) }
            }
            #expect(code == .closed, "\(half)")
        }
    }

    @Test func badChunksAreNotTakenForABody() async throws {
        let code = try await code { peer in
            _ = try await peer.request()
            try await peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n")
        }
        #expect(code != nil)
    }

    @Test func aHugeBodyIsRefusedAndItsConnectionClosed() async throws {
        let sent = Mutex(0)
        try await RawServer.serving { peer, _ in
            _ = try await peer.request()
            try await peer.send("HTTP/1.1 200 OK\r\n\r\n")
            let block = Array(repeating: UInt8(ascii: "x"), count: 65536)
            while true {
                try await peer.send(block)
                sent.withLock { $0 += block.count }
            }
        } _: { server in
            try await withClient { client in
                var limits = WebLimits()
                limits.bodyBytes = 1_000_000
                let request = WebRequest(.get, server.url, deadline: .farAway, limits: limits)
                let code = await errorCode { () throws(WebError) in _ = try await client.reply(to: request) }
                #expect(code == .tooLarge)
                await server.closed.wait()
            }
        }
        #expect(sent.withLock { $0 } < 20_000_000)
    }

    @Test func aBodyBeyondWhatIsCollectedIsRefused() async throws {
        let code = try await code { peer in
            _ = try await peer.request()
            try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcde")
        }
        #expect(code == nil)
        try await RawServer.serving { peer, _ in
            _ = try await peer.request()
            try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcde")
        } _: { server in
            try await withClient { client in
                let request = WebRequest(.get, server.url, deadline: .farAway)
                let code = await errorCode { () throws(WebError) in
                    try await client.withResponse(to: request) { response throws(WebError) in
                        _ = try await response.body.collect(upTo: 4)
                    }
                }
                #expect(code == .tooLarge)
            }
        }
    }

    @Test func aHugeHeadIsRefused() async throws {
        let code = try await code { peer in
            _ = try await peer.request()
            try await peer.send("HTTP/1.1 200 OK\r\n")
            while true { try await peer.send("x-noise: \(String(repeating: "x", count: 1000))\r\n") }
        }
        #expect(code == .tooLarge)
    }

    @Test func anEndlessLineOfTheHeadIsRefused() async throws {
        let code = try await code { peer in
            _ = try await peer.request()
            try await peer.send("HTTP/1.1 200 OK\r\nx-noise: ")
            while true { try await peer.send(String(repeating: "x", count: 10_000)) }
        }
        #expect(code == .tooLarge)
    }

    @Test func aCompressedBodyIsMeasuredUnpacked() async throws {
        // A million zeros, as gzip packs them.
        let bomb: [UInt8] =
            [
                0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xed, 0xc1, 1, 1, 0, 0, 0, 0x82, 0x20, 0xff, 0xaf, 0x6e, 0x48, 0x40,
                1,
            ]
            + Array(repeating: 0, count: 968) + [0xaf, 6, 0x9e, 0xcb, 0x79, 0x12, 0x40, 0x42, 0x0f, 0]
        let script: @Sendable (RawServer.Peer, RawServer) async throws -> Void = { peer, _ in
            while try await peer.request() != nil {
                try await peer.send(
                    "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: \(bomb.count)\r\n\r\n"
                )
                try await peer.send(bomb)
            }
        }
        try await RawServer.serving(script) { server in
            try await withClient { client in
                var request = WebRequest(.get, server.url, deadline: .farAway)
                request.acceptsCompression = true
                let whole = try await client.reply(to: request)
                #expect(whole.body.count == 1_000_000)
                request.limits.bodyBytes = 100_000
                let small = request
                let code = await errorCode { () throws(WebError) in _ = try await client.reply(to: small) }
                #expect(code == .tooLarge)
            }
        }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab"])
    func theDeadlineAbortsWhereverTheResponseIs(sent: String) async throws {
        try await RawServer.serving { peer, _ in
            _ = try await peer.request()
            if !sent.isEmpty { try await peer.send(sent) }
            await peer.closed()
        } _: { server in
            try await withClient { client in
                let start = ContinuousClock.now
                let request = WebRequest(.get, server.url, deadline: start + .seconds(1))
                let code = await errorCode { () throws(WebError) in _ = try await client.reply(to: request) }
                let took = ContinuousClock.now - start
                #expect(code == .deadline)
                #expect(took > .milliseconds(990) && took < .seconds(5), "\(took)")
                await server.closed.wait()
            }
        }
    }

    /// Over TLS transfers wait for the first one's connection, to share it: here that never comes.
    @Test func theDeadlineCountsForTransfersThatWaitForAnothersConnection() async throws {
        try await RawServer.serving { peer, server in
            server.requests.add()
            await peer.closed()
        } _: { server in
            var settings = WebClient.Settings()
            settings.connectTimeout = .seconds(30)
            try await withClient(settings) { client in
                let url = server.url.replacing("http:", with: "https:")
                await withTaskGroup(of: Void.self) { first in
                    first.addTask {
                        _ = try? await client.reply(to: WebRequest(.get, url, deadline: .farAway))
                    }
                    await server.requests.wait()
                    let start = ContinuousClock.now
                    let codes = await withTaskGroup(of: WebError.Code?.self) { group in
                        for _ in 0..<3 {
                            group.addTask {
                                let request = WebRequest(.get, url, deadline: start + .milliseconds(300))
                                return await errorCode { () throws(WebError) in _ = try await client.reply(to: request)
                                }
                            }
                        }
                        return await group.reduce(into: []) { $0.append($1) }
                    }
                    #expect(codes == [.deadline, .deadline, .deadline])
                    #expect(ContinuousClock.now - start < .seconds(5))
                    #expect(server.connected.count == 1)
                    first.cancelAll()
                }
            }
        }
    }

    @Test func aDeadlineThatHasPassedSendsNothing() async throws {
        try await RawServer.serving { _, _ in
        } _: { server in
            try await withClient { client in
                let request = WebRequest(.get, server.url, deadline: .now - .seconds(1))
                let code = await errorCode { () throws(WebError) in _ = try await client.reply(to: request) }
                #expect(code == .deadline)
            }
            #expect(server.connected.count == 0)
        }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab"])
    func aCancelledTaskClosesTheConnection(sent: String) async throws {
        try await RawServer.serving { peer, server in
            _ = try await peer.request()
            if !sent.isEmpty { try await peer.send(sent) }
            server.requests.add()
            await peer.closed()
        } _: { server in
            try await withClient { client in
                let request = WebRequest(.get, server.url, deadline: .farAway)
                let code = await withTaskGroup(of: WebError.Code?.self) { group in
                    group.addTask {
                        await errorCode { () throws(WebError) in _ = try await client.reply(to: request) }
                    }
                    await server.requests.wait()
                    group.cancelAll()
                    return await group.next() ?? nil
                }
                #expect(code == .cancelled)
                await server.closed.wait()
            }
        }
    }

    @Test func leavingTheScopeClosesTheConnection() async throws {
        try await RawServer.serving { peer, _ in
            _ = try await peer.request()
            try await peer.send("HTTP/1.1 200 OK\r\n\r\nab")
            await peer.closed()
        } _: { server in
            try await withClient { client in
                let request = WebRequest(.get, server.url, deadline: .farAway)
                let status = try await client.withResponse(to: request) { response throws(WebError) in response.status }
                #expect(status == 200)
                await server.closed.wait()
            }
        }
    }

    @Test func moreTransfersThanAllowedAreRefused() async throws {
        try await RawServer.serving { peer, server in
            _ = try await peer.request()
            server.requests.add()
            await peer.closed()
        } _: { server in
            var settings = WebClient.Settings()
            settings.transfers = 2
            try await withClient(settings) { client in
                let request = WebRequest(.get, server.url, deadline: .farAway)
                await withTaskGroup(of: WebError.Code?.self) { group in
                    for _ in 0..<2 {
                        group.addTask {
                            await errorCode { () throws(WebError) in _ = try await client.reply(to: request) }
                        }
                    }
                    await server.requests.wait(for: 2)
                    let refused = await errorCode { () throws(WebError) in
                        _ = try await client.reply(to: request)
                    }
                    #expect(refused == .overloaded)
                    group.cancelAll()
                    for await code in group { #expect(code == .cancelled) }
                }
                // What was cancelled makes room again.
                while client.inFlight > 0 { await Task.yield() }
            }
        }
    }

    @Test func stoppingTheClientFailsWhatIsInFlight() async throws {
        try await RawServer.serving { peer, server in
            _ = try await peer.request()
            server.requests.add()
            await peer.closed()
        } _: { server in
            let client = WebClient(logger: .quiet)
            let request = WebRequest(.get, server.url, deadline: .farAway)
            let code = await withTaskGroup(of: WebError.Code?.self) { group in
                group.addTask {
                    await withTaskGroup(of: Void.self) { inner in
                        inner.addTask { try? await client.run() }
                        await server.requests.wait()
                        inner.cancelAll()
                    }
                    return nil
                }
                group.addTask {
                    await errorCode { () throws(WebError) in _ = try await client.reply(to: request) }
                }
                var codes: [WebError.Code?] = []
                for await code in group { codes.append(code) }
                return codes.compactMap { $0 }
            }
            #expect(code == [.stopped])
        }
    }
}
