-- $1 session, $2 the version that was looked at, null: there was none, $3 control, $4 owner, $5 needed until, in ms
-- $6 keys, $7 their requests, $8 their answers, $9 their ends in ms, $10 entries of the journal, $11 whether those before
-- are over, $12 runs that are to look again
-- What goes along with whatever was written. No row: someone else was faster, and nothing has happened.
, answered AS (
    INSERT INTO parley.answers (session_id, key, request, answer, expires_at)
    SELECT written.id, given.key, given.request, given.answer, to_timestamp(given.until / 1000.0)
    FROM written, unnest($6::text[], $7::text[], $8::bytea[], $9::bigint[]) AS given (key, request, answer, until)
    ON CONFLICT (session_id, key) DO UPDATE SET
        request = excluded.request, answer = excluded.answer, expires_at = excluded.expires_at
), dropped AS (
    DELETE FROM parley.journal_entries AS e USING written WHERE e.session_id = written.id AND $11::boolean
), noted AS (
    INSERT INTO parley.journal_entries (session_id, entry)
    SELECT written.id, given.entry
    FROM written, unnest($10::bytea[]) WITH ORDINALITY AS given (entry, place)
    ORDER BY given.place
)
SELECT written.*, told.runs
FROM written
CROSS JOIN LATERAL (
    SELECT count(*) AS runs
    FROM (SELECT pg_notify('parley', run) FROM unnest($12::text[]) AS run WHERE written.id IS NOT NULL) AS signals
) AS told
