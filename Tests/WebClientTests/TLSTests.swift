import TestSupport
import Testing
import WebClient

/// TLS and HTTP/2, against nginx with a certificate of an authority of its own.
@Suite(.timeLimit(.minutes(1))) struct TLSTests {
    private struct Server {
        var url: String
        /// The same without HTTP/2.
        var olderURL: String
        var authority: String
    }

    private static let line = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n"
    private static let size = 24 * 1024 * 1024

    private func withServer(_ use: (Server) async throws -> Void) async throws {
        let directory = try TemporaryDirectory("nginx")
        let certificates = try await TestCertificates(in: directory)
        let port = try FreePort.reserve()
        let olderPort = try FreePort.reserve()
        try directory.write("hi", to: "small")
        try directory.write(String(repeating: Self.line, count: Self.size / 64), to: "big")
        try directory.write(
            """
            daemon off; master_process off; pid \(directory.file("nginx.pid")); error_log stderr;
            events {}
            http {
                access_log off; client_body_temp_path \(directory.path); proxy_temp_path \(directory.path);
                fastcgi_temp_path \(directory.path); uwsgi_temp_path \(directory.path);
                scgi_temp_path \(directory.path); root \(directory.path);
                add_header x-protocol $server_protocol; add_header x-connection $connection;
                ssl_certificate \(certificates.certificate); ssl_certificate_key \(certificates.key);
                server { listen 127.0.0.1:\(port) ssl http2; }
                server { listen 127.0.0.1:\(olderPort) ssl; }
            }
            """,
            to: "nginx.conf"
        )
        let nginx = try ChildProcess(
            "nginx",
            ["-c", directory.file("nginx.conf"), "-p", directory.path, "-e", "stderr"],
            outputPath: directory.file("nginx.log")
        )
        try await nginx.waitUntilListening(on: port)
        do {
            try await use(
                Server(
                    url: "https://127.0.0.1:\(port)",
                    olderURL: "https://127.0.0.1:\(olderPort)",
                    authority: certificates.authority
                )
            )
        } catch {
            await nginx.stop()
            throw error
        }
        await nginx.stop()
    }

    private func settings(trusting server: Server) -> WebClient.Settings {
        var settings = WebClient.Settings()
        settings.certificateAuthorities = server.authority
        return settings
    }

    @Test func anUnknownAuthorityIsNotTrusted() async throws {
        try await withServer { server in
            try await withClient { client in
                let request = WebRequest(.get, server.url + "/small", deadline: .farAway)
                let code = await errorCode { () throws(WebError) in _ = try await client.reply(to: request) }
                #expect(code == .tls)
            }
        }
    }

    @Test func aCertificateForAnotherNameIsNotTrusted() async throws {
        try await withServer { server in
            try await withClient(settings(trusting: server)) { client in
                let url = server.url.replacing("127.0.0.1", with: "127.0.0.1.nip.invalid")
                let other = server.url.replacing("127.0.0.1", with: "0.0.0.0")
                for (url, expected) in [(url, WebError.Code.connect), (other, .tls)] {
                    let request = WebRequest(.get, url, deadline: .farAway)
                    let code = await errorCode { () throws(WebError) in _ = try await client.reply(to: request) }
                    #expect(code == expected)
                }
            }
        }
    }

    @Test func manyRequestsShareOneConnectionOfHTTP2() async throws {
        try await withServer { server in
            try await withClient(settings(trusting: server)) { client in
                let connections = try await withThrowingTaskGroup(of: WebReply.self) { group in
                    for _ in 0..<100 {
                        group.addTask {
                            try await client.reply(to: WebRequest(.get, server.url + "/small", deadline: .farAway))
                        }
                    }
                    var connections: Set<String?> = []
                    for try await reply in group {
                        #expect(reply.body == Array("hi".utf8))
                        #expect(reply.headers["x-protocol"] == "HTTP/2.0")
                        connections.insert(reply.headers["x-connection"])
                    }
                    return connections
                }
                #expect(connections.count == 1)
            }
        }
    }

    @Test(arguments: [true, false]) func aSlowReaderGetsEveryByteAndHoldsUpNobody(isHTTP2: Bool) async throws {
        try await withServer { server in
            let url = isHTTP2 ? server.url : server.olderURL
            try await withClient(settings(trusting: server)) { client in
                var limits = WebLimits()
                limits.bodyBytes = Self.size
                let request = WebRequest(.get, url + "/big", deadline: .farAway, limits: limits)
                let small = WebRequest(.get, url + "/small", deadline: .farAway)
                let (count, isWhole) = try await client.withResponse(to: request) { response throws(WebError) in
                    var body = response.body.makeAsyncIterator()
                    var count = 0
                    var isWhole = true
                    var round = 0
                    while let chunk = try await body.next() {
                        isWhole = isWhole && Self.isExpected(chunk, at: count)
                        count += chunk.count
                        round += 1
                        // While this reader is busy elsewhere, others go on.
                        if round % 50 == 1 { _ = try await client.reply(to: small) }
                    }
                    return (count, isWhole)
                }
                #expect(count == Self.size)
                #expect(isWhole)
            }
        }
    }

    private static let pattern = Array(String(repeating: line, count: 4096).utf8)

    private static func isExpected(_ chunk: [UInt8], at index: Int) -> Bool {
        let step = pattern.count - line.utf8.count
        return stride(from: 0, to: chunk.count, by: step).allSatisfy { start in
            let piece = chunk[start..<min(start + step, chunk.count)]
            let offset = (index + start) % line.utf8.count
            return piece == pattern[offset..<offset + piece.count]
        }
    }
}
