-- $1 session, $2 key, $3 request
SELECT answer FROM parley.answers
WHERE session_id = $1 AND key = $2 AND request = $3 AND answer IS NOT NULL AND expires_at > clock_timestamp()
