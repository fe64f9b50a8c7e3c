#!lua flags=allow-oom
-- KEYS state, events
-- ARGV worker, principal or '' for all, number of the event that was read last, bytes of a page, of an event besides its
--      name and data, ms for which a lost run is known, ms for which a reader is told of more
-- Answers {open|ended|lost, number, name, data, number, ...}, or null when there is no such run. Whoever has read all is told
-- of more: noted here, so that nothing can come in between. The note is small: a server that is full takes it.
local run = redis.call('HMGET', KEYS[1], 'owner', 'state', 'last', 'readers')
local owner, state, last, readers = run[1], run[2], run[3], run[4]
if not is_known(state) or not may_see(owner, ARGV[2]) then
    return false
end

local page, number, room, portion = {'open'}, ARGV[3], tonumber(ARGV[4]), 100
-- A number that never was, as of another run: who shows it does not have the end.
if has_ended(state) and tonumber(number) > tonumber(last) then
    number = integer(tonumber(last) - 1)
end
local has_all = tonumber(number) >= tonumber(last)
while not has_all and room > 0 do
    local events = redis.call('XRANGE', KEYS[2], '(' .. number .. '-0', '+', 'COUNT', portion)
    for _, event in ipairs(events) do
        if room <= 0 then
            break
        end
        local name, data = event[2][2], event[2][4]
        number = string.match(event[1], '^%d+')
        page[#page + 1] = number
        page[#page + 1] = name
        page[#page + 1] = data
        room = room - #name - #data - ARGV[5]
    end
    has_all = number == last or (#events < portion and room > 0)
end
if not has_all then
    return page
elseif has_ended(state) then
    page[1] = 'ended'
    return page
elseif is_lost(KEYS[1], ARGV[6]) then
    page[1] = 'lost'
    return page
end

local worker, length = ARGV[1], tonumber(ARGV[7])
local now = math.floor(clock() / 1000)
local own, noted = 0, {}
for name, finish in string.gmatch(readers or '', '(%S+) (%d+)') do
    if name == worker then
        own = tonumber(finish)
    elseif tonumber(finish) > now then
        noted[#noted + 1] = name .. ' ' .. finish
    end
end
-- Not at each read: two thirds are long enough.
if own - now < length * 2 / 3 then
    noted[#noted + 1] = worker .. ' ' .. integer(now + length)
    redis.call('HSET', KEYS[1], 'readers', table.concat(noted, ' '))
end
return page
