-- $1 owner or null, $2 since when in s or null, $3 type and $4 id of an artifact or null, $5 how many
-- Chooses first and counts then: what is counted are the sessions shown.
SELECT row_to_json(found)::text FROM (
    SELECT
        chosen.session_id, chosen.owner, overview.turns, overview.input_tokens, overview.output_tokens,
        overview.artifacts, overview.turns_with_warnings,
        floor(extract(epoch FROM chosen.first_turn_at))::bigint AS first_turn_at,
        floor(extract(epoch FROM chosen.last_turn_at))::bigint AS last_turn_at
    FROM (
        SELECT * FROM parley_archive.sessions AS s
        WHERE ($1::text IS NULL OR s.owner = $1) AND ($2::bigint IS NULL OR s.last_turn_at >= to_timestamp($2))
            AND ($4::bigint IS NULL OR (s.session_id, s.owner) IN (
                SELECT a.session_id, a.owner FROM parley_archive.artifact_origins AS a WHERE a.type = $3 AND a.id = $4
            ))
        ORDER BY s.last_turn_at DESC, s.session_id LIMIT $5::bigint
    ) AS chosen
    CROSS JOIN LATERAL (
        SELECT
            count(*) AS turns,
            coalesce(sum(t.input_tokens + t.cache_read_input_tokens + t.cache_creation_input_tokens), 0)::bigint
                AS input_tokens,
            coalesce(sum(t.output_tokens), 0)::bigint AS output_tokens,
            (
                SELECT count(*) FROM parley_archive.turns AS made JOIN parley_archive.artifacts AS a USING (run_id)
                WHERE made.session_id = chosen.session_id AND made.owner = chosen.owner
            ) AS artifacts,
            count(*) FILTER (WHERE t.warnings <> '{}') AS turns_with_warnings
        FROM parley_archive.turns AS t
        WHERE t.session_id = chosen.session_id AND t.owner = chosen.owner
    ) AS overview
    ORDER BY chosen.last_turn_at DESC, chosen.session_id
) AS found
