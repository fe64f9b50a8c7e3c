-- $1 how many at most
-- Deletes what nothing is to be known of any more. Its answers have expired before.
WITH gone AS (
    DELETE FROM parley.sessions
    WHERE id IN (
        SELECT id FROM parley.sessions WHERE history IS NULL AND needed_until <= clock_timestamp()
        ORDER BY needed_until LIMIT $1::bigint FOR UPDATE SKIP LOCKED
    )
    RETURNING id
), dropped AS (
    DELETE FROM parley.journal_entries AS e USING gone WHERE e.session_id = gone.id
)
SELECT count(*) FROM gone
