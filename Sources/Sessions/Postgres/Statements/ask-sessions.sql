-- $1 owner or null, $2 since when in s or null, $3 type and $4 id of an artifact or null, $5 how many
SELECT row_to_json(found)::text FROM (
    SELECT
        s.session_id, s.owner, s.turns, s.input_tokens, s.output_tokens, s.artifacts, s.turns_with_warnings,
        floor(extract(epoch FROM s.first_turn_at))::bigint AS first_turn_at,
        floor(extract(epoch FROM s.last_turn_at))::bigint AS last_turn_at
    FROM parley_archive.session_overview AS s
    WHERE ($1::text IS NULL OR s.owner = $1) AND ($2::bigint IS NULL OR s.last_turn_at >= to_timestamp($2))
        AND ($4::bigint IS NULL OR EXISTS (
            SELECT FROM parley_archive.artifact_origins AS a
            WHERE a.type = $3 AND a.id = $4 AND a.session_id = s.session_id AND a.owner = s.owner
        ))
    ORDER BY s.last_turn_at DESC, s.session_id LIMIT $5::bigint
) AS found
