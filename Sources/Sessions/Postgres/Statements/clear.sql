-- $13 ms for which its runs must not come back, $14 principal, null for all, $15 entry for the archive or null
-- A new control, no history, no answers, no runs.
WITH written AS (
    UPDATE parley.sessions AS s SET
        control = $3::jsonb, owner = $4::text, needed_until = to_timestamp($5::bigint / 1000.0),
        version = s.version + 1, history_version = s.version + 1,
        history = NULL, turns = NULL, created_at = NULL, updated_at = NULL, expires_at = NULL, ttl = NULL,
        token_rate = NULL, turns_cut = NULL
    WHERE s.id = $1::text AND s.version = $2::bigint
    RETURNING
        s.id,
        CASE WHEN $15::bytea IS NOT NULL THEN parley_archive.take(parley_archive.now(), 0, $15::bytea) END
), blanked AS (
    UPDATE parley.answers AS a SET answer = NULL FROM written
    WHERE a.session_id = written.id AND a.answer IS NOT NULL AND a.key <> ALL ($6::text[])
)
, asked AS (
    SELECT $13::bigint AS retention, $14::text AS principal
)
