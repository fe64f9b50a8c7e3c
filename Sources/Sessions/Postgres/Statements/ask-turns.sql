-- $1 session, $2 owner or null, $3 how many
SELECT row_to_json(found)::text FROM (
    SELECT
        t.owner, t.number, t.run_id, floor(extract(epoch FROM t.committed_at))::bigint AS committed_at, t.duration_ms,
        t.project_id, t.milestone_id, t.user_story_id, t.model, t.steps, t.stopped_by, t.summary, t.warnings,
        t.input_tokens, t.output_tokens, t.cache_read_input_tokens, t.cache_creation_input_tokens,
        (
            SELECT coalesce(json_agg(row_to_json(c) ORDER BY c.number), '[]') FROM (
                SELECT u.number, u.name, u.access, u.outcome, u.duration_ms, u.arguments, u.created
                FROM parley_archive.tool_usage AS u WHERE u.run_id = t.run_id
            ) AS c
        ) AS tool_calls
    FROM parley_archive.turns AS t
    WHERE t.session_id = $1 AND ($2::text IS NULL OR t.owner = $2)
    ORDER BY t.position, t.number LIMIT $3::bigint
) AS found
