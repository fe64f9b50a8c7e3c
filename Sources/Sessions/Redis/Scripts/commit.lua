#!lua
-- KEYS history, meta, lease, waiting, journal, index of records[, outbox, its entries, its state, when something is
--      archived][, idempotency record]
-- ARGV run, fence, largest history in bytes, seconds to live or '' when nothing changes, history or what comes behind it,
--      its fingerprint at the begin, rate or '', cut, turns, offset of the closing bracket over which that is written or ''
--      when it is the whole history, number of settled runs, what the outbox may hold in bytes or '' when nothing is
--      archived, entry for it, of each settled run {run, key digest, request digest, answer}
--      [, key digest, request digest[, answer]]
-- Answers {stored}, {unarchived}: stored, but the outbox is full, {cleared}, {superseded} or
-- {changed, history, fingerprint}. All that can fail comes before the first write, so that nothing is half done.
local run, fence, time_to_live = ARGV[1], ARGV[2], ARGV[4]
local offset = tonumber(ARGV[10])
local outbox_bound, settled_end = tonumber(ARGV[12]), 13 + 4 * ARGV[11]
local record_key = KEYS[outbox_bound and 10 or 7]
local digest, request, answer = ARGV[settled_end + 1], ARGV[settled_end + 2], ARGV[settled_end + 3]
local has_change = time_to_live ~= ''

local size, expiry, failure = measure(KEYS[1])
if failure then
    return failure
end
local now = clock()
local newest_fence, cleared, version, turns, created, runs = read_meta(
    KEYS[2], 'fence', 'cleared', 'version', 'turns', 'created', 'run'
)
local holder, record = read_holder(KEYS[3]), read_record(record_key)
local queue = read_queue(KEYS[4], now, run)

-- Repeating a commit whose reply was lost changes nothing.
if has_committed(runs, run) then
    return {'stored'}
elseif record and record.run == run and record.state == 'answered' then
    return {'stored'}
elseif not newest_fence or tonumber(cleared or '0') >= tonumber(fence) then
    return {'cleared'}
elseif newest_fence ~= fence or (holder and holder ~= run) then
    return {'superseded'}
end
local current = has_change and fingerprint(KEYS[1], size, expiry)
if has_change and (current ~= ARGV[6] or (offset and size ~= offset + 1)) then
    if size > tonumber(ARGV[3]) then
        return too_large(size)
    end
    return {'changed', redis.call('GET', KEYS[1]) or '[]', current}
end

local is_archived = true
if has_change then
    local seconds = integer(math.floor(now / 1000000))
    local turn = integer((turns or 0) + ARGV[9])
    -- The newest eight runs: this one and seven of those before.
    local earlier, gap = runs and ' ' .. runs or '', 0
    for _ = 1, 8 do
        gap = gap and string.find(earlier, ' ', gap + 1, true)
    end
    local newest_runs = run .. (gap and string.sub(earlier, 1, gap - 1) or earlier)
    local rate = ARGV[7] ~= '' and {'rate', ARGV[7]} or {}
    expiry = ends_in(1000 * time_to_live, now)
    if offset then
        size = redis.call('SETRANGE', KEYS[1], ARGV[10], ARGV[5])
    else
        redis.call('SETEX', KEYS[1], time_to_live, ARGV[5])
        size = #ARGV[5]
    end
    redis.call('PEXPIREAT', KEYS[1], integer(expiry))
    redis.call(
        'HSET', KEYS[2], 'version', integer((version or 0) + 1), 'turns', turn, 'created', created or seconds,
        'updated', seconds, 'ttl', time_to_live, 'cut', ARGV[8], 'run', newest_runs,
        'fingerprint', fingerprint(KEYS[1], size, expiry), unpack(rate)
    )
    redis.call('PEXPIREAT', KEYS[2], integer(expiry + meta_outlives))
    if outbox_bound then
        is_archived = leave(KEYS[7], KEYS[8], KEYS[9], outbox_bound, turn, ARGV[13])
    end
end
-- Keeps an answer, and wakes the duplicates of its request: they get it, and need no turn.
local function keep_answer(key, name, of_run, of_request, bytes)
    write_record(key, 'answered', of_request, of_run .. '\n' .. bytes, 'EX', '86400')
    redis.call('ZADD', KEYS[6], integer(math.floor(now / 1000000) + 86400), name)
    redis.call('EXPIRE', KEYS[6], '86400')
    for index = #queue, 1, -1 do
        if queue[index].digest == name then
            wake(table.remove(queue, index))
        end
    end
end

for first = 14, settled_end, 4 do
    -- The key follows from the index and lies in the same slot.
    local key = '{' .. KEYS[1] .. '}:idem:' .. ARGV[first + 1]
    local earlier = read_record(key)
    if not earlier or earlier.state == 'claimed' then
        keep_answer(key, ARGV[first + 1], ARGV[first], ARGV[first + 2], ARGV[first + 3])
    end
end
if answer then
    keep_answer(record_key, digest, run, request, answer)
elseif record and record.run == run then
    redis.call('DEL', record_key)
end
redis.call('DEL', KEYS[3], KEYS[5])
write_queue(KEYS[4], queue)
if queue[1] then
    wake(queue[1])
end
return {is_archived and 'stored' or 'unarchived'}
