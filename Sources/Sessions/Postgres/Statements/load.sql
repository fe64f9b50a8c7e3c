-- $1 session, $2 most bytes
-- The server's time in ms, control, bytes, history unless it is larger, its version, turns, created, updated, ttl, rate,
-- cut, ms to live. No row without a history.
SELECT
    floor(extract(epoch FROM asked.now) * 1000)::bigint, s.control, octet_length(s.history),
    CASE WHEN octet_length(s.history) <= $2::bigint THEN s.history END,
    s.history_version, s.turns, s.created_at, s.updated_at, s.ttl, s.token_rate, s.turns_cut,
    ceil(extract(epoch FROM s.expires_at - asked.now) * 1000)::bigint
FROM (SELECT clock_timestamp() AS now) AS asked, parley.sessions AS s
WHERE s.id = $1 AND s.history IS NOT NULL AND (s.expires_at IS NULL OR s.expires_at > asked.now)
