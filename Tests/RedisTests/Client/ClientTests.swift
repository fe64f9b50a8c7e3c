import Foundation
import Logging
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Redis

/// The client against a real server that does what it should.
@Suite(.timeLimit(.minutes(1))) struct ClientTests {
    @Test func pipelinesOverEveryEventLoop() async throws {
        try await RedisServer.with { server in
            let loops = MultiThreadedEventLoopGroup.singleton
            try await withClient(server.configuration(), eventLoopGroup: loops) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<2000 {
                        group.addTask {
                            let answer = try await client.text("ECHO", number)
                            #expect(answer == "\(number)")
                        }
                    }
                    try await group.waitForAll()
                }
                let connections = try await client.text("CLIENT", "LIST").split(separator: "\n")
                #expect(connections.filter { $0.contains("name=parley ") }.count == System.coreCount)
            }
        }
    }

    @Test func carriesAMegabyteBothWays() async throws {
        try await RedisServer.with { server in
            try await withClient(server.configuration()) { client in
                let value = (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                _ = try await client.send(RedisCommand("SET", "k", value))
                let stored = try await client.send(RedisCommand("GET", "k")).bytes()
                #expect(stored.elementsEqual(value))
            }
        }
    }

    @Test func logsInAndSelects() async throws {
        try await RedisServer.with(["requirepass secret", "user app on >pw ~* +@all"]) { server in
            for url in ["redis://:secret@127.0.0.1:\(server.port)/5", "redis://app:pw@127.0.0.1:\(server.port)/5"] {
                try await withClient(RedisConfiguration(patient: url)) { client in
                    let description = try await client.text("CLIENT", "INFO")
                    #expect(description.contains(" db=5 "))
                    #expect(description.contains(" name=parley "))
                }
            }
        }
    }

    @Test(arguments: [":wrong@", "nobody:secret@", ""])
    func aWrongPasswordIsSaidClearly(login: String) async throws {
        try await RedisServer.with(["requirepass secret"]) { server in
            try await withClient(RedisConfiguration(patient: "redis://\(login)127.0.0.1:\(server.port)")) { client in
                let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("PING")) }
                #expect(error?.code == .unavailable)
                let text = "\(try #require(error))"
                #expect(text.contains(login.isEmpty ? "NOAUTH" : "WRONGPASS"))
                #expect(!text.contains("wrong@"))
                #expect(!text.contains("secret"))
            }
        }
    }

    @Test func speaksTLSAndVerifies() async throws {
        try await RedisServer.with(tls: true) { server in
            let authority = try #require(server.certificates).authority
            let port = try #require(server.tlsPort)
            for host in ["localhost", "127.0.0.1"] {
                var configuration = try RedisConfiguration(patient: "rediss://\(host):\(port)")
                configuration.tls?.authorityFile = authority
                try await withClient(configuration) { client in
                    let answer = try await client.text("PING")
                    #expect(answer == "PONG")
                }
            }
            // Signed by nobody whom the system trusts.
            try await withClient(RedisConfiguration(patient: "rediss://localhost:\(port)")) { client in
                #expect(await code { _ = try await client.send(RedisCommand("PING")) } == .unavailable)
            }
        }
    }

    @Test func anAuthorityFileThatIsNotThereStopsTheStart() throws {
        var configuration = try RedisConfiguration(patient: "rediss://localhost")
        configuration.tls?.authorityFile = "/does/not/exist.pem"
        let error = #expect(throws: RedisError.self) { try RedisClient(configuration, logger: Logger(label: "test")) }
        #expect(error?.code == .invalidConfiguration)
    }

    @Test func bringsScriptsBackAfterAFlush() async throws {
        try await RedisServer.with { server in
            try await withClient(server.configuration()) { client in
                let script = RedisScript(Array("return {KEYS[1], ARGV[1]}".utf8))
                let expected = RedisReply.array([.bulk(Array("k".utf8)), .bulk(Array("5".utf8))])
                for _ in 0..<2 {
                    #expect(try await client.eval(script, keys: ["k"], arguments: [5]) == expected)
                    #expect(try await client.eval(script, keys: ["k"], arguments: [5]) == expected)
                    _ = try await client.send(RedisCommand("SCRIPT", "FLUSH"))
                }
                let broken = RedisScript(Array("return redis.call('GET'".utf8))
                #expect(await code { _ = try await client.eval(broken, keys: []) } == .server("ERR"))
            }
        }
    }

    @Test func aClusterIsNotSupportedYet() async throws {
        // By default the nodes' own port lies where outgoing connections have theirs.
        let ports = ["cluster-enabled yes", "cluster-port \(try FreePort.reserve())"]
        try await RedisServer.with(ports) { server in
            try await withClient(server.configuration()) { client in
                #expect(await code { _ = try await client.send(RedisCommand("GET", "k")) } == .clusterUnsupported)
            }
        }
    }

    @Test func refusalsOfTheServerKeepTheirNames() async throws {
        try await RedisServer.with(["maxmemory 1"]) { server in
            try await withClient(server.configuration()) { client in
                #expect(await code { _ = try await client.send(RedisCommand("SET", "k", "v")) } == .server("OOM"))
            }
        }
        try await RedisServer.with(["replicaof 127.0.0.1 1"]) { server in
            try await withClient(server.configuration()) { client in
                #expect(await code { _ = try await client.send(RedisCommand("SET", "k", "v")) } == .server("READONLY"))
            }
        }
    }
}
