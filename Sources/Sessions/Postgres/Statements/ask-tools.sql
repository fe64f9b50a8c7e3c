-- $1 owner or null, $2 since when in s or null, $3 tool's name or null, $4 only those that failed, $5 how many
SELECT row_to_json(found)::text FROM (
    SELECT
        floor(extract(epoch FROM committed_at))::bigint AS committed_at, session_id, owner, run_id, number, name, access,
        outcome, duration_ms, arguments, created
    FROM parley_archive.tool_usage
    WHERE ($1::text IS NULL OR owner = $1) AND ($2::bigint IS NULL OR committed_at >= to_timestamp($2))
        AND ($3::text IS NULL OR name = $3) AND (NOT $4::boolean OR outcome <> 'ok')
    ORDER BY tool_usage.committed_at DESC, run_id, number LIMIT $5::bigint
) AS found
