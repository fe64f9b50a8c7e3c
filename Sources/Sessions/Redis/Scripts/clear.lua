#!lua flags=allow-oom
-- KEYS history, meta, lease, waiting, index of records, journal, runs[, outbox, its entries, its state]
-- ARGV principal or '' for all, ms that the mark of the clear lasts, what the outbox may hold in bytes or '' when nothing is
-- archived, entry for it
-- Answers {1 when there was something to forget, the runs that began before}. A server that is full must still be able to
-- forget. The keys of the records follow from the index and lie in the same slot; those of the runs do not, so that
-- whoever clears must drop these, and takes them off `runs` when that is done.
local kind = redis.call('TYPE', KEYS[1]).ok
local now = clock()
local newest_fence, owner, turns = read_meta(KEYS[2], 'fence', 'owner', 'turns')
local lease = read_lease(KEYS[3])
local queue = read_queue(KEYS[4], now, '')
local has_journal = redis.call('EXISTS', KEYS[6]) == 1
local is_owned = owner and (lease or has_journal or (turns and kind ~= 'none'))
-- There is more room for marks than for turns, and without its mark a conversation could come back.
if ARGV[3] ~= '' then
    if not has_room(KEYS[10], 2 * ARGV[3], #ARGV[4]) then
        return redis.error_reply('OUTBOXFULL what is cleared could not be marked in the archive')
    end
    -- Also for a session that is forgotten here already, or is somebody else's now: it marks the caller's own turns.
    leave(KEYS[8], KEYS[9], KEYS[10], 2 * ARGV[3], 0, ARGV[4])
end
if ARGV[1] ~= '' and is_owned and owner ~= ARGV[1] then
    return {0, {}}
end
local is_waiting = {}
for _, entry in ipairs(queue) do
    is_waiting[entry.run] = true
end
for _, digest in ipairs(redis.call('ZRANGE', KEYS[5], 0, -1)) do
    local key = '{' .. KEYS[1] .. '}:idem:' .. digest
    local record = read_record(key)
    if record and record.state == 'answered' then
        write_record(key, 'blanked', record.request, record.run, 'KEEPTTL')
    elseif record and record.state == 'claimed' then
        if lease and lease.run == record.run then
            write_record(key, 'expelled', record.request, record.run, 'KEEPTTL')
        elseif has_journal and not is_waiting[record.run] then
            -- Its worker died and may have written: what was done must not be done again.
            write_record(key, 'blanked', record.request, record.run, 'KEEPTTL')
        else
            redis.call('DEL', key)
        end
    end
end
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[6])
if newest_fence or queue[1] then
    -- Whatever fence a run in flight has, it is refused; those who wait see that the mark has moved.
    local fence = integer((newest_fence or now) + 1)
    redis.call('HSET', KEYS[2], 'schema', 1, 'fence', fence, 'cleared', fence)
    redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
if lease then
    wake(lease)
end
for _, entry in ipairs(queue) do
    wake(entry)
end
return {(kind ~= 'none' or lease or has_journal or queue[1]) and 1 or 0, redis.call('ZRANGE', KEYS[7], 0, -1)}
