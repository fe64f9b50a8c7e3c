-- Of the session that was written: those that `asked.principal` may see. One that begins later is not there yet.
, chosen AS (
    UPDATE parley.begun_runs AS b SET
        is_forgotten = true, expires_at = clock_timestamp() + asked.retention * interval '1 millisecond'
    FROM written, asked
    WHERE b.session_id = written.id AND NOT b.is_forgotten AND b.expires_at > clock_timestamp()
        AND (asked.principal IS NULL OR b.owner = asked.principal)
    RETURNING b.run_id, b.expires_at
)
