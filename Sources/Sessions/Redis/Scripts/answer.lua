#!lua flags=no-writes
-- KEYS idempotency record · ARGV request digest
-- Answers the stored answer of this very request, or null.
local record = read_record(KEYS[1])
if record and record.state == 'answered' and record.request == ARGV[1] then
    return stored_answer(KEYS[1])
end
return false
