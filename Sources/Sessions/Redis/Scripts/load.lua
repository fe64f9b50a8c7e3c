#!lua flags=no-writes
-- KEYS history, meta, lease · ARGV largest history in bytes, principal or '' for all
-- Answers {history, turns, created, updated, ttl, rate, cut, ms to live or -1}, or null when there is no session.
local history_type = redis.call('TYPE', KEYS[1]).ok
if history_type == 'none' then
    return false
end
local size = redis.call('STRLEN', KEYS[1])
if size > tonumber(ARGV[1]) then
    return too_large(size)
end
local owner, turns, created, updated, ttl, rate, cut = read_meta(
    KEYS[2], 'owner', 'turns', 'created', 'updated', 'ttl', 'rate', 'cut'
)
local is_owned = owner and (turns or read_holder(KEYS[3]))
if ARGV[2] ~= '' and is_owned and owner ~= ARGV[2] then
    return false
end
return {
    redis.call('GET', KEYS[1]), turns, created, updated, ttl, rate, cut, redis.call('PTTL', KEYS[1]),
}
