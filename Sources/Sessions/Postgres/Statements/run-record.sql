-- $1 run, $2 owner, $3 session, $4 state, $5 whether it is an end, $6 created, $7 started, $8 ended, $9 steps,
-- $10 tool calls, $11 write calls, $12 ms to live, $13 first event to keep, $14 numbers of events, $15 their names,
-- $16 their data
-- Whether the run was forgotten, and whether someone wants it cancelled. A hot run asks this 25 times a second.
WITH asked AS (
    SELECT
        clock_timestamp() AS now, coalesce(min(number), 0) AS oldest, coalesce(max(number), 0) AS newest,
        count(*) > 0 AS has_events,
        EXISTS (
            SELECT FROM parley.begun_runs AS b
            WHERE b.run_id = $1::text AND b.is_forgotten AND b.expires_at > clock_timestamp()
        ) AS is_forgotten
    FROM unnest($14::bigint[]) AS number
), recorded AS (
    INSERT INTO parley.runs AS r (
        id, owner, session_id, state, has_ended, created_at, started_at, ended_at, steps, tool_calls, write_calls,
        first_event, last_event, expires_at
    )
    SELECT
        $1, $2::text, $3::text, $4::text, $5::boolean, $6::bigint, $7::bigint, $8::bigint, $9::integer, $10::integer,
        $11::integer, CASE WHEN has_events THEN $13::bigint ELSE 0 END, newest,
        now + $12::bigint * interval '1 millisecond'
    FROM asked WHERE NOT is_forgotten
    ON CONFLICT (id) DO UPDATE SET
        owner = excluded.owner, session_id = excluded.session_id,
        state = excluded.state, has_ended = excluded.has_ended,
        created_at = excluded.created_at, started_at = excluded.started_at, ended_at = excluded.ended_at,
        steps = excluded.steps, tool_calls = excluded.tool_calls, write_calls = excluded.write_calls,
        -- Nothing is known any more of what has expired, although it may still be there.
        first_event = CASE
            WHEN r.expires_at > clock_timestamp() THEN greatest(r.first_event, excluded.first_event)
            WHEN excluded.last_event > 0 THEN (SELECT oldest FROM asked)
            ELSE r.last_event + 1
        END,
        last_event = CASE
            WHEN r.expires_at > clock_timestamp() THEN greatest(r.last_event, excluded.last_event)
            ELSE excluded.last_event
        END,
        is_cancelled = r.is_cancelled AND r.expires_at > clock_timestamp(),
        expires_at = excluded.expires_at
    -- One that was overtaken by the run's end changes nothing.
    WHERE r.expires_at <= clock_timestamp() OR (r.state <> 'forgotten' AND (excluded.has_ended OR NOT r.has_ended))
    RETURNING r.first_event, r.readers_until, r.is_cancelled AND NOT r.has_ended AS is_cancelled
), added AS (
    INSERT INTO parley.run_events (run_id, number, name, data)
    SELECT $1, given.number, given.name, given.data
    FROM recorded, unnest($14::bigint[], $15::text[], $16::bytea[]) AS given (number, name, data)
    WHERE given.number >= recorded.first_event
    ON CONFLICT (run_id, number) DO NOTHING
), dropped AS (
    DELETE FROM parley.run_events AS e USING asked, recorded
    WHERE asked.has_events AND recorded.first_event > 1 AND e.run_id = $1 AND e.number < recorded.first_event
)
SELECT
    asked.is_forgotten OR (
        recorded.first_event IS NULL AND EXISTS (SELECT FROM parley.runs WHERE id = $1 AND state = 'forgotten')
    ),
    coalesce(recorded.is_cancelled, false),
    CASE WHEN asked.has_events AND recorded.readers_until > asked.now THEN pg_notify('parley', $1 || ':events') END
FROM asked LEFT JOIN recorded ON true
