import Agent
import Foundation
import TestSupport
import Testing

/// One worker with `DATABASE_URL`.
@Suite(.timeLimit(.minutes(2))) struct PostgresWorkerTests {
    private func migrate(_ server: PostgresServer) async throws {
        let (exit, output) = try await ParleyWorker.runToEnd(["migrate", "--database-url", server.url])
        guard exit == .exited(0) else { throw ServerError(output) }
    }

    private func readiness(of worker: ParleyWorker) async throws -> Int {
        try await Phone.using { web in try await Phone(web: web, url: worker.url).get("/ready").status }
    }

    @Test func theStoreIsWhatIsConfiguredAndIsNamed() async throws {
        try await PostgresServer.with { server in
            try await migrate(server)
            let postgresql = server.url
            let postgres = postgresql.replacing("postgresql://", with: "postgres://")
            let bare = postgresql.replacing(/parley:[^@]*@/, with: "parley@")
            let redis = "redis://127.0.0.1:\(try FreePort.reserve())"
            for (settings, arguments, store) in [
                (["DATABASE_URL": postgresql], [], "postgres"),
                (["DATABASE_URL": postgres, "SESSION_STORE": "postgres", "REDIS_URL": redis], [], "postgres"),
                (["DATABASE_URL": postgresql, "REDIS_URL": redis], [], "redis"),
                (["DATABASE_URL": postgresql, "SESSION_STORE": "memory"], [], "memory"),
                (["SESSION_STORE": "postgres"], ["--database-url", postgresql], "postgres"),
                (["DATABASE_URL": bare, "PGPASSWORD": PostgresServer.password], [], "postgres"),
            ] as [([String: String], [String], String)] {
                try await ParleyWorker.with(settings, arguments: arguments) { worker in
                    try await Phone.using { web in
                        let phone = Phone(web: web, url: worker.url, session: "s")
                        let health = try await phone.get("/health")
                        #expect(health.json["store"] == .string(store))
                        guard store == "postgres" else { return }
                        #expect(try await phone.get("/ready").status == 200)
                        #expect(try await phone.say("Hello").status == 200)
                    }
                    try await worker.process.waitUntil { worker.output.contains("sessions   \(store)") }
                    #expect(!worker.output.contains("sesame"), "the password")
                }
            }
        }
    }

    /// A worker that cannot use its database starts, says why in one line, and is ready when the database is.
    @Test func aDatabaseWithoutItsSchemaIsSaidAtTheStart() async throws {
        try await PostgresServer.with { server in
            try await ParleyWorker.with(["DATABASE_URL": server.url]) { worker in
                let missing = "The database has no schema parley, or an old one: run parley migrate."
                try await worker.process.waitUntil { worker.output.contains("Send it the first request") }
                #expect(worker.output.split(separator: "\n").count { $0.contains(missing) } == 1, "\(worker.output)")
                try await Phone.using { web in
                    let phone = Phone(web: web, url: worker.url, session: "s")
                    let refused = try await phone.get("/ready")
                    #expect(refused.status == 503 && refused.problem == "store-unavailable")
                    #expect(try await phone.say("Hello").problem == "store-unavailable")
                    #expect(worker.output.split(separator: "\n").count { $0.contains(missing) } > 1, "\(worker.output)")
                    try await migrate(server)
                    #expect(try await phone.get("/ready").status == 200)
                    #expect(try await phone.say("Hello").status == 200)
                    try await server.ask("INSERT INTO parley.schema_version VALUES (1000)")
                    #expect(try await phone.get("/ready").status == 503)
                }
            }
            try await ParleyWorker.with(["DATABASE_URL": server.url]) { worker in
                try await worker.process.waitUntil { worker.output.contains("The database has schema 1000") }
            }
        }
    }

    @Test func aServerThatIsDownDoesNotStopTheStart() async throws {
        let server = try await PostgresServer()
        try await migrate(server)
        await server.stop()
        try await ParleyWorker.with(["DATABASE_URL": server.url]) { worker in
            try await Phone.using { web in
                let phone = Phone(web: web, url: worker.url, session: "s")
                #expect(try await phone.get("/ready").status == 503)
                #expect(worker.output.contains("PostgreSQL does not serve"), "\(worker.output)")
                try await server.start()
                while try await phone.get("/ready").status != 200 { try Task.checkCancellation() }
                #expect(try await phone.say("Hello").status == 200)
            }
        }
        await server.stop()
    }

    @Test func theConnectionIsEncryptedWhenTheURLSaysSo() async throws {
        try await PostgresServer.with(tls: true) { server in
            try await migrate(server)
            let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
            let ours = " WHERE application_name = 'parley'"
            try await ParleyWorker.with(["DATABASE_URL": server.url("sslmode=require")]) { worker in
                let readiness = try await readiness(of: worker)
                #expect(readiness == 200)
                #expect(try await server.ask(encrypted + ours) == "t")
            }
            // Nobody vouches for the certificate.
            try await ParleyWorker.with(["DATABASE_URL": server.url("sslmode=verify-full")]) { worker in
                let readiness = try await readiness(of: worker)
                #expect(readiness == 503)
            }
        }
    }

    @Test func nothingSecretIsKeptInTheDatabaseOrLogs() async throws {
        try await PostgresServer.with { server in
            try await migrate(server)
            try await ParleyWorker.with(["DATABASE_URL": server.url, "LOG_LEVEL": "trace"]) { worker in
                try await Phone.using { web in
                    let phone = Phone(web: web, url: worker.url, session: "canary-session")
                    _ = try await phone.say("Create tasks for Alex", key: "k")
                    #expect(try await phone.say("Alex Smith").status == 200)
                    var rows = ""
                    for table in ["sessions", "answers", "journal_entries", "runs", "run_events", "begun_runs"] {
                        // Bytes are shown as text as far as they are some.
                        rows += try await server.ask("SET bytea_output = 'escape'; TABLE parley.\(table)")
                    }
                    #expect(rows.contains("Alex Smith") && rows.contains("canary-session"))
                    #expect(!rows.contains("canary-auth-token") && !rows.contains("canary-refresh-token"))
                }
                #expect(!worker.output.contains("canary") && !worker.output.contains("sesame"))
            }
            #expect(!server.output.contains("canary"))
        }
    }
}
