-- What every script about turns and sessions has besides.

-- For how many milliseconds a session's meta outlives its history: another program may prolong the history, and whose it
-- is must still be known.
local meta_outlives = 3600000

-- Tells the worker that has the run.
local function wake(entry)
    signal(entry.worker, entry.run)
end

-- These fields of a meta; what is not there is false. It has fence, cleared fence and owner, and once a turn is stored
-- version, turns, created, updated, ttl, rate, cut, run and fingerprint. `run` names the runs whose outcomes were stored
-- last, the newest first, and `fingerprint` is that of the history that the newest left: as long as that fits, nobody else
-- has written one.
local function read_meta(key, ...)
    return unpack(redis.call('HMGET', key, ...))
end

-- Whether the outcome of `run` is stored. The newest commits are known by their runs.
local function has_committed(runs, run)
    -- Hardly ever is it there at all; only then its ends are looked at.
    return runs and string.find(runs, run, 1, true)
        and string.find(' ' .. runs .. ' ', ' ' .. run .. ' ', 1, true) ~= nil
end

-- `fence run worker`, and `interrupted` once someone wants to run instead; nil when nobody holds the lease.
local function read_lease(key)
    local text = redis.call('GET', key)
    if not text then
        return nil
    end
    local fence, run, worker, rest = string.match(text, '^(%S+) (%S+) (%S+)(.*)$')
    return {text = text, fence = fence, run = run, worker = worker, interrupted = rest == ' interrupted'}
end

-- The run that holds the lease; false when nobody does.
local function read_holder(key)
    local text = redis.call('GET', key)
    return text and (string.match(text, '^%S+ (%S+) %S') or '')
end

-- Those who wait, each `run worker key-digest end`, without `run` and without those whose end has come, in milliseconds:
-- they have not asked again, so their worker has died. Also `run`'s own place among them, nil when it has none.
local function read_queue(key, now, run)
    local queue, own = {}, nil
    local texts = redis.call('LRANGE', key, '0', '-1')
    for _, text in ipairs(texts) do
        local name, worker, digest, finish = string.match(text, '^(%S+) (%S+) (%S+) (%d+)$')
        if name == run then
            own = #queue + 1
        elseif name and tonumber(finish) * 1000 > now then
            queue[#queue + 1] = {text = text, run = name, worker = worker, digest = digest, finish = tonumber(finish)}
        end
    end
    queue.stored = #texts
    return queue, own
end

local function write_queue(key, queue)
    if #queue ~= (queue.stored or 0) or queue.isChanged then
        redis.call('DEL', key)
        local last = 0
        for _, entry in ipairs(queue) do
            redis.call('RPUSH', key, entry.text)
            last = math.max(last, entry.finish)
        end
        if last > 0 then
            redis.call('PEXPIREAT', key, integer(last))
        end
    end
end

-- A waiter's entry, good for two leases: it asks again at least once in one.
local function waiter(run, worker, digest, now, lease)
    local finish = math.floor(now / 1000) + 2 * lease
    return {
        text = run .. ' ' .. worker .. ' ' .. digest .. ' ' .. integer(finish),
        run = run, worker = worker, digest = digest, finish = finish,
    }
end

-- What is kept under an idempotency key: `state request-digest run`, then a line end and the answer. States: claimed,
-- answered, blanked by a clear, and expelled: claimed by a run that a clear has ended. nil when there is none.
local function read_record(key)
    local text = key and redis.call('GETRANGE', key, '0', '255') or ''
    local state, request, run = string.match(text, '^(%S+) (%S+) (%S+)')
    return state and {state = state, request = request, run = run}
end

local function stored_answer(key)
    local text = redis.call('GET', key)
    return string.sub(text, string.find(text, '\n', 1, true) + 1)
end

local function write_record(key, state, request, run, ...)
    redis.call('SET', key, state .. ' ' .. request .. ' ' .. run, ...)
end

-- The bytes of a history and when it ends, in milliseconds: -1 for one that does not, -2 for none at all. A third value is
-- the error that tells what lies there instead.
local function measure(key)
    local size = redis.pcall('STRLEN', key)
    if type(size) == 'number' then
        return size, redis.call('PEXPIRETIME', key)
    end
    local kind = redis.call('TYPE', key).ok
    return 0, -2, kind == 'string' and size or redis.error_reply('WRONGTYPE the history is a ' .. kind)
end

-- What a history is known by without its bytes; '' when there is none. One without an expiry is known by its bytes.
local function fingerprint(key, size, expiry)
    if expiry == -2 then
        return ''
    elseif expiry == -1 then
        return redis.sha1hex(redis.call('GET', key))
    end
    return integer(expiry) .. '-' .. integer(size)
end

-- When what is to live for so many milliseconds from now on shall end: one early, since what another program writes in this
-- very millisecond, to live as long, must not be taken for ours.
local function ends_in(milliseconds, now)
    return math.floor(now / 1000) + milliseconds - 1
end

local function too_large(size)
    return redis.error_reply('TOOLARGE the history has ' .. size .. ' bytes')
end
