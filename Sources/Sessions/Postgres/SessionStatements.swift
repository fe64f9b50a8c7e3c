/// What `PostgresSessionStore` asks the server. The texts are constant, so that each connection prepares them once.
enum SessionStatements {
    static let look = text(PackageResources.look_sql)
    static let load = text(PackageResources.load_sql)
    static let answer = text(PackageResources.answer_sql)

    /// Those that write a control take what else belongs to the event along.
    static let write = text(PackageResources.write_sql, PackageResources.effects_sql)
    static let commit = text(PackageResources.commit_sql, PackageResources.effects_sql)
    static let clear = text(
        PackageResources.clear_sql,
        PackageResources.session_runs_sql,
        PackageResources.forget_chosen_sql,
        PackageResources.effects_sql
    )

    /// `$1` the number that the page goes on below, `$2` how many. The newest first: a list ends although sessions come.
    static let list = text(PackageResources.describe_sql) + "s.number < $1 ORDER BY s.number DESC LIMIT $2"
    /// `$3` the owner.
    static let listOwned =
        text(PackageResources.describe_sql) + "s.owner = $3 AND s.number < $1 ORDER BY s.number DESC LIMIT $2"
    /// `$1` ids.
    static let listNamed = text(PackageResources.describe_sql) + "s.id = ANY ($1::text[])"

    static let countExpired = text(PackageResources.count_expired_sql)
    static let endExpired = text(PackageResources.end_expired_sql)
    static let forgetUnneeded = text(PackageResources.forget_unneeded_sql)
    static let forgetAnswers = text(PackageResources.forget_answers_sql)
    /// `$1` principal. Of a turn under way, and of what a lost worker had done, only the control tells whose it is.
    static let owned = """
        SELECT id FROM parley.sessions
        WHERE $1 IN (owner, control #>> '{holder,principal}', control #>> '{journal,owner}')
        """
    static let forgetPrincipal = text(PackageResources.forget_principal_sql)
    static let check = text(PackageResources.check_sql)

    static func text(_ parts: [UInt8]...) -> String {
        String(decoding: parts.joined(), as: UTF8.self)
    }
}
