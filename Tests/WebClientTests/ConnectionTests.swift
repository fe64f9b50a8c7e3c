import Glibc
import Synchronization
import TestSupport
import Testing
import WebClient

/// Kept connections that turn out to be dead, and readers that are slower than their peer.
@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
    private static let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"

    @Test func anIdleConnectionThatTheServerClosedIsReplaced() async throws {
        try await RawServer.serving { peer, _ in
            _ = try await peer.request()
            try await peer.send(Self.ok)
        } _: { server in
            try await withClient { client in
                for round in 1...3 {
                    let request = WebRequest(.post, server.url, body: [1], deadline: .farAway)
                    let reply = try await client.reply(to: request)
                    #expect(reply.status == 200)
                    await server.closed.wait(for: round)
                }
            }
            #expect(server.connected.count == 3)
        }
    }

    /// The server takes the second request on a kept connection, whole, and dies: it may have acted on it.
    @Test(arguments: [
        (WebRequest.Method.post, "{}", false), (.post, "{}", true), (.post, "", false), (.get, "", true),
        (.patch, "{}", false), (.put, "{}", true), (.delete, "", false),
    ])
    func aRequestThatMayHaveArrivedIsRepeatedOnlyIfItMayBe(
        method: WebRequest.Method,
        body: String,
        isRepeatable: Bool
    ) async throws {
        try await RawServer.serving { peer, server in
            while try await peer.request() != nil {
                server.requests.add()
                // The first connection dies with its second request.
                if peer.index == 0, server.requests.count == 2 { return }
                try await peer.send(Self.ok)
            }
        } _: { server in
            try await withClient { client in
                _ = try await client.reply(to: WebRequest(.get, server.url, deadline: .farAway))
                let request = WebRequest(
                    method,
                    server.url,
                    body: Array(body.utf8),
                    deadline: .farAway,
                    isRepeatable: isRepeatable
                )
                let code = await errorCode { () throws(WebError) in _ = try await client.reply(to: request) }
                #expect(code == (isRepeatable || body.isEmpty ? nil : .closed))
            }
            // Without a body it had a connection of its own, which did not die.
            #expect(server.requests.count == (isRepeatable ? 3 : 2))
        }
    }

    @Test func connectionsInUseDoNotCountAsIdle() async throws {
        let release = EventCount()
        try await RawServer.serving { peer, server in
            while let request = try await peer.request() {
                server.requests.add()
                if request.hasPrefix("GET /held") { await release.wait() }
                try await peer.send(Self.ok)
            }
        } _: { server in
            var settings = WebClient.Settings()
            settings.idleConnections = 1
            try await withClient(settings) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            _ = try await client.reply(to: WebRequest(.get, server.url + "/held", deadline: .farAway))
                        }
                    }
                    await server.requests.wait(for: 4)
                    for _ in 0..<3 {
                        _ = try await client.reply(to: WebRequest(.get, server.url, deadline: .farAway))
                    }
                    #expect(server.connected.count == 5)
                    release.add()
                    try await group.waitForAll()
                }
            }
        }
    }

    /// Cutting the network needs rights that a test has not; what the kernel was told can be asked.
    @Test func aPeerThatVanishedIsNoticed() async throws {
        let release = EventCount()
        try await RawServer.serving { peer, server in
            _ = try await peer.request()
            server.requests.add()
            await release.wait()
            try await peer.send(Self.ok)
        } _: { server in
            try await withClient { client in
                async let reply = client.reply(to: WebRequest(.get, server.url, deadline: .farAway))
                await server.requests.wait()
                let isLimited = (0..<CInt(4096)).contains { descriptor in
                    var milliseconds: CInt = 0
                    var size = socklen_t(MemoryLayout<CInt>.size)
                    _ = getsockopt(descriptor, CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, &size)
                    return milliseconds == 10_000
                }
                #expect(isLimited)
                release.add()
                _ = try await reply
            }
        }
    }

    @Test func aSlowReaderHoldsThePeerBack() async throws {
        let size = 64 * 1024 * 1024
        let sent = Mutex(0)
        try await RawServer.serving { peer, _ in
            while let request = try await peer.request() {
                guard request.hasPrefix("GET /big") else {
                    try await peer.send(Self.ok)
                    continue
                }
                try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: \(size)\r\n\r\n")
                let block = Array(repeating: UInt8(ascii: "x"), count: 65536)
                for _ in 0..<(size / block.count) {
                    try await peer.send(block)
                    sent.withLock { $0 += block.count }
                }
            }
        } _: { server in
            try await withClient { client in
                var limits = WebLimits()
                limits.bodyBytes = size
                let big = WebRequest(.get, server.url + "/big", deadline: .farAway, limits: limits)
                let small = WebRequest(.get, server.url, deadline: .farAway)
                let (read, ahead) = try await client.withResponse(to: big) { response throws(WebError) in
                    var body = response.body.makeAsyncIterator()
                    var read = try await body.next()?.count ?? 0
                    // Requests that go through the same server until the peer stands still: it sends all, or is held back.
                    var seen = (bytes: 0, times: 0)
                    while seen.times < 50 {
                        _ = try await client.reply(to: small)
                        let bytes = sent.withLock { $0 }
                        seen = bytes == seen.bytes ? (bytes, seen.times + 1) : (bytes, 0)
                    }
                    let ahead = seen.bytes - read
                    while let chunk = try await body.next() { read += chunk.count }
                    return (read, ahead)
                }
                print(
                    "slow reader: the peer was \(ahead / 1024) KiB ahead when held back, the kernel's buffers included"
                )
                #expect(ahead < size / 2)
                #expect(read == size)
            }
        }
    }

    @Test func aThousandSlowTransfersShareOneThread() async throws {
        let count = 1000
        let release = EventCount()
        try await RawServer.serving { peer, server in
            _ = try await peer.request()
            server.requests.add()
            await release.wait()
            try await peer.send(Self.ok)
        } _: { server in
            try await withClient { client in
                let threads = threadCount()
                let before = residentBytes()
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<count {
                        group.addTask {
                            let body = Array(repeating: UInt8(ascii: "x"), count: 1000)
                            let request = WebRequest(.post, server.url, body: body, deadline: .farAway)
                            return try await client.reply(to: request).status
                        }
                    }
                    await server.requests.wait(for: count)
                    let each = (residentBytes() - before) / count
                    print("\(count) transfers in flight: \(each) bytes each, server's side included")
                    #expect(client.inFlight == count)
                    // The figures are exact only when no other test shares the process, and no sanitizer does.
                    #expect(each < 1024 * 1024)
                    #expect(threadCount() < threads + count / 4)
                    release.add()
                    for try await status in group { #expect(status == 200) }
                }
            }
        }
    }
}
