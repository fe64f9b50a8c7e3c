#!lua flags=no-writes
-- KEYS state, events · ARGV principal or '' for all, ms for which a lost run is known
-- Answers {owner, session, state, created, started, ended, steps, tool calls, write calls, 1 when it is lost,
-- name and data of its last event once it has ended}; what is not known is ''. Null when there is no such run.
local run = redis.call(
    'HMGET', KEYS[1], 'owner', 'session', 'state', 'created', 'started', 'ended', 'steps', 'calls', 'writes'
)
if not is_known(run[3]) or not may_see(run[1], ARGV[1]) then
    return false
end
local has_end = has_ended(run[3])
local last = has_end and redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1] or false
run[10] = not has_end and is_lost(KEYS[1], ARGV[2]) and 1 or 0
run[11] = last and last[2][2]
run[12] = last and last[2][4]
return run
