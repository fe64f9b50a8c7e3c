#!lua flags=allow-oom
-- KEYS lease, waiting[, idempotency record] · ARGV run
-- The run goes, whether it holds the lease or waits: it gives back what is still its own.
local run = ARGV[1]
local lease, record = read_lease(KEYS[1]), read_record(KEYS[3])
local queue = read_queue(KEYS[2], clock(), run)
if lease and lease.run == run then
    redis.call('DEL', KEYS[1])
    lease = nil
end
if record and record.run == run and (record.state == 'claimed' or record.state == 'expelled') then
    redis.call('DEL', KEYS[3])
end
write_queue(KEYS[2], queue)
if not lease and queue[1] then
    wake(queue[1])
end
return 1
