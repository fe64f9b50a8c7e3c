-- $1 number
-- The time in seconds, sessions, turns, messages, tool calls, artifacts.
SELECT floor(extract(epoch FROM erased_at))::bigint, sessions, turns, messages, tool_calls, artifacts
FROM parley_archive.erasures WHERE number = $1::bigint
