/// What ``PostgresArchive`` asks the server.
enum ArchiveStatements {
    static let take = text(PackageResources.archive_take_sql)
    static let mark = "SELECT parley_archive.take(parley_archive.now(), 0, $1::bytea)"
    static let conversation = text(PackageResources.archive_conversation_sql)
    static let erase = text(PackageResources.archive_erase_sql)
    static let expire = text(PackageResources.archive_expire_sql)

    static let sessions = text(PackageResources.ask_sessions_sql)
    static let turns = text(PackageResources.ask_turns_sql)
    static let gaps = text(PackageResources.ask_gaps_sql)
    static let usage = text(PackageResources.ask_usage_sql)
    static let toolCalls = text(PackageResources.ask_tools_sql)
    static let transcript = text(PackageResources.ask_transcript_sql)

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
