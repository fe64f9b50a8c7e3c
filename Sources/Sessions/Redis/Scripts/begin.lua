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

local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'none' and kind ~= 'string' then
    return redis.error_reply('WRONGTYPE the history is a ' .. kind)
end
local now = clock()
local meta, lease, record = read_meta(KEYS[2]), read_lease(KEYS[3]), read_record(KEYS[7])
local queue, own = read_queue(KEYS[4], now, run)
-- A meta without its history belongs to the past, or to a first turn.
local is_known = kind == 'string' and meta.turns
-- A journal that nothing else is left of is nobody's, except for who comes with the key of its turn.
local has_journal = redis.call('EXISTS', KEYS[5]) == 1
if has_journal and not meta.fence and not record then
    redis.call('UNLINK', KEYS[5])
    has_journal = false
end

-- The run does not wait, or no longer, and gives its key back, unless a dead worker's turn may have it in the journal.
local function leave(...)
    write_queue(KEYS[4], queue)
    if record and record.state == 'claimed' and record.run == run and redis.call('EXISTS', KEYS[5]) == 0 then
        redis.call('DEL', KEYS[7])
    end
    if own and not lease and queue[1] then
        wake(queue[1])
    end
    return {...}
end

local function claim()
    write_record(KEYS[7], 'claimed', request, run, 'EX', 86400)
    local seconds = math.floor(now / 1000000)
    redis.call('ZREMRANGEBYSCORE', KEYS[8], '-inf', seconds)
    redis.call('ZADD', KEYS[8], seconds + 86400, digest)
    redis.call('EXPIRE', KEYS[8], 86400)
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
if seen ~= '' and seen ~= (meta.cleared or '0') then
    return leave('cleared')
end
if (lease or is_known or has_journal) and meta.owner and meta.owner ~= principal then
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
    return {'wait', math.max(1, math.min(delay, lease_length)), first.run, meta.cleared or '0'}
end

local size = redis.call('STRLEN', KEYS[1])
if size > largest then
    return too_large(size)
end
-- A clear finds the run by this. More than a thousand in a few minutes are left to their end.
local milliseconds = math.floor(now / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', integer(milliseconds))
redis.call('ZADD', KEYS[6], integer(milliseconds + run_life), run)
redis.call('ZREMRANGEBYRANK', KEYS[6], 0, -1025)
redis.call('PEXPIRE', KEYS[6], run_life)
write_queue(KEYS[4], queue)
if not is_known then
    local names = {'version', 'turns', 'created', 'updated', 'ttl', 'rate', 'cut', 'run', 'fingerprint'}
    for _, name in ipairs(names) do
        if meta[name] then
            redis.call('HDEL', KEYS[2], name)
            meta[name] = false
        end
    end
end
local fence = meta.fence and tonumber(meta.fence) + 1 or now
redis.call('HSET', KEYS[2], 'schema', 1, 'fence', integer(fence), 'owner', principal)
redis.call('SET', KEYS[3], integer(fence) .. ' ' .. run .. ' ' .. worker, 'PX', lease_length)
if request then
    claim()
end
-- Whether the history is still the one that our last commit left.
local current = fingerprint(KEYS[1])
local is_ours = current == meta.fingerprint
-- Neither may end within the turn; a history without an expiry has -1, an absent one -2.
local left = redis.call('PTTL', KEYS[1])
if left >= 0 and left < stretch then
    redis.call('PEXPIRE', KEYS[1], stretch)
    left = stretch
    current = fingerprint(KEYS[1])
end
if is_ours and current ~= meta.fingerprint then
    redis.call('HSET', KEYS[2], 'fingerprint', current)
elseif meta.fingerprint and not is_ours then
    -- It must not come to fit again.
    redis.call('HDEL', KEYS[2], 'fingerprint')
end
if redis.call('PTTL', KEYS[2]) < stretch then
    redis.call('PEXPIRE', KEYS[2], stretch)
end
local is_unchanged = is_ours and version ~= '' and string.match(meta.run or '', '^%S+') == version
return {
    'begun', integer(fence), current, is_unchanged and 1 or redis.call('GET', KEYS[1]),
    meta.turns, meta.created, meta.updated, meta.ttl, meta.rate, meta.cut, left,
    has_journal and redis.call('LRANGE', KEYS[5], 0, -1) or {},
}
