import Logging
import TestSupport
import Testing

@testable import Postgres

/// Who gets in, and what is said to whom does not.
@Suite(.timeLimit(.minutes(2))) struct ConnectTests {
    @Test func logsInAndFollowsTheSocketToTheNextAddress() async throws {
        try await PostgresServer.with { server in
            let closed = try FreePort.reserve()
            let port = server.port
            let single = server.url
            let second = single.replacing("127.0.0.1:\(port)", with: "127.0.0.1:\(closed),127.0.0.1:\(port)")
            // `localhost` is ::1 first, where nothing listens, on machines that have it.
            for url in [single, server.url(host: "localhost"), second] {
                try await withClient(PostgresConfiguration(patient: url)) { client in
                    let row = try await client.query(
                        """
                        SELECT current_user, current_database(), current_setting('application_name'),
                            current_setting('client_encoding'), current_setting('statement_timeout'),
                            current_setting('client_connection_check_interval')
                        """
                    ).single()
                    let seen = try (0...5).map { try row.string($0) }
                    #expect(seen == ["parley", "parley", "parley", "UTF8", "18s", "250ms"])
                }
            }
        }
    }

    @Test func whoDoesNotGetInIsToldWhy() async throws {
        try await PostgresServer.with { server in
            let cases = [
                (server.url(password: "hunter2"), "28P01"), (server.url(user: "nobody"), "28P01"),
                (server.url(database: "missing"), "3D000"), (server.url("sslmode=require"), nil),
                ("postgresql://127.0.0.1:\(try FreePort.reserve())/parley", nil),
            ]
            for (url, state) in cases {
                try await withClient(PostgresConfiguration(patient: url)) { client in
                    let error = await failure { _ = try await client.query("SELECT 1") }
                    #expect(error?.code == .unavailable && error?.sqlState == state, "\(String(describing: error))")
                    #expect(error?.outcomeUnknown == false)
                    let text = error.map { "\($0)" } ?? ""
                    #expect(!text.contains("hunter2") && !text.contains(PostgresServer.password))
                    if state == nil { #expect(text.contains("SSL") || text.contains("refused")) }
                }
            }
        }
    }

    @Test func speaksTLSAndVerifies() async throws {
        let foreign = try await PostgresServer.foreignAuthority()
        try await PostgresServer.with(tls: true) { server in
            let authority = try #require(server.certificates).authority
            for (host, options, isAccepted) in [
                ("127.0.0.1", "sslmode=require", true),
                ("localhost", "sslmode=verify-full&sslrootcert=\(authority)", true),
                ("127.0.0.1", "sslmode=verify-full&sslrootcert=\(authority)", true),
                ("localhost", "sslmode=verify-full&sslrootcert=\(foreign.authority)", false),
                ("localhost", "sslmode=verify-ca&sslrootcert=\(foreign.authority)", false),
                ("localhost", "sslmode=verify-full&sslrootcert=/does/not/exist", false),
                // The certificate names another host than the one that we asked for.
                ("other.example", "hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert=\(authority)", false),
                ("other.example", "hostaddr=127.0.0.1&sslmode=verify-ca&sslrootcert=\(authority)", true),
            ] {
                try await withClient(PostgresConfiguration(patient: server.url(host: host, options))) { client in
                    let error = await failure {
                        let row = try await client.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
                            .single()
                        #expect(try row.bool(0))
                    }
                    #expect(error?.code == (isAccepted ? nil : .unavailable), "\(host) \(options)")
                }
            }
        }
    }
}

extension PostgresServer {
    /// The certificates of somebody else.
    fileprivate static func foreignAuthority() async throws -> (directory: TemporaryDirectory, authority: String) {
        let directory = try TemporaryDirectory("foreign")
        return (directory, try await TestCertificates(in: directory).authority)
    }
}
