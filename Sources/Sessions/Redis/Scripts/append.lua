#!lua
-- KEYS meta, lease, journal · ARGV run, worker, fence, lease in ms, ms to keep, most bytes, entries
-- Answers held, cleared or superseded. What lies in the journal must be found by the next turn, so meta, which tells whose
-- it is, lives as long.
local run, worker, fence, keep = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[5])
local newest_fence, cleared, runs, noted = read_meta(KEYS[1], 'fence', 'cleared', 'run', 'noted')
local holder = read_holder(KEYS[2])
if not newest_fence or tonumber(cleared or '0') >= tonumber(fence) then
    return 'cleared'
elseif newest_fence ~= fence or (holder and holder ~= run) or has_committed(runs, run) then
    return 'superseded'
end
if not holder then
    redis.call('SET', KEYS[2], fence .. ' ' .. run .. ' ' .. worker, 'PX', ARGV[4])
end
local size = redis.call('EXISTS', KEYS[3]) == 1 and tonumber(noted or '0') or 0
for index = 7, #ARGV do
    size = size + #ARGV[index]
end
if size > tonumber(ARGV[6]) then
    return too_large(size)
end
for index = 7, #ARGV do
    redis.call('RPUSH', KEYS[3], ARGV[index])
end
redis.call('HSET', KEYS[1], 'noted', integer(size))
for _, key in ipairs({KEYS[1], KEYS[3]}) do
    if redis.call('PTTL', key) < keep then
        redis.call('PEXPIRE', key, keep)
    end
end
return 'held'
