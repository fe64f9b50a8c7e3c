#!lua flags=allow-oom
-- KEYS state, events · ARGV run, ms for which it must not come back, principal or '' for all
-- A server that is full must still be able to forget.
local known = redis.call('HMGET', KEYS[1], 'worker', 'readers', 'owner')
if known[3] and not may_see(known[3], ARGV[3]) then
    return 0
end
redis.call('UNLINK', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'state', 'forgotten')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
tell_runner(ARGV[1], known[1])
tell_readers(ARGV[1], known[2])
return 1
