#!lua flags=no-writes
-- KEYS history, meta · ARGV largest history in bytes
-- Answers {history, turns, created, updated, milliseconds to live or -1}, or null when there is no session.
local size = redis.call('STRLEN', KEYS[1])
if size > tonumber(ARGV[1]) then
    return redis.error_reply('TOOLARGE the history has ' .. size .. ' bytes')
end
local history = redis.call('GET', KEYS[1])
if not history then
    return false
end
local meta = redis.call('HMGET', KEYS[2], 'turns', 'created', 'updated')
return {history, meta[1], meta[2], meta[3], redis.call('PTTL', KEYS[1])}
