-- $1 session
SELECT row_to_json(found)::text FROM (
    SELECT owner, first_number, last_number FROM parley_archive.missing_turns WHERE session_id = $1
    ORDER BY known_before, owner
) AS found
