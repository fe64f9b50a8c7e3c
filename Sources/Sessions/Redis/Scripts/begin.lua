#!lua
-- KEYS history, meta, lease, waiting, journal, runs[, idempotency record, index of records]
-- ARGV run, worker, principal, wait|reject|interrupt, clear seen or '', lease and stretch in ms, largest history in bytes,
--      ms for which the run may live and be known, version of the history that the worker has or ''
--      [, key digest, request digest]
-- Answers {begun, fence, fingerprint, history or 1 when it is that version, turns, created, updated, ttl, rate, cut,
-- ms to live or -1, journal},
-- {wait, ms until to ask again, who runs, clear seen}, {replayed, answer}, {busy, who runs}, or one word.
local run, worker, principal, if_busy, seen = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local lease_length, stretch, largest = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local run_life = tonumber(ARGV[9])
local version, digest, request = ARGV[10], ARGV[11] or '-', ARGV[12]

local size, expiry, failure = measure(KEYS[1])
if failure then
    return failure
end
local now = clock()
local newest_fence, cleared, owner, turns, created, updated, ttl, rate, cut, runs, known_fingerprint = read_meta(
    KEYS[2], 'fence', 'cleared', 'owner', 'turns', 'created', 'updated', 'ttl', 'rate', 'cut', 'run', 'fingerprint'
)
local record = read_record(KEYS[7])
local lease, queue, own, has_journal = nil, {}, nil, false
-- In most turns nobody runs, nobody waits and no worker has died: one look tells.
if redis.call('EXISTS', KEYS[3], KEYS[4], KEYS[5]) > 0 then
    lease, has_journal = read_lease(KEYS[3]), redis.call('EXISTS', KEYS[5]) == 1
    queue, own = read_queue(KEYS[4], now, run)
end
-- A meta without its history belongs to the past, or to a first turn.
local has_history = expiry ~= -2
local is_known = has_history and turns
-- A journal that nothing else is left of is nobody's, except for who comes with the key of its turn.
if has_journal and not newest_fence and not record then
    redis.call('UNLINK', KEYS[5])
    has_journal = false
end

-- The run does not wait, or no longer, and gives its key back, unless a dead worker's turn may have it in the journal.
local function leave(...)
    write_queue(KEYS[4], queue)
    if record and record.state == 'claimed' and record.run == run and not has_journal then
        redis.call('DEL', KEYS[7])
    end
    if own and not lease and queue[1] then
        wake(queue[1])
    end
    return {...}
end

local function claim()
    write_record(KEYS[7], 'claimed', request, run, 'EX', '86400')
    local seconds = math.floor(now / 1000000)
    redis.call('ZREMRANGEBYSCORE', KEYS[8], '-inf', integer(seconds))
    redis.call('ZADD', KEYS[8], integer(seconds + 86400), digest)
    redis.call('EXPIRE', KEYS[8], '86400')
end

if record then
    if record.request ~= request then
        return leave('reused')
    elseif record.state == 'answered' then
        return leave('replayed', stored_answer(KEYS[7]))
    elseif record.state ~= 'claimed' then
        return leave('cleared')
    end
end
if seen ~= '' and seen ~= (cleared or '0') then
    return leave('cleared')
end
if (lease or is_known or has_journal) and owner and owner ~= principal then
    return leave('foreign')
end

-- Whether another run has claimed the key and comes before this one. A claim of a run that is dead, or waits behind
-- this one, is taken over.
local is_twin = false
if record and record.run ~= run then
    is_twin = lease ~= nil and lease.run == record.run
    for index, entry in ipairs(queue) do
        is_twin = is_twin or (entry.run == record.run and index < (own or #queue + 1))
    end
end
local place = own or (if_busy == 'interrupt' and not is_twin and 1) or #queue + 1

if is_twin or place > 1 or (lease and lease.run ~= run) then
    local first = lease or queue[1]
    if not own then
        if if_busy == 'reject' and not is_twin then
            return leave('busy', first.run)
        elseif #queue >= 64 then
            return leave('overloaded')
        elseif if_busy == 'interrupt' and not is_twin and not lease.interrupted then
            redis.call('SET', KEYS[3], lease.text .. ' interrupted', 'KEEPTTL')
            wake(lease)
        end
    end
    local delay
    if lease then
        delay = redis.call('PTTL', KEYS[3])
    else
        delay = first.finish - math.floor(now / 1000)
        wake(first)
    end
    table.insert(queue, place, waiter(run, worker, digest, now, lease_length))
    queue.isChanged = true
    write_queue(KEYS[4], queue)
    if request and not is_twin then
        claim()
    end
    return {'wait', math.max(1, math.min(delay, lease_length)), first.run, cleared or '0'}
end

if size > largest then
    return too_large(size)
end
-- A clear finds the run by this. More than a thousand in a few minutes are left to their end.
local milliseconds = math.floor(now / 1000)
local known_until = integer(milliseconds + run_life)
redis.call('ZADD', KEYS[6], known_until, run)
local runs_found = redis.call('ZCARD', KEYS[6])
if runs_found > 1 then
    redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', integer(milliseconds))
end
if runs_found > 1024 then
    redis.call('ZREMRANGEBYRANK', KEYS[6], '0', '-1025')
end
redis.call('PEXPIREAT', KEYS[6], known_until)
write_queue(KEYS[4], queue)
if turns and not is_known then
    redis.call(
        'HDEL', KEYS[2], 'version', 'turns', 'created', 'updated', 'ttl', 'rate', 'cut', 'run', 'fingerprint'
    )
    turns, created, updated, ttl = false, false, false, false
    rate, cut, runs, known_fingerprint = false, false, false, false
end
local fence = integer(newest_fence and newest_fence + 1 or now)
if owner == principal then
    redis.call('HSET', KEYS[2], 'fence', fence)
else
    redis.call('HSET', KEYS[2], 'schema', '1', 'fence', fence, 'owner', principal)
end
redis.call('SET', KEYS[3], fence .. ' ' .. run .. ' ' .. worker, 'PX', ARGV[6])
if request then
    claim()
end
-- Whether the history is still the one that our last commit left.
local current = fingerprint(KEYS[1], size, expiry)
local is_ours = current == known_fingerprint
-- Neither history nor meta may end within the turn.
local left = expiry < 0 and expiry or expiry - milliseconds
if expiry >= 0 and left < stretch then
    left, expiry = stretch, ends_in(stretch, now)
    redis.call('PEXPIREAT', KEYS[1], integer(expiry))
    current = fingerprint(KEYS[1], size, expiry)
end
if is_ours and current ~= known_fingerprint then
    redis.call('HSET', KEYS[2], 'fingerprint', current)
elseif known_fingerprint and not is_ours then
    -- It must not come to fit again.
    redis.call('HDEL', KEYS[2], 'fingerprint')
end
if redis.call('PTTL', KEYS[2]) < stretch then
    redis.call('PEXPIRE', KEYS[2], ARGV[7])
end
local is_unchanged = is_ours and version ~= '' and string.match(runs or '', '^%S+') == version
return {
    'begun', fence, current, is_unchanged and 1 or has_history and redis.call('GET', KEYS[1]),
    turns, created, updated, ttl, rate, cut, left, has_journal and redis.call('LRANGE', KEYS[5], '0', '-1') or {},
}
