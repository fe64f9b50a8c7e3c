-- Runs and their events, as long as somebody may ask for them.

-- Which runs began in which session, and those that were dropped and must not come back. It is small, and outlives a
-- crash: a clear finds the runs of its session by it, and what was cleared stays so.
CREATE TABLE parley.begun_runs (
    run_id text PRIMARY KEY,
    -- Null for a run that was dropped before it had begun, or without a session.
    session_id text,
    owner text,
    is_forgotten boolean NOT NULL DEFAULT false,
    expires_at timestamptz NOT NULL
);
CREATE INDEX begun_runs_by_session ON parley.begun_runs (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX begun_runs_by_expiry ON parley.begun_runs (expires_at);

-- How far runs are. They are recorded up to 25 times a second each, and nothing depends on it: unlogged, a record costs
-- no write to the log and no wait for the disk. After a crash a run is known again from its next record on.
CREATE UNLOGGED TABLE parley.runs (
    id text PRIMARY KEY,
    owner text NOT NULL,
    session_id text,
    -- waiting, running, finished, failed, cancelled; forgotten: it was dropped.
    state text NOT NULL,
    has_ended boolean NOT NULL,
    -- Milliseconds since 1970, as the run's worker says.
    created_at bigint NOT NULL,
    started_at bigint,
    ended_at bigint,
    steps integer NOT NULL,
    tool_calls integer NOT NULL,
    write_calls integer NOT NULL,
    -- The numbers of the oldest event that is kept and of the newest one.
    first_event bigint NOT NULL,
    last_event bigint NOT NULL,
    is_cancelled boolean NOT NULL DEFAULT false,
    -- Until when somebody is to be told of more events.
    readers_until timestamptz NOT NULL DEFAULT '-infinity',
    -- Each record gives the run its whole life anew: what is left of it tells how long ago the last one was.
    expires_at timestamptz NOT NULL
    -- Only the id has an index, and there is room beside a row: so its next versions cost no index anything. What has
    -- expired is found by reading the table, which holds the runs of a few minutes.
) WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.05);

-- Those that are kept of each run: its worker says which, and keeps their number and size within bounds.
CREATE UNLOGGED TABLE parley.run_events (
    run_id text NOT NULL,
    number bigint NOT NULL,
    name text NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (run_id, number)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
