#!lua
-- KEYS idempotency record, waiting, journal, last claimant · ARGV run, worker, request digest, lease and stretch in ms
-- A turn of no session: the claim of its key, which ends by itself unless it is renewed, is all that it holds.
-- Answers as begin does; {begun, fence, journal} has nothing else to stand on.
local run, request, lease_length = ARGV[1], ARGV[3], tonumber(ARGV[4])
local now = clock()
local record = read_record(KEYS[1])
local queue = read_queue(KEYS[2], now, run)
if record and record.request ~= request then
    return {'reused'}
elseif record and record.state == 'answered' then
    return {'replayed', stored_answer(KEYS[1])}
elseif record and record.run ~= run then
    if #queue >= 64 then
        return {'overloaded'}
    end
    table.insert(queue, waiter(run, ARGV[2], '-', now, lease_length))
    queue.isChanged = true
    write_queue(KEYS[2], queue)
    return {'wait', math.max(1, math.min(redis.call('PTTL', KEYS[1]), lease_length)), record.run, ''}
end
write_queue(KEYS[2], queue)
write_record(KEYS[1], 'claimed', request, run, 'PX', lease_length)
redis.call('SET', KEYS[4], run, 'PX', ARGV[5])
return {'begun', integer(now), redis.call('LRANGE', KEYS[3], 0, -1)}
