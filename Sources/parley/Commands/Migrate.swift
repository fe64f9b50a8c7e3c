import Agent
import ArgumentParser
import Configuration
import Logging
import Postgres
import Sessions

/// `parley migrate`: gives a database the tables that this program works with.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take the PostgreSQL database to the schema of this program.",
        discussion: """
            Applies what is missing, each step in a transaction, and nothing when the schema is up to date. Several may run \
            at once. The user needs the right to create a schema, or to own one named parley. Exit status: 0 done, or up \
            to date; 1 wrong settings, a schema that is newer than this program, or with --check one that is not up to \
            date; 69 the database does not serve.
            """
    )

    @Option(
        help: "postgres[ql]://user[:password]@host[:port]/database. Prefer DATABASE_URL: flags can be seen by others."
    )
    var databaseURL: String?
    @Flag(help: "Only say which version the database has.")
    var check = false

    /// What one step may take.
    private static let patience = Duration.seconds(600)

    func run() async throws {
        let flags = InMemoryProvider(flags: [(.databaseURL, databaseURL)])
        let settings = SettingsReader(try await ConfigReader.settings(flags))
        guard var configuration = try settings.database() else {
            throw SettingsError(name: .databaseURL, message: "is not set")
        }
        configuration.statementTimeoutMilliseconds = Int(Self.patience / .milliseconds(1))
        // What goes wrong is in the error.
        let quiet = Logger(label: "parley.migrate") { _ in SwiftLogNoOpLogHandler() }
        let client = try PostgresClient(configuration, logger: quiet)
        let outcome = await withTaskGroup(of: Void.self) { group in
            group.addTask { await client.run() }
            defer { group.cancelAll() }
            return await Result { () async throws(StoreError) in
                check ? try await Outcome(checking: client) : try await Outcome(migrating: client)
            }
        }
        switch outcome {
        case .success(let outcome):
            StandardStream.output.write(Array((outcome.text + "\n").utf8))
            if !outcome.isUpToDate { throw ExitCode(OperatorError.failed) }
        case .failure(let error):
            let failure = OperatorError(migrating: error)
            StandardStream.error.write(Array("Error: \(failure.message)\n".utf8))
            throw ExitCode(failure.exitStatus)
        }
    }

    /// What there is to tell.
    private struct Outcome {
        var text: String
        var isUpToDate = true

        private static var upToDate: Self {
            Self(text: "The schema is up to date: version \(PostgresMigrations.newest)")
        }

        init(text: String, isUpToDate: Bool = true) {
            self.text = text
            self.isUpToDate = isUpToDate
        }

        init(migrating client: PostgresClient) async throws(StoreError) {
            let before = try await PostgresMigrations.apply(client)
            let newest = PostgresMigrations.newest
            self = before == newest ? .upToDate : Self(text: "The schema went from version \(before) to \(newest)")
        }

        init(checking client: PostgresClient) async throws(StoreError) {
            let version = try await PostgresMigrations.version(client)
            let newest = PostgresMigrations.newest
            if version > newest { throw PostgresMigrations.tooNew(version) }
            self =
                version == newest
                ? .upToDate
                : Self(text: "The schema has version \(version), this program needs \(newest)", isUpToDate: false)
        }
    }
}

extension OperatorError {
    /// What the database itself says tells an operator more than what the store makes of it.
    fileprivate init(migrating error: StoreError) {
        guard let cause = error.underlying as? PostgresError else {
            self.init(error.message)
            return
        }
        let isAway = [.unavailable, .timeout, .connectionClosed].contains(cause.code)
        self.init(cause.message, exitStatus: isAway ? Self.unavailable : Self.failed)
    }
}
