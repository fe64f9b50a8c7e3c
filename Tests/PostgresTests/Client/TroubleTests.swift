import Foundation
import Logging
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Postgres

/// The client against servers that stall, die or talk nonsense: an error in bounded time, and back by itself.
@Suite(.serialized, .timeLimit(.minutes(2))) struct TroubleTests {
    @Test func aPausedServerTimesOutAndComesBack() async throws {
        try await PostgresServer.with { server in
            let configuration = try server.configuration {
                $0.statementTimeoutMilliseconds = 300
                $0.waitTimeoutMilliseconds = 400
                $0.connectTimeoutMilliseconds = 300
            }
            try await withClient(configuration) { client in
                _ = await recovery(of: client)
                server.pause()
                let start = ContinuousClock.now
                let codes = await withTaskGroup(of: PostgresError.Code?.self) { group in
                    for _ in 0..<50 { group.addTask { await failure { _ = try await client.query("SELECT 1") }?.code } }
                    return await group.reduce(into: Set<PostgresError.Code?>()) { $0.insert($1) }
                }
                #expect(codes.isSubset(of: [.timeout, .unavailable]))
                #expect(codes.contains(.timeout))
                #expect(ContinuousClock.now - start < .seconds(5))
                server.resume()
                let recovery = await recovery(of: client)
                print("paused server: back after \(recovery)")
                #expect(recovery < .seconds(10))
            }
        }
    }

    @Test func aKilledServerFailsFastAndComesBack() async throws {
        try await PostgresServer.with { server in
            try await withClient(server.configuration()) { client in
                for round in 1...3 {
                    try await fill(client)
                    await server.kill()
                    #expect(await failure { _ = try await client.query("SELECT 1") } != nil)
                    let start = ContinuousClock.now
                    for _ in 0..<20 {
                        #expect(await failure { _ = try await client.query("SELECT 1") }?.code == .unavailable)
                    }
                    #expect(
                        ContinuousClock.now - start < .seconds(5),
                        "a server known to be down answers at once"
                    )
                    try await server.start()
                    let recovery = await recovery(of: client)
                    print("killed server, round \(round): back after \(recovery)")
                    #expect(recovery < .seconds(8))
                }
            }
        }
    }

    /// A server that does not even take the statement.
    @Test func aLargeStatementToAPausedServerTimesOut() async throws {
        try await PostgresServer.with { server in
            let configuration = try server.configuration { $0.statementTimeoutMilliseconds = 500 }
            try await withClient(configuration) { client in
                _ = await recovery(of: client)
                server.pause()
                let start = ContinuousClock.now
                let large = PostgresParameter.bytes([UInt8](repeating: 7, count: 32 * 1024 * 1024))
                let error = await failure { _ = try await client.query("SELECT length($1::bytea)", [large]) }
                #expect(error?.code == .timeout)
                #expect(ContinuousClock.now - start < .seconds(5))
                server.resume()
                let recovery = await recovery(of: client)
                #expect(recovery < .seconds(8))
                let late = await failure { _ = try await client.query("SELECT 1", deadline: .now) }
                #expect(late?.code == .timeout && late?.outcomeUnknown == false)
            }
        }
    }

    /// Idle connections that the server has ended are noticed before they are lent.
    @Test func aRestartBetweenTwoStatementsIsNotNoticed() async throws {
        try await PostgresServer.with { server in
            try await withClient(server.configuration()) { client in
                try await fill(client)
                await server.stop()
                try await server.start()
                try await fill(client)
                await server.kill()
                try await server.start()
                #expect(try await client.query("SELECT 7").single().int(0) == 7)
                // One by one, too.
                try await server.ask(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'parley'"
                )
                #expect(try await client.query("SELECT 8").single().int(0) == 8)
            }
        }
    }

    @Test func callersWaitInOrderWithABoundAndADeadline() async throws {
        try await PostgresServer.with { server in
            let configuration = try server.configuration {
                $0.poolSize = 2
                $0.maximumWaiters = 3
                $0.waitTimeoutMilliseconds = 5000
            }
            try await withClient(configuration) { client in
                _ = await recovery(of: client)
                let (release, held) = (Gate(), Rendezvous(parties: 3))
                let codes = await withTaskGroup(of: [PostgresError.Code?].self) { group in
                    for _ in 0..<2 {
                        group.addTask {
                            _ = await failure {
                                try await client.withConnection { connection throws(PostgresError) in
                                    _ = try await connection.query("SELECT 1")
                                    await held.arrive()
                                    try? await release.wait()
                                }
                            }
                            return []
                        }
                    }
                    await held.arrive()
                    let start = ContinuousClock.now
                    let soon = ContinuousClock.now + .milliseconds(50)
                    #expect(await failure { _ = try await client.query("SELECT 1", deadline: soon) }?.code == .timeout)
                    #expect(ContinuousClock.now - start < .seconds(4))
                    let codes = await withTaskGroup(of: PostgresError.Code?.self) { group in
                        for _ in 0..<10 {
                            group.addTask { await failure { _ = try await client.query("SELECT 1") }?.code }
                        }
                        return await group.reduce(into: []) { $0.append($1) }
                    }
                    release.open()
                    return codes
                }
                #expect(codes.count { $0 == .overloaded } == 7)
                #expect(codes.count { $0 == .timeout } == 3)
                // Places come free again.
                _ = try await client.query("SELECT 1")
            }
        }
    }

    @Test func aServerWithoutRoomIsSharedByWhoIsIn() async throws {
        try await PostgresServer.with(["max_connections=6", "superuser_reserved_connections=0"]) { server in
            try await withClient(server.configuration()) { client in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<200 {
                        group.addTask {
                            try await client.query("SELECT $1::int8, pg_sleep(0.005)::text", [.integer(number)])
                                .single().int(0)
                        }
                    }
                    let sum = try await group.reduce(0, +)
                    #expect(sum == 199 * 100)
                }
            }
        }
    }

    /// What a peer says that is no PostgreSQL.
    @Test(arguments: [
        "", "HTTP/1.1 400 Bad Request\r\n\r\n", "E", "N", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
    ])
    func garbageIsNoConnection(_ answer: String) async throws {
        try await withFakeServer(answer) { port in
            let url = "postgresql://u:secret@127.0.0.1:\(port)/d"
            var configuration = try PostgresConfiguration(patient: url)
            configuration.connectTimeoutMilliseconds = 300
            try await withClient(configuration) { client in
                let start = ContinuousClock.now
                let error = await failure { _ = try await client.query("SELECT 1") }
                #expect(error?.code == .unavailable)
                #expect(ContinuousClock.now - start < .seconds(5))
            }
        }
    }

    @Test func aConnectionEndsWithItsScope() async throws {
        try await PostgresServer.with { server in
            try await withClient(server.configuration()) { client in
                var kept: PostgresConnection?
                try await client.withConnection { connection throws(PostgresError) in kept = connection }
                let connection = try #require(kept)
                #expect(await failure { _ = try await connection.query("SELECT 1") }?.code == .misuse)
                #expect(await failure { try await connection.execute("SELECT 1") }?.code == .misuse)
            }
        }
    }

    /// Uses all connections of the pool at once.
    private func fill(_ client: PostgresClient) async throws {
        let all = Rendezvous(parties: client.configuration.poolSize)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<client.configuration.poolSize {
                group.addTask {
                    try await client.withConnection { connection throws(PostgresError) in
                        await all.arrive()
                        _ = try await connection.query("SELECT 1")
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// A server that accepts connections and answers what comes first with `answer`, and then says nothing more.
private func withFakeServer<Result>(_ answer: String, _ body: (Int) async throws -> Result) async throws -> Result {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Answering(answer))
            }
        }
        .bind(host: "127.0.0.1", port: 0).get()
    do {
        let result = try await body(channel.localAddress?.port ?? 0)
        try await channel.close().get()
        return result
    } catch {
        try await channel.close().get()
        throw error
    }
}

private final class Answering: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var answer: String?

    init(_ answer: String) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let text = answer else { return }
        answer = nil
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }
}
