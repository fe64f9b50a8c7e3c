-- $1 how many at most
-- Deletes runs that had their time, with their events. One that is being recorded at this moment is left alone.
WITH gone AS (
    SELECT id FROM parley.runs WHERE expires_at <= statement_timestamp() LIMIT $1::bigint FOR UPDATE SKIP LOCKED
), dropped AS (
    DELETE FROM parley.run_events AS e USING gone WHERE e.run_id = gone.id
)
DELETE FROM parley.runs AS r USING gone WHERE r.id = gone.id
