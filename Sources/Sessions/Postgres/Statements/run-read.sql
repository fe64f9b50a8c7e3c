-- $1 run, $2 principal, null for all, $3 ms for which a lost run is known
-- Owner, session, state, created, started, ended, steps, tool calls, write calls, whether it is lost, name and data of
-- its last event once it has ended. No row when there is no such run.
SELECT
    r.owner, r.session_id, r.state, r.created_at, r.started_at, r.ended_at, r.steps, r.tool_calls, r.write_calls,
    NOT r.has_ended AND r.expires_at <= clock_timestamp() + $3::bigint * interval '1 millisecond',
    e.name, e.data
FROM parley.runs AS r
LEFT JOIN parley.run_events AS e ON r.has_ended AND e.run_id = r.id AND e.number = r.last_event
WHERE r.id = $1::text AND r.state <> 'forgotten' AND r.expires_at > clock_timestamp()
    AND ($2::text IS NULL OR r.owner = $2)
