#!lua
-- KEYS idempotency record, journal, last claimant · ARGV run, request digest, lease in ms, ms to keep, entries
-- Answers held or superseded. A claim that ran out is made again while nobody else has made it.
local record = read_record(KEYS[1])
if redis.call('GET', KEYS[3]) ~= ARGV[1] then
    return 'superseded'
elseif not record then
    write_record(KEYS[1], 'claimed', ARGV[2], ARGV[1], 'PX', ARGV[3])
elseif record.run ~= ARGV[1] or record.state ~= 'claimed' then
    return 'superseded'
end
for index = 5, #ARGV do
    redis.call('RPUSH', KEYS[2], ARGV[index])
end
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 'held'
