-- Number, id, whether there is a history, its bytes, the server's time in ms, control, turns, created, updated, ms to
-- live.
SELECT
    s.number, s.id, s.expires_at IS NULL OR s.expires_at > asked.now, octet_length(s.history),
    floor(extract(epoch FROM asked.now) * 1000)::bigint, s.control, s.turns, s.created_at, s.updated_at,
    ceil(extract(epoch FROM s.expires_at - asked.now) * 1000)::bigint
FROM (SELECT clock_timestamp() AS now) AS asked, parley.sessions AS s
WHERE s.history IS NOT NULL AND
