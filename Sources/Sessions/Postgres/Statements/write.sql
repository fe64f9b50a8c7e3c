-- $13 ms that a history lives at least, 0 when it is not wanted, $14 run that begins, null when none does, $15 its
-- principal, $16 ms for which it may be recorded and known
-- A new control, also of a session that has none. Answers, when it is wanted, the history, its version, turns, created,
-- updated, ttl, rate, cut, ms to live, and the entries of the journal, each behind its length in four bytes.
WITH written AS (
    INSERT INTO parley.sessions AS s (id, control, owner, needed_until)
    SELECT $1::text, $3::jsonb, $4::text, to_timestamp($5::bigint / 1000.0)
    -- What was there and was deleted since must be looked at again.
    WHERE $2::bigint IS NULL OR EXISTS (SELECT FROM parley.sessions AS known WHERE known.id = $1)
    ON CONFLICT (id) DO UPDATE SET
        control = excluded.control, owner = excluded.owner, needed_until = excluded.needed_until,
        version = s.version + 1,
        expires_at = CASE
            WHEN s.expires_at > clock_timestamp()
            THEN greatest(s.expires_at, clock_timestamp() + $13::bigint * interval '1 millisecond')
            ELSE s.expires_at
        END
    WHERE s.version = $2
    RETURNING
        s.id,
        CASE
            WHEN $13 > 0 AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp()) THEN s.history
        END AS history,
        s.history_version, s.turns, s.created_at, s.updated_at, s.ttl, s.token_rate, s.turns_cut,
        ceil(extract(epoch FROM s.expires_at - clock_timestamp()) * 1000)::bigint,
        CASE WHEN $13 > 0 THEN (
            SELECT string_agg(int4send(octet_length(e.entry)) || e.entry, ''::bytea ORDER BY e.number)
            FROM parley.journal_entries AS e WHERE e.session_id = $1
        ) END
)
, begun AS (
    -- A clear finds the run by this.
    INSERT INTO parley.begun_runs (run_id, session_id, owner, expires_at)
    SELECT $14::text, written.id, $15::text, clock_timestamp() + $16::bigint * interval '1 millisecond'
    FROM written WHERE $14 IS NOT NULL
    ON CONFLICT (run_id) DO NOTHING
)
