#!lua flags=allow-oom
-- KEYS meta, lease · ARGV run, worker, fence, lease in ms
-- Answers held, interrupted, cleared or superseded. A lease that ran out is taken again while its fence is the newest.
local run, worker, fence = ARGV[1], ARGV[2], ARGV[3]
local newest_fence, cleared = read_meta(KEYS[1], 'fence', 'cleared')
local lease = read_lease(KEYS[2])
if not newest_fence or tonumber(cleared or '0') >= tonumber(fence) then
    return 'cleared'
elseif newest_fence ~= fence or (lease and lease.run ~= run) then
    return 'superseded'
elseif not lease then
    redis.call('SET', KEYS[2], fence .. ' ' .. run .. ' ' .. worker, 'PX', ARGV[4])
    return 'held'
end
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return lease.interrupted and 'interrupted' or 'held'
