#!lua
-- KEYS idempotency record, waiting, journal, last claimant · ARGV run, request digest[, answer]
-- Answers {stored} or {superseded}.
local record = read_record(KEYS[1])
local queue = read_queue(KEYS[2], clock(), ARGV[1])
if record and record.run == ARGV[1] and record.state == 'answered' then
    return {'stored'}
elseif (record and record.run ~= ARGV[1]) or redis.call('GET', KEYS[4]) ~= ARGV[1] then
    return {'superseded'}
end
if ARGV[3] then
    write_record(KEYS[1], 'answered', ARGV[2], ARGV[1] .. '\n' .. ARGV[3], 'EX', 86400)
else
    redis.call('DEL', KEYS[1])
end
redis.call('DEL', KEYS[2], KEYS[3])
for _, entry in ipairs(queue) do
    wake(entry)
end
return {'stored'}
