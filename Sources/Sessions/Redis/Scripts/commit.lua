#!lua
-- KEYS history, meta, lease, waiting[, idempotency record, index of records]
-- ARGV run, fence, largest history in bytes, seconds to live or '' when nothing changes, history, its fingerprint at the
--      begin, rate or '', cut[, key digest, request digest[, answer]]
-- Answers {stored}, {cleared}, {superseded} or {changed, history, fingerprint}. All that can fail comes before the first
-- write, so that nothing is half done.
local run, fence, time_to_live = ARGV[1], ARGV[2], ARGV[4]
local digest, request, answer = ARGV[9], ARGV[10], ARGV[11]
local has_change = time_to_live ~= ''

local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'none' and kind ~= 'string' then
    return redis.error_reply('WRONGTYPE the history is a ' .. kind)
end
local now = clock()
local meta, lease, record = read_meta(KEYS[2]), read_lease(KEYS[3]), read_record(KEYS[5])
local queue = read_queue(KEYS[4], now, run)

-- The newest commits are known by their runs: repeating one whose reply was lost changes nothing.
local earlier = meta.run or ''
if string.find(' ' .. earlier .. ' ', ' ' .. run .. ' ', 1, true) then
    return {'stored'}
elseif record and record.run == run and record.state == 'answered' then
    return {'stored'}
elseif not meta.fence or tonumber(meta.cleared or '0') >= tonumber(fence) then
    return {'cleared'}
elseif meta.fence ~= fence or (lease and lease.run ~= run) then
    return {'superseded'}
end
if has_change and fingerprint(KEYS[1]) ~= ARGV[6] then
    local size = redis.call('STRLEN', KEYS[1])
    if size > tonumber(ARGV[3]) then
        return too_large(size)
    end
    return {'changed', redis.call('GET', KEYS[1]) or '[]', fingerprint(KEYS[1])}
end

if has_change then
    local seconds = math.floor(now / 1000000)
    local runs = run
    local kept = 1
    for name in string.gmatch(earlier, '%S+') do
        if kept < 8 then
            runs = runs .. ' ' .. name
            kept = kept + 1
        end
    end
    redis.call('SETEX', KEYS[1], time_to_live, ARGV[5])
    redis.call(
        'HSET', KEYS[2], 'version', integer((meta.version or 0) + 1), 'turns', integer((meta.turns or 0) + 1),
        'created', meta.created or integer(seconds), 'updated', integer(seconds), 'ttl', time_to_live,
        'cut', ARGV[8], 'run', runs
    )
    if ARGV[7] ~= '' then
        redis.call('HSET', KEYS[2], 'rate', ARGV[7])
    end
    redis.call('PEXPIREAT', KEYS[2], integer(redis.call('PEXPIRETIME', KEYS[1])))
end
if answer then
    write_record(KEYS[5], 'answered', request, run .. '\n' .. answer, 'EX', 86400)
    redis.call('ZADD', KEYS[6], math.floor(now / 1000000) + 86400, digest)
    redis.call('EXPIRE', KEYS[6], 86400)
elseif record and record.run == run then
    redis.call('DEL', KEYS[5])
end
redis.call('DEL', KEYS[3])
-- Duplicates of the request get its answer, and need no turn.
for index = #queue, 1, -1 do
    if answer and queue[index].digest == digest then
        wake(table.remove(queue, index))
    end
end
write_queue(KEYS[4], queue)
if queue[1] then
    wake(queue[1])
end
return {'stored'}
