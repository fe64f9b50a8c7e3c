-- $1 how many at most
-- Deletes what nothing is to be known of any more. Its answers have expired before.
WITH gone AS (
    SELECT id FROM parley.sessions WHERE history IS NULL AND needed_until <= statement_timestamp()
    ORDER BY needed_until LIMIT $1::bigint FOR UPDATE SKIP LOCKED
), dropped AS (
    DELETE FROM parley.journal_entries AS e USING gone WHERE e.session_id = gone.id
)
DELETE FROM parley.sessions AS s USING gone WHERE s.id = gone.id
