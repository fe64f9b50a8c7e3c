-- The outbox is what waits to be archived: a stream that tells the order, with the size of each entry and the number of its
-- last turn; a hash with the entries themselves, since what is deleted from a stream stays in its blocks for a while, and
-- what is to be erased must be gone; and a hash with the bytes that wait and how many entries found no room.

-- What an entry takes besides its own bytes.
local outbox_overhead = 150

local function has_room(state, bound, size)
    local held = tonumber(redis.call('HGET', state, 'bytes') or '0')
    return size > 0 and held + size + outbox_overhead <= bound
end

-- Adds an entry unless that would be more than `bound` bytes. Fails in no way that the caller would notice.
local function leave(outbox, entries, state, bound, turn, entry)
    local size = #entry
    if not has_room(state, bound, size) then
        redis.call('HINCRBY', state, 'dropped', 1)
        return false
    end
    local id = redis.pcall('XADD', outbox, '*', 'size', size, 'turn', turn)
    if type(id) ~= 'string' then
        redis.call('HINCRBY', state, 'dropped', 1)
        return false
    end
    redis.call('HSET', entries, id, entry)
    redis.call('HINCRBY', state, 'bytes', size + outbox_overhead)
    return true
end

-- Removes an entry; 1 when it was there.
local function remove(outbox, entries, state, id)
    local size = redis.call('HSTRLEN', entries, id)
    redis.call('HDEL', entries, id)
    local removed = redis.call('XDEL', outbox, id)
    if removed == 1 then
        redis.call('HINCRBY', state, 'bytes', -size - outbox_overhead)
    end
    -- Whatever was counted wrongly is right again now.
    if redis.call('XLEN', outbox) == 0 then
        redis.call('HSET', state, 'bytes', 0)
        redis.call('UNLINK', entries)
    end
    return removed
end
