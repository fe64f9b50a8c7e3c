-- $1 session, $2 keys
-- The server's time in ms, version, control, whether there is a history, its version and bytes, turns, key, request,
-- answer, its end in ms. One row at least; one for each of the keys that is known.
SELECT
    floor(extract(epoch FROM asked.now) * 1000)::bigint,
    s.version, s.control,
    s.history IS NOT NULL AND (s.expires_at IS NULL OR s.expires_at > asked.now),
    s.history_version, octet_length(s.history), s.turns,
    a.key, a.request, a.answer, floor(extract(epoch FROM a.expires_at) * 1000)::bigint
FROM (SELECT $1::text AS id, clock_timestamp() AS now) AS asked
LEFT JOIN parley.sessions AS s ON s.id = asked.id
LEFT JOIN parley.answers AS a ON a.session_id = asked.id AND a.key = ANY ($2::text[])
