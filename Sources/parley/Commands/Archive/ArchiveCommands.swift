import Agent
import ArgumentParser
import Configuration
import FoundationEssentials
import Logging
import Postgres
import ServiceLifecycle
import Sessions

/// `parley archive …`: what operators and auditors ask the archive, in the database itself.
struct ArchiveCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "Ask the archive, continue from it, erase from it.",
        discussion: """
            Reads DATABASE_URL from the environment or from .env; what the commands answer are the views of the schema \
            parley_archive. Exit status: 0 done; 1 wrong settings, or there is nothing of that name; 64 wrong usage; 69 the \
            database, or the session store, does not serve.
            """,
        subcommands: [
            ListArchived.self, ShowArchived.self, ShowUsage.self, ListToolCalls.self, ExportTranscript.self,
            RestoreSession.self, EraseArchived.self,
        ],
        defaultSubcommand: ListArchived.self
    )
}

/// Where the archive is, and who reads the answer.
struct ArchiveOptions: ParsableArguments {
    @Option(
        help: "postgres[ql]://user[:password]@host[:port]/database. Prefer DATABASE_URL: flags can be seen by others."
    )
    var databaseURL: String?
    @Flag(help: "One JSON object a line for programs instead of text for people.")
    var json = false

    /// Runs `body` with the archive. An error ends the program with one line and its exit status.
    func withArchive(_ body: (PostgresArchive) async throws -> Void) async throws {
        let settings = SettingsReader(try await reader)
        guard let configuration = try settings.database() else {
            throw SettingsError(name: .databaseURL, message: "is not set")
        }
        let client = try PostgresClient(configuration, logger: .quiet)
        try await OperatorError.ending {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await client.run() }
                defer { group.cancelAll() }
                try await PostgresMigrations.check(client)
                try await body(PostgresArchive(client: client, outbox: nil, logger: .quiet))
            }
        }
    }

    /// Runs `body` with the archive, what waits for it, and the session store that workers with these settings use.
    func withStore(_ body: (_ store: any SessionStore, _ archive: PostgresArchive) async throws -> Void) async throws {
        let settings = try Settings(reading: try await reader)
        let part = try SessionStorePart(settings, logger: .quiet)
        guard let archive = part.archive else {
            throw SettingsError(name: .archive, message: "must be postgres, as the workers have it")
        }
        try await OperatorError.ending {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for service in part.services { group.addTask { try await service.run() } }
                defer { group.cancelAll() }
                try await part.store.check()
                try await body(part.store, archive)
            }
        }
    }

    private var reader: ConfigReader {
        get async throws { try await .settings(InMemoryProvider(flags: [(.databaseURL, databaseURL)])) }
    }

    func print(_ text: String) { StandardStream.output.write(Array((text + "\n").utf8)) }

    /// Prints rows as they are, or as `table` makes them.
    func print(_ rows: [[UInt8]], as table: ([JSONValue]) -> String) {
        guard json else { return print(table(rows.map { (try? JSONValue(parsing: $0)) ?? .null })) }
        for row in rows { StandardStream.output.write(row + [UInt8(ascii: "\n")]) }
    }
}

extension Logger {
    /// What goes wrong is in the error.
    static var quiet: Logger { Logger(label: "parley.archive") { _ in SwiftLogNoOpLogHandler() } }
}

extension OperatorError {
    /// Runs `body`; what a store throws ends the program with one line.
    static func ending(_ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as StoreError {
            throw ending(Self(error.message, exitStatus: error.code == .unavailable ? unavailable : failed))
        } catch let error as OperatorError {
            throw ending(error)
        }
    }

    private static func ending(_ error: Self) -> ExitCode {
        StandardStream.error.write(Array("Error: \(error.message)\n".utf8))
        return ExitCode(error.exitStatus)
    }
}

/// A day or a moment, UTC: `2026-11-28` or `2026-11-28T20:00:00Z`.
struct Moment: ExpressibleByArgument {
    /// Seconds since 1970.
    let seconds: Int

    init?(argument: String) {
        let text = argument.contains("T") ? argument : argument + "T00:00:00Z"
        guard let date = try? Date(text, strategy: .iso8601) else { return nil }
        seconds = Int(date.timeIntervalSince1970)
    }
}
