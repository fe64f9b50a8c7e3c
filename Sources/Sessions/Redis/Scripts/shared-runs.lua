-- What every script about a run has besides. The state of a run is a hash: owner, session, state, created, started, ended,
-- steps, calls, writes, last (the number of the last event), worker, cancel, readers. Since each record gives it its whole
-- life anew, what is left of that tells how long ago the last record was.
--
-- A run that was dropped leaves the state `forgotten` behind, for longer than it can live: nothing brings it back.

local function is_known(state)
    return state and state ~= 'forgotten'
end

local function has_ended(state)
    return state == 'finished' or state == 'failed' or state == 'cancelled'
end

local function may_see(owner, principal)
    return principal == '' or owner == principal
end

-- Whether the worker of a run that has not ended is silent for too long: then no more is left of its life than `after_loss`.
local function is_lost(key, after_loss)
    local left = redis.call('PTTL', key)
    return left >= 0 and left <= tonumber(after_loss)
end

-- Tells the workers on which somebody reads along: `worker end`, and so on, ends in milliseconds.
local function tell_readers(run, readers)
    local now = readers and clock() / 1000
    for worker, finish in string.gmatch(readers or '', '(%S+) (%d+)') do
        if tonumber(finish) > now then
            signal(worker, run .. ':events')
        end
    end
end

-- Tells who runs it.
local function tell_runner(run, worker)
    if worker then
        signal(worker, run .. ':wishes')
    end
end
