#!lua flags=allow-oom
-- KEYS history, meta
-- A server that is full must still be able to forget.
return redis.call('UNLINK', KEYS[1], KEYS[2])
