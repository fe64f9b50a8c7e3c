#!lua flags=allow-oom
-- KEYS outbox, entries, state · ARGV the id to go on behind or '-', session or '', owner or ''
-- Removes what waits of a session, of an owner, or of both, from some hundred entries at a time. Answers {the id to go on
-- behind or '' at the end, how many were removed, the newest id that may be among them}.
local session, owner = ARGV[2], ARGV[3]
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)) .. '-999999'
local from = ARGV[1] == '-' and '-' or '(' .. ARGV[1]
local found, removed = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 200), 0
for _, item in ipairs(found) do
    local entry = redis.call('HGET', KEYS[2], item[1]) or ''
    local of_session, of_owner = string.match(entry, '^{"session_id":"([^"]*)","owner":"?([^",}]*)')
    if (session == '' or of_session == session) and (owner == '' or of_owner == owner) then
        removed = removed + remove(KEYS[1], KEYS[2], KEYS[3], item[1])
    end
end
return {#found == 200 and found[200][1] or '', removed, now}
