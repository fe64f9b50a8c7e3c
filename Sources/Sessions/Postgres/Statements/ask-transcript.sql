-- $1 session, $2 owner or null, $3 to $5 position, turn and message that the page begins behind, $6 how many
SELECT row_to_json(found)::text, found.position, found.turn, found.message FROM (
    SELECT
        session_id, owner, position, turn, run_id,
        to_char(committed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS committed_at, message, role, content
    FROM parley_archive.transcripts
    WHERE session_id = $1 AND ($2::text IS NULL OR owner = $2)
        AND (position, turn, message) > ($3::bigint, $4::bigint, $5::integer)
    ORDER BY position, turn, message LIMIT $6::bigint
) AS found
