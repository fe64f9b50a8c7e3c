#!lua flags=allow-oom
-- KEYS history, meta, lease, waiting
-- Answers 1 when the meta was left over from a history that is gone, and is now gone, too. A meta without turns is the
-- mark of a clear, or of a first turn, and ends by itself.
if redis.call('EXISTS', KEYS[1], KEYS[3], KEYS[4]) > 0 or not read_meta(KEYS[2]).turns then
    return 0
end
return redis.call('UNLINK', KEYS[2])
