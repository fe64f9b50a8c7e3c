-- $1 how many at most
-- Drops histories that have expired. One that is being prolonged or continued at this moment is left alone.
UPDATE parley.sessions SET
    version = version + 1, history = NULL, turns = NULL, created_at = NULL, updated_at = NULL, expires_at = NULL,
    ttl = NULL, token_rate = NULL, turns_cut = NULL
WHERE id IN (
    SELECT id FROM parley.sessions WHERE history IS NOT NULL AND expires_at <= statement_timestamp()
    ORDER BY expires_at LIMIT $1::bigint FOR UPDATE SKIP LOCKED
)
