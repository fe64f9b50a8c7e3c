#!lua flags=allow-oom
-- KEYS outbox, entries, state · ARGV group, ms after which what another took and did not finish is taken over or '' for new
-- entries, how many entries and bytes at most
-- Answers {id, number of its last turn, entry, …}. A server that is full must still be able to hand over.
local group, idle, most, room = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local taken, from, steps = {}, '0', most + 1

local function next_entries()
    if idle ~= '' then
        local claimed = redis.pcall('XAUTOCLAIM', KEYS[1], group, 'workers', idle, from, 'COUNT', 1)
        if claimed.err then
            return claimed
        end
        from = claimed[1]
        return claimed[2]
    end
    local reply = redis.pcall('XREADGROUP', 'GROUP', group, 'workers', 'COUNT', 1, 'STREAMS', KEYS[1], '>')
    return not reply and {} or reply.err and reply or reply[1][2]
end

while steps > 0 and #taken < 3 * most and room > 0 do
    steps = steps - 1
    local found = next_entries()
    if found.err then
        -- The group is made with the first entry, and again when Redis has lost it: from the beginning.
        if redis.call('EXISTS', KEYS[1]) == 0 or not string.find(found.err, 'NOGROUP', 1, true) then
            break
        end
        redis.call('XGROUP', 'CREATE', KEYS[1], group, '0')
    elseif not found[1] then
        if idle == '' or from == '0-0' then
            break
        end
    else
        local id, fields = found[1][1], found[1][2]
        local entry = redis.call('HGET', KEYS[2], id)
        if entry then
            taken[#taken + 1] = id
            taken[#taken + 1] = fields[4]
            taken[#taken + 1] = entry
            room = room - #entry
        else
            -- Somebody else has removed it: what it told is not known any more.
            redis.call('HINCRBY', KEYS[3], 'dropped', 1)
            redis.call('XACK', KEYS[1], group, id)
            remove(KEYS[1], KEYS[2], KEYS[3], id)
        end
        if from == '0-0' then
            break
        end
    end
end
return taken
