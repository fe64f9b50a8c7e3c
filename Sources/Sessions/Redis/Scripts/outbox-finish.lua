#!lua flags=allow-oom
-- KEYS outbox, entries, state · ARGV group, ids of entries that are archived
for index = 2, #ARGV do
    redis.call('XACK', KEYS[1], ARGV[1], ARGV[index])
    remove(KEYS[1], KEYS[2], KEYS[3], ARGV[index])
end
return #ARGV - 1
