-- $1 how many at most
DELETE FROM parley.begun_runs
WHERE run_id IN (
    SELECT run_id FROM parley.begun_runs WHERE expires_at <= statement_timestamp()
    ORDER BY expires_at LIMIT $1::bigint FOR UPDATE SKIP LOCKED
)
