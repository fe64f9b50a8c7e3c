-- $1 owner or null, $2 since when in s or null, $3 until when in s or null, $4 how many
SELECT row_to_json(found)::text FROM (
    SELECT * FROM parley_archive.usage_per_day
    WHERE ($1::text IS NULL OR owner = $1)
        AND ($2::bigint IS NULL OR day >= (to_timestamp($2) AT TIME ZONE 'UTC')::date)
        AND ($3::bigint IS NULL OR day < (to_timestamp($3) AT TIME ZONE 'UTC')::date)
    ORDER BY day DESC, owner, model LIMIT $4::bigint
) AS found
