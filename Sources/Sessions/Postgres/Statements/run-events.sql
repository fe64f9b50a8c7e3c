-- $1 run, $2 principal, null for all, $3 number of the event that was read last, $4 bytes of a page, $5 bytes of an
-- event besides its name and data, $6 ms for which a lost run is known, $7 ms for which a reader is told of more
-- How the page ends, whether something came in between, then number, name and data of an event, null in the only row
-- when there are none. No row when there is no such run. Whoever has read all is told of more.
WITH run AS (
    SELECT
        r.id, r.has_ended, r.first_event, r.last_event, asked.now,
        NOT r.has_ended AND r.expires_at <= asked.now + $6::bigint * interval '1 millisecond' AS is_lost,
        -- Not at each read: two thirds are long enough.
        r.readers_until < asked.now + $7::bigint * 2 / 3 * interval '1 millisecond' AS is_unnoted,
        -- A number that never was, as of another run: who shows it does not have the end.
        CASE WHEN r.has_ended AND $3::bigint > r.last_event THEN r.last_event - 1 ELSE $3 END AS start
    FROM (SELECT clock_timestamp() AS now) AS asked, parley.runs AS r
    WHERE r.id = $1::text AND r.state <> 'forgotten' AND r.expires_at > asked.now
        AND ($2::text IS NULL OR r.owner = $2)
), page AS (
    SELECT sized.number, sized.name, sized.data
    FROM (
        SELECT
            e.number, e.name, e.data,
            sum(octet_length(e.name) + octet_length(e.data) + $5::integer) OVER (
                ORDER BY e.number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS bytes_before
        FROM run, parley.run_events AS e
        WHERE e.run_id = $1 AND e.number > run.start AND e.number >= run.first_event
    ) AS sized
    WHERE sized.bytes_before IS NULL OR sized.bytes_before < $4::integer
), sight AS (
    SELECT
        run.*,
        CASE
            WHEN coalesce((SELECT max(number) FROM page), run.start) < run.last_event THEN 'open'
            WHEN run.has_ended THEN 'ended'
            WHEN run.is_lost THEN 'lost'
            -- The newest page of a run that lives.
            ELSE 'newest'
        END AS ending
    FROM run
), noted AS (
    -- A record that comes before this is seen here, one that comes after it sees this.
    UPDATE parley.runs AS r SET readers_until = sight.now + $7 * interval '1 millisecond' FROM sight
    WHERE r.id = sight.id AND sight.ending = 'newest' AND sight.is_unnoted
    RETURNING r.last_event, r.has_ended
)
SELECT
    sight.ending,
    sight.ending = 'newest' AND sight.is_unnoted
        AND (noted.last_event IS DISTINCT FROM sight.last_event OR noted.has_ended IS DISTINCT FROM false),
    page.number, page.name, page.data
FROM sight LEFT JOIN noted ON true LEFT JOIN page ON true
ORDER BY page.number
