#!lua flags=no-writes
-- KEYS outbox, state
-- Answers {how many entries wait, the id of the oldest or '', of the newest or '', the time in ms, how many were dropped}.
local time = redis.call('TIME')
local length = redis.call('XLEN', KEYS[1])
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
return {
    length, first and first[1] or '', last and last[1] or '',
    string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)),
    tonumber(redis.call('HGET', KEYS[2], 'dropped') or '0'),
}
