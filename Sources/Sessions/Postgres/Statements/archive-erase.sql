-- $1 session or null: all of the owner, $2 owner or null: whoever's, $3 position or null: all up to now
-- The receipt's number, the time in seconds, sessions, turns, messages, tool calls, artifacts.
SELECT
    number, floor(extract(epoch FROM erased_at))::bigint, sessions, turns, messages, tool_calls, artifacts
FROM parley_archive.erase($1::text, $2::text, coalesce($3::bigint, parley_archive.now()))
