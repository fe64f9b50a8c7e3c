#!lua flags=allow-oom
-- KEYS history, meta
-- Answers 1 when the meta was left over from a history that is gone, and is now gone, too.
if redis.call('EXISTS', KEYS[1]) == 1 then
    return 0
end
return redis.call('UNLINK', KEYS[2])
