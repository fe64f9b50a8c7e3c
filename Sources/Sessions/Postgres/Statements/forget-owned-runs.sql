-- $1 principal, $2 ms for which its runs must not come back
WITH chosen AS (
    INSERT INTO parley.begun_runs AS b (run_id, is_forgotten, expires_at)
    SELECT r.id, true, clock_timestamp() + $2::bigint * interval '1 millisecond' FROM parley.runs AS r WHERE r.owner = $1
    ON CONFLICT (run_id) DO UPDATE SET is_forgotten = true, expires_at = excluded.expires_at
    RETURNING b.run_id, b.expires_at
)
