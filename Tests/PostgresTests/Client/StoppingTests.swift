import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import Postgres

/// The end of a client: what is under way finishes when there is time, and fails when there is none.
@Suite(.timeLimit(.minutes(2))) struct StoppingTests {
    @Test func aGracefulShutdownLetsStatementsFinish() async throws {
        try await PostgresServer.with { server in
            let configuration = try server.configuration {
                $0.poolSize = 1
                $0.maximumWaiters = 1
            }
            let client = try PostgresClient(configuration, logger: .quiet)
            let group = ServiceGroup(services: [client], logger: .quiet)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                _ = try await client.query("SELECT 1")
                let isUnderWay = Gate()
                // One that has its connection, and one that waits for it.
                tasks.addTask {
                    try await client.withConnection { connection throws(PostgresError) in
                        isUnderWay.open()
                        #expect(try await connection.query("SELECT pg_sleep(3), 5").single().int(1) == 5)
                    }
                }
                try await isUnderWay.wait()
                tasks.addTask {
                    // Who looks whether it waits may stand in its place for a moment.
                    var (six, code): (Int?, PostgresError.Code?)
                    repeat {
                        code = await failure { six = try await client.query("SELECT 6").single().int(0) }?.code
                    } while code == .overloaded
                    #expect(code == nil && six == 6)
                }
                let waits = try await eventually {
                    await failure { _ = try await client.query("SELECT 1", deadline: .now) }?.code == .overloaded
                }
                #expect(waits)
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
            #expect(await failure { _ = try await client.query("SELECT 1") }?.code == .unavailable)
            #expect(try await hasNoClients(server))
        }
    }

    @Test func aCancellationEndsStatementsAtOnce() async throws {
        try await PostgresServer.with { server in
            let client = try PostgresClient(server.configuration(), logger: .quiet)
            let error = try await withThrowingTaskGroup(of: PostgresError?.self) { group in
                let (isUnderWay, runner) = (Gate(), Gate())
                group.addTask {
                    await failure {
                        try await client.withConnection { connection throws(PostgresError) in
                            isUnderWay.open()
                            _ = try await connection.query("SELECT pg_sleep(15)")
                        }
                    }
                }
                await withTaskGroup(of: Void.self) { service in
                    service.addTask {
                        await client.run()
                        runner.open()
                    }
                    try? await isUnderWay.wait()
                    service.cancelAll()
                }
                try await runner.wait()
                return try await group.next() ?? nil
            }
            #expect(error?.code == .connectionClosed)
            #expect(await failure { _ = try await client.query("SELECT 1") }?.code == .unavailable)
            #expect(try await hasNoClients(server))
        }
    }

    private func hasNoClients(_ server: PostgresServer) async throws -> Bool {
        try await eventually {
            try await server.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'parley'") == "0"
        }
    }
}
