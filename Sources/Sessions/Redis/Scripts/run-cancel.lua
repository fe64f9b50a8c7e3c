#!lua flags=allow-oom
-- KEYS state · ARGV run, principal or '' for all
-- Answers the state before, or null when there is no such run. The mark is small: a server that is full takes it.
local known = redis.call('HMGET', KEYS[1], 'owner', 'state', 'worker')
local owner, state, worker = known[1], known[2], known[3]
if not is_known(state) or not may_see(owner, ARGV[2]) then
    return false
end
if not has_ended(state) then
    redis.call('HSET', KEYS[1], 'cancel', 1)
    tell_runner(ARGV[1], worker)
end
return state
