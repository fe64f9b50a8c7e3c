-- $1 session, $2 owner, $3 most bytes
-- The number of the last turn, and the messages of the newest turns that fit and of the first one, as a JSON array. Null when
-- there are none.
WITH sized AS (
    SELECT t.run_id, t.position, t.number, sum(octet_length(m.content::text) + 64) AS bytes
    FROM parley_archive.open_turns AS t JOIN parley_archive.messages AS m USING (run_id)
    WHERE t.session_id = $1 AND t.owner = $2
    GROUP BY t.run_id, t.position, t.number
), placed AS (
    SELECT
        run_id, position, number,
        sum(bytes) OVER (ORDER BY position DESC, number DESC) AS total,
        row_number() OVER (ORDER BY position, number) AS place
    FROM sized
)
SELECT
    (SELECT number FROM sized ORDER BY position DESC, number DESC LIMIT 1),
    '[' || string_agg(
        jsonb_build_object('role', m.role, 'content', m.content)::text, ',' ORDER BY p.position, p.number, m.number
    ) || ']'
FROM placed AS p JOIN parley_archive.messages AS m USING (run_id)
WHERE p.total <= $3::bigint OR p.place = 1
