-- The chosen runs are known no more, and those concerned are told. A record that is under way at this moment comes
-- before or after; events that it leaves behind go with the mark.
, forgotten AS (
    INSERT INTO parley.runs AS r (
        id, owner, state, has_ended, created_at, steps, tool_calls, write_calls, first_event, last_event, expires_at
    )
    SELECT chosen.run_id, '', 'forgotten', true, 0, 0, 0, 0, 0, 0, chosen.expires_at FROM chosen
    ON CONFLICT (id) DO UPDATE SET
        owner = '', session_id = NULL, state = 'forgotten', has_ended = true, created_at = 0, started_at = NULL,
        ended_at = NULL, steps = 0, tool_calls = 0, write_calls = 0, is_cancelled = false,
        expires_at = excluded.expires_at
    RETURNING pg_notify('parley', r.id || ':wishes'), pg_notify('parley', r.id || ':events')
), emptied AS (
    DELETE FROM parley.run_events AS e USING chosen WHERE e.run_id = chosen.run_id
)
