#!lua flags=allow-oom
-- KEYS history, meta, lease, waiting, journal · ARGV dry run: 1 or 0
-- Answers 1 when the meta was left over from a history that is gone; then it is gone, too, unless the run is dry. A meta
-- without turns is the mark of a clear, or of a first turn, and ends by itself.
if redis.call('EXISTS', KEYS[1], KEYS[3], KEYS[4], KEYS[5]) > 0 or not read_meta(KEYS[2], 'turns')
    or redis.call('PTTL', KEYS[2]) <= meta_outlives then
    return 0
end
return ARGV[1] == '1' and 1 or redis.call('UNLINK', KEYS[2])
