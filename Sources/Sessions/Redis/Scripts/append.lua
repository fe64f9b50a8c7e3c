#!lua
-- KEYS meta, lease, journal · ARGV run, worker, fence, lease in ms, ms to keep, entries
-- Answers held, cleared or superseded. What lies in the journal must be found by the next turn, so meta, which tells whose
-- it is, lives as long.
local run, worker, fence, keep = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[5])
local meta, lease = read_meta(KEYS[1]), read_lease(KEYS[2])
if not meta.fence or tonumber(meta.cleared or '0') >= tonumber(fence) then
    return 'cleared'
elseif meta.fence ~= fence or (lease and lease.run ~= run) or has_committed(meta, run) then
    return 'superseded'
end
if not lease then
    redis.call('SET', KEYS[2], fence .. ' ' .. run .. ' ' .. worker, 'PX', ARGV[4])
end
for index = 6, #ARGV do
    redis.call('RPUSH', KEYS[3], ARGV[index])
end
for _, key in ipairs({KEYS[1], KEYS[3]}) do
    if redis.call('PTTL', key) < keep then
        redis.call('PEXPIRE', key, keep)
    end
end
return 'held'
