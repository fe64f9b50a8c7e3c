-- $1 session, $2 ms for which its runs must not come back, $3 principal, null for all
WITH written AS (SELECT $1::text AS id), asked AS (SELECT $2::bigint AS retention, $3::text AS principal)
