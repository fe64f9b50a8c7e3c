-- What wrk sends, and what it tells at its end. BENCH_SUMMARY names the file for that. With BENCH_SESSIONS, the beginning
-- of new session ids, the requests are turns, BENCH_SLOTS sessions side by side, each over after BENCH_TURNS turns; without,
-- they are GETs of wrk's URL.

local sessions = os.getenv("BENCH_SESSIONS")
local slots = tonumber(os.getenv("BENCH_SLOTS"))
local turns = tonumber(os.getenv("BENCH_TURNS"))

local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

if sessions then
  -- Made once per session, not per turn: wrk shares the processors with what it measures.
  local requests = {}
  local sent = 0

  function request()
    local slot, round = sent % slots, math.floor(sent / slots)
    sent = sent + 1
    if round % turns == 0 then
      local id = string.format("%s-%d-%d-%d", sessions, number, slot, round / turns)
      local headers = { ["Content-Type"] = "application/json", ["X-Session-Id"] = id }
      local body = os.getenv("BENCH_BODY"):gsub("SESSION", id, 1)
      requests[slot] = wrk.format("POST", nil, headers, body)
    end
    return requests[slot]
  end
end

function done(summary, latency)
  local file = assert(io.open(os.getenv("BENCH_SUMMARY"), "w"))
  local errors = summary.errors
  file:write(string.format(
    '{"requests":%d,"microseconds":%d,"statuses":%d,"sockets":%d,"p50":%d,"p99":%d,"mean":%f}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.mean
  ))
  file:close()
end
