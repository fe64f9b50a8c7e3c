-- $13 history, $14 turns, $15 whether the session is new, $16 now in ms, $17 seconds to live, $18 rate, $19 cut,
-- $20 entry for the archive or null
-- A new control together with the history.
WITH written AS (
    UPDATE parley.sessions AS s SET
        control = $3::jsonb, owner = $4::text, needed_until = to_timestamp($5::bigint / 1000.0),
        version = s.version + 1, history_version = s.version + 1,
        history = $13::bytea, turns = $14::bigint,
        created_at = CASE WHEN $15::boolean THEN to_timestamp($16::bigint / 1000.0) ELSE s.created_at END,
        updated_at = to_timestamp($16::bigint / 1000.0),
        expires_at = to_timestamp($16::bigint / 1000.0) + $17::integer * interval '1 second',
        ttl = $17::integer,
        token_rate = CASE WHEN $15::boolean THEN $18::bigint ELSE coalesce($18::bigint, s.token_rate) END,
        turns_cut = $19::bigint
    WHERE s.id = $1::text AND s.version = $2::bigint
    RETURNING
        s.id,
        CASE WHEN $20::bytea IS NOT NULL THEN parley_archive.take(parley_archive.now(), $14::bigint, $20::bytea) END
)
