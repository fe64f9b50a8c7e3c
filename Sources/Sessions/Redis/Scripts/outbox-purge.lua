#!lua flags=allow-oom
-- KEYS outbox, entries, state · ARGV the id to go on behind or '-', session or '', owner or '', the last id to look at or ''
-- Removes what waits of a session, of an owner, or of both, from some hundred entries at a time. Answers {the id to go on
-- behind or '' at the end, how many were removed, the last id to look at}: what comes while this goes on stays.
local session, owner, last = ARGV[2], ARGV[3], ARGV[4]
if last == '' then
    -- No entry that was left before has a greater one, whatever the clock was.
    local time = redis.call('TIME')
    last = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)) .. '-999999'
    local stream = redis.call('EXISTS', KEYS[1]) == 1 and redis.call('XINFO', 'STREAM', KEYS[1]) or {}
    for index = 1, #stream, 2 do
        if stream[index] == 'last-generated-id' then
            local milliseconds = tonumber(string.match(stream[index + 1], '^%d+'))
            if milliseconds > time[1] * 1000 + math.floor(time[2] / 1000) then
                last = stream[index + 1]
            end
        end
    end
end
local from = ARGV[1] == '-' and '-' or '(' .. ARGV[1]
local found, removed = redis.call('XRANGE', KEYS[1], from, last, 'COUNT', 200), 0
for _, item in ipairs(found) do
    local entry = redis.call('HGET', KEYS[2], item[1]) or ''
    local of_session, of_owner = string.match(entry, '^{"session_id":"([^"]*)","owner":"?([^",}]*)')
    if (session == '' or of_session == session) and (owner == '' or of_owner == owner) then
        removed = removed + remove(KEYS[1], KEYS[2], KEYS[3], item[1])
    end
end
return {#found == 200 and found[200][1] or '', removed, last}
