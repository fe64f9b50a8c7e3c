import Synchronization
import TestSupport
import Testing
import WebClient

@Suite(.timeLimit(.minutes(1))) struct WebClientTests {
    private static let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nX-One: 1\r\n\r\nhi"

    @Test func aRequestArrivesAsItWasMeant() async throws {
        let seen = Mutex<[String]>([])
        try await RawServer.serving { peer, _ in
            while let request = try await peer.request() {
                seen.withLock { $0.append(request) }
                try await peer.send(Self.ok)
            }
        } _: { server in
            try await withClient { client in
                for (method, body) in [
                    (WebRequest.Method.get, ""), (.post, "{}"), (.post, ""), (.put, "{}"), (.patch, "{}"),
                    (.delete, ""),
                ] {
                    let request = WebRequest(
                        method,
                        server.url + "/a?b=c",
                        headers: ["X-Test": "yes", "X-Empty": ""],
                        body: Array(body.utf8),
                        deadline: .farAway
                    )
                    let reply = try await client.reply(to: request)
                    #expect(reply.status == 200)
                    #expect(reply.headers["x-one"] == "1")
                    #expect(reply.body == Array("hi".utf8))
                }
            }
        }
        let requests = seen.withLock { $0 }
        #expect(requests.map { $0.split(separator: " ")[0] } == ["GET", "POST", "POST", "PUT", "PATCH", "DELETE"])
        for request in requests {
            #expect(request.contains(" /a?b=c HTTP/1.1\r\n"))
            #expect(request.contains("X-Test: yes\r\n"))
            #expect(request.contains("X-Empty:\r\n"))
            #expect(!request.lowercased().contains("expect:"))
            #expect(!request.lowercased().contains("content-type"))
        }
        #expect(requests[1].hasSuffix("\r\n\r\n{}"))
        #expect(requests[2].contains("Content-Length: 0"))
    }

    @Test func connectionsAreKeptAndUsedAgain() async throws {
        try await RawServer.serving { peer, _ in
            while try await peer.request() != nil { try await peer.send(Self.ok) }
        } _: { server in
            try await withClient { client in
                for _ in 0..<5 {
                    _ = try await client.reply(to: WebRequest(.get, server.url, deadline: .farAway))
                }
            }
            #expect(server.connected.count == 1)
        }
    }

    @Test func aBodyStreamsWhileItIsMade() async throws {
        let next = EventCount()
        try await RawServer.serving { peer, _ in
            _ = try await peer.request()
            try await peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            for number in 1...3 {
                try await peer.send("1\r\n\(number)\r\n")
                await next.wait(for: number)
            }
            try await peer.send("0\r\n\r\n")
        } _: { server in
            try await withClient { client in
                try await client.withResponse(to: WebRequest(.get, server.url, deadline: .farAway)) {
                    response throws(WebError) in
                    var chunks: [[UInt8]] = []
                    for try await chunk in response.body {
                        chunks.append(chunk)
                        next.add()
                    }
                    #expect(chunks == [Array("1".utf8), Array("2".utf8), Array("3".utf8)])
                }
            }
        }
    }

    @Test func requestsMadeBeforeTheClientRunsWaitForIt() async throws {
        try await RawServer.serving { peer, _ in
            _ = try await peer.request()
            try await peer.send(Self.ok)
        } _: { server in
            let client = WebClient(logger: .quiet)
            try await withThrowingTaskGroup(of: Int?.self) { group in
                group.addTask { try await client.reply(to: WebRequest(.get, server.url, deadline: .farAway)).status }
                while client.inFlight == 0 { await Task.yield() }
                group.addTask {
                    try await client.run()
                    return nil
                }
                let status = try await group.next()
                #expect(status == 200)
                group.cancelAll()
            }
        }
    }

    @Test func afterItEndedRequestsFail() async throws {
        let client = try await withClient { $0 }
        let request = WebRequest(.get, "http://127.0.0.1:1", deadline: .farAway)
        let code = await errorCode { () throws(WebError) in _ = try await client.reply(to: request) }
        #expect(code == .stopped)
    }

    @Test(arguments: [
        ("http://127.0.0.1:1/secret?key=secret", WebError.Code.connect), ("http://nowhere.invalid/secret", .connect),
        ("gopher://127.0.0.1/secret", .invalid), ("http://secret@127.0.0.1/", .invalid),
        ("http://127.0.0.1:99999/secret", .invalid),
    ])
    func errorsNameTheirKindAndNotTheURL(url: String, expected: WebError.Code) async throws {
        try await withClient { client in
            let error = await #expect(throws: WebError.self) {
                try await client.reply(to: WebRequest(.get, url, deadline: .farAway))
            }
            #expect(error?.code == expected)
            #expect(error?.description.contains("secret") == false)
        }
    }

    @Test func headersThatWouldSmuggleAreRefused() async throws {
        try await withClient { client in
            for (name, value) in [("a", "b\r\nc: d"), ("a b", "c"), ("", "c"), ("a", "b\0")] {
                let request = WebRequest(.get, "http://127.0.0.1:1", headers: [name: value], deadline: .farAway)
                let code = await errorCode { () throws(WebError) in _ = try await client.reply(to: request) }
                #expect(code == .invalid)
            }
        }
    }

    @Test func redirectsAreNotFollowed() async throws {
        try await RawServer.serving { peer, _ in
            _ = try await peer.request()
            try await peer.send("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")
        } _: { server in
            try await withClient { client in
                let reply = try await client.reply(to: WebRequest(.get, server.url, deadline: .farAway))
                #expect(reply.status == 302)
            }
        }
    }
}
