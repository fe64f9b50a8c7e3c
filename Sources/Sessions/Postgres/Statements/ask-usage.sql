-- $1 owner or null, $2 since when in s or null, $3 until when in s or null, $4 how many
-- The view usage_per_day, of the turns in question alone.
SELECT row_to_json(found)::text FROM (
    SELECT
        (committed_at AT TIME ZONE 'UTC')::date AS day, owner, model,
        count(DISTINCT session_id) AS sessions, count(*) AS turns, sum(steps)::bigint AS steps,
        sum(input_tokens)::bigint AS input_tokens, sum(output_tokens)::bigint AS output_tokens,
        sum(cache_read_input_tokens)::bigint AS cache_read_input_tokens,
        sum(cache_creation_input_tokens)::bigint AS cache_creation_input_tokens
    FROM parley_archive.turns
    WHERE ($1::text IS NULL OR owner = $1)
        AND ($2::bigint IS NULL OR committed_at >= date_trunc('day', to_timestamp($2), 'UTC'))
        AND ($3::bigint IS NULL OR committed_at < date_trunc('day', to_timestamp($3), 'UTC'))
    GROUP BY 1, 2, 3
    ORDER BY day DESC, owner, model LIMIT $4::bigint
) AS found
