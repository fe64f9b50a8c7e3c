-- $1 run, $2 ms for which it must not come back
WITH chosen AS (
    INSERT INTO parley.begun_runs AS b (run_id, is_forgotten, expires_at)
    SELECT $1::text, true, clock_timestamp() + $2::bigint * interval '1 millisecond'
    ON CONFLICT (run_id) DO UPDATE SET is_forgotten = true, expires_at = excluded.expires_at
    RETURNING b.run_id, b.expires_at
)
