#!lua flags=no-writes
-- KEYS history, meta, lease, waiting, journal · ARGV principal or '' for all
-- Answers {bytes, owner, turns, created, updated, ms to live or -1, who runs, how many wait}, or null when there is no
-- session, or it is not the principal's.
if redis.call('TYPE', KEYS[1]).ok ~= 'string' then
    return false
end
local known_owner, turns, created, updated = read_meta(KEYS[2], 'owner', 'turns', 'created', 'updated')
local lease = read_lease(KEYS[3])
local owner = (turns or lease) and known_owner or false
if ARGV[1] ~= '' and owner ~= ARGV[1] then
    return false
end
return {
    redis.call('STRLEN', KEYS[1]), owner, turns, created, updated, redis.call('PTTL', KEYS[1]),
    lease and lease.run or false, redis.call('LLEN', KEYS[4]),
}
