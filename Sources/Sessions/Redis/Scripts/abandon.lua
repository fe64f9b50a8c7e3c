#!lua flags=allow-oom
-- KEYS lease, waiting[, idempotency record, journal] · ARGV run, 1 when it has done nothing, 0 when it never began
-- The run goes, whether it holds the lease or waits: it gives back what is still its own. One that never began may have
-- claimed the key of a turn that a dead worker noted: that key stays claimed, for whoever takes the turn over.
local run = ARGV[1]
local lease, record = read_lease(KEYS[1]), read_record(KEYS[3])
local queue = read_queue(KEYS[2], clock(), run)
if lease and lease.run == run then
    redis.call('DEL', KEYS[1])
    lease = nil
end
local is_noted = ARGV[2] == '0' and KEYS[4] and redis.call('EXISTS', KEYS[4]) == 1
if record and not is_noted and record.run == run and (record.state == 'claimed' or record.state == 'expelled') then
    redis.call('DEL', KEYS[3])
end
write_queue(KEYS[2], queue)
if not lease and queue[1] then
    wake(queue[1])
end
return 1
