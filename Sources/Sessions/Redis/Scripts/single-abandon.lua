#!lua flags=allow-oom
-- KEYS idempotency record, waiting · ARGV run
-- The run goes, whether it holds the claim or waits for it.
local record = read_record(KEYS[1])
local queue = read_queue(KEYS[2], clock(), ARGV[1])
write_queue(KEYS[2], queue)
if record and record.run == ARGV[1] and record.state == 'claimed' then
    redis.call('DEL', KEYS[1])
    for _, entry in ipairs(queue) do
        wake(entry)
    end
end
return 1
