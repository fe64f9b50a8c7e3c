#!lua
-- KEYS state, events
-- ARGV run, worker, owner, session or '', created, ms to live, first event to keep, state,
--      started or '', ended or '', steps, tool calls, write calls[, of each event {number, name, data}]
-- Answers nothing, cancel or forgotten. A hot run calls this 25 times a second: as few commands as can be.
local run, state, first_event = ARGV[1], ARGV[8], 14
local known = redis.call('HMGET', KEYS[1], 'state', 'last', 'cancel', 'readers')
local before, last, cancel, readers = known[1], known[2], known[3], known[4]
if before == 'forgotten' then
    return 'forgotten'
elseif has_ended(before) and not has_ended(state) then
    -- It was overtaken.
    return 'nothing'
end

local newest, has_grown = tonumber(last or '0'), false
for index = first_event, #ARGV, 3 do
    local number = ARGV[index]
    if tonumber(number) > newest then
        redis.call('XADD', KEYS[2], number .. '-0', 'name', ARGV[index + 1], 'data', ARGV[index + 2])
        last, has_grown = number, true
    end
end
if has_grown and ARGV[7] ~= '1' then
    redis.call('XTRIM', KEYS[2], 'MINID', ARGV[7] .. '-0')
end
-- What never changes.
local origin = not before and {'owner', ARGV[3], 'session', ARGV[4], 'created', ARGV[5], 'worker', ARGV[2]} or {}
redis.call(
    'HSET', KEYS[1], 'state', state, 'started', ARGV[9], 'ended', ARGV[10], 'steps', ARGV[11], 'calls', ARGV[12],
    'writes', ARGV[13], 'last', last or '0', unpack(origin)
)
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
if readers and ARGV[first_event] then
    tell_readers(run, readers)
end
return cancel and not has_ended(state) and 'cancel' or 'nothing'
