-- $1 days, $2 how many turns at most
-- Only one worker at a time: null for the others.
SELECT CASE
    WHEN pg_try_advisory_xact_lock(hashtext('parley_archive.expire'))
    THEN parley_archive.expire(clock_timestamp() - $1::integer * interval '1 day', $2::bigint)
END
