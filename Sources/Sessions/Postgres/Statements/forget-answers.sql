-- $1 how many at most
DELETE FROM parley.answers
WHERE (session_id, key) IN (
    SELECT session_id, key FROM parley.answers WHERE expires_at <= statement_timestamp()
    ORDER BY expires_at LIMIT $1::bigint FOR UPDATE SKIP LOCKED
)
