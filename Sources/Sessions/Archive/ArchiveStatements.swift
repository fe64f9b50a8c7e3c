/// What ``PostgresArchive`` asks the server.
enum ArchiveStatements {
    static let take = text(PackageResources.archive_take_sql)
    /// `$1` position, `$2` entry.
    static let putAside = "SELECT parley_archive.put_aside($1::bigint, $2::bytea, 'refused by the server')"
    static let mark = "SELECT parley_archive.take(parley_archive.now(), 0, $1::bytea)"
    static let conversation = text(PackageResources.archive_conversation_sql)
    static let beginErasure = text(PackageResources.archive_begin_erasure_sql)
    static let eraseSome = text(PackageResources.archive_erase_some_sql)
    static let receipt = text(PackageResources.archive_receipt_sql)
    static let sessionsOfOwner = text(PackageResources.archive_sessions_sql)
    static let expire = text(PackageResources.archive_expire_sql)

    static let sessions = text(PackageResources.ask_sessions_sql)
    static let turns = text(PackageResources.ask_turns_sql)
    static let gaps = text(PackageResources.ask_gaps_sql)
    static let usage = text(PackageResources.ask_usage_sql)
    static let toolCalls = text(PackageResources.ask_tools_sql)
    static let transcript = text(PackageResources.ask_transcript_sql)

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
