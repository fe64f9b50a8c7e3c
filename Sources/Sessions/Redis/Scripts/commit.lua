#!lua
-- KEYS history, meta · ARGV history, seconds to live
-- Answers the number of turns. What can fail comes before what writes, so that nothing is half done.
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then
    -- The history has ended, by another program's time to live perhaps: what is left beside it belongs to the past.
    redis.call('DEL', KEYS[2])
elseif kind ~= 'string' then
    return redis.error_reply('WRONGTYPE the history is a ' .. kind)
end
local now = redis.call('TIME')[1]
local turns = redis.call('HINCRBY', KEYS[2], 'turns', 1)
redis.call('HSETNX', KEYS[2], 'created', now)
redis.call('HSET', KEYS[2], 'schema', 1, 'updated', now, 'ttl', ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
redis.call('SETEX', KEYS[1], ARGV[2], ARGV[1])
return turns
