-- What every script begins with. Redis numbers in Lua are doubles: microseconds since 1970 fit for another two centuries,
-- but must be written out, since Lua itself would print them with an exponent. Commands are given texts where it costs
-- nothing: Redis prints a number with 17 digits first, which takes half as long as a small command.

-- The server's clock in microseconds.
local function clock()
    local time = redis.call('TIME')
    return time[1] * 1000000 + time[2]
end

-- A whole number as text: C's `long`, which has 64 bits in every Redis that is built for 64.
local function integer(number)
    return string.format('%d', number)
end

-- Tells those of a worker who listen for `name` to ask again. It may be gone, or publishing be forbidden: everybody also asks
-- by themselves.
local function signal(worker, name)
    redis.pcall('PUBLISH', 'parley:worker:' .. worker, name)
end
