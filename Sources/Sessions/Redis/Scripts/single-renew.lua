#!lua flags=allow-oom
-- KEYS idempotency record, last claimant · ARGV run, request digest, lease in ms
-- Answers held or superseded. A claim that ran out is made again while nobody else has made it.
local record = read_record(KEYS[1])
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
    return 'superseded'
elseif not record then
    write_record(KEYS[1], 'claimed', ARGV[2], ARGV[1], 'PX', ARGV[3])
elseif record.run ~= ARGV[1] then
    return 'superseded'
elseif record.state == 'claimed' then
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 'held'
