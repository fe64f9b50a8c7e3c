-- $1 owner
SELECT session_id FROM parley_archive.sessions WHERE owner = $1::text
