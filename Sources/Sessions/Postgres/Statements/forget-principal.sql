-- $1 principal
-- What is kept of turns without a session: their places are called `principal/key`.
WITH gone AS (
    DELETE FROM parley.sessions WHERE starts_with(id, $1::text || '/') RETURNING id
), answers AS (
    DELETE FROM parley.answers WHERE starts_with(session_id, $1::text || '/')
), entries AS (
    DELETE FROM parley.journal_entries WHERE starts_with(session_id, $1::text || '/')
)
SELECT count(*) FROM gone
