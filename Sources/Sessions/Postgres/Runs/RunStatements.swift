/// What `PostgresSessionStore` asks the server about runs, each one statement.
enum RunStatements {
    static let record = SessionStatements.text(PackageResources.run_record_sql)
    static let read = SessionStatements.text(PackageResources.run_read_sql)
    static let events = SessionStatements.text(PackageResources.run_events_sql)
    static let cancel = SessionStatements.text(PackageResources.run_cancel_sql)

    static let forget = SessionStatements.text(
        PackageResources.run_forget_sql,
        PackageResources.forget_chosen_sql,
        end
    )
    /// Forgets all runs of a principal.
    static let forgetOwned = SessionStatements.text(
        PackageResources.forget_owned_runs_sql,
        PackageResources.forget_chosen_sql,
        end
    )
    /// Forgets the runs of a session of which nothing else is known.
    static let clear = SessionStatements.text(
        PackageResources.clear_runs_sql,
        PackageResources.session_runs_sql,
        PackageResources.forget_chosen_sql,
        end
    )

    static let forgetExpired = SessionStatements.text(PackageResources.forget_runs_sql)
    static let forgetBegun = SessionStatements.text(PackageResources.forget_begun_runs_sql)

    private static let end = Array("SELECT count(*) FROM chosen".utf8)
}
