-- $1 run, $2 principal, null for all
-- The state before. No row when there is no such run.
WITH cancelled AS (
    UPDATE parley.runs AS r SET is_cancelled = true
    WHERE r.id = $1::text AND NOT r.has_ended AND r.state <> 'forgotten' AND r.expires_at > clock_timestamp()
        AND ($2::text IS NULL OR r.owner = $2)
    RETURNING r.id
)
SELECT r.state, CASE WHEN cancelled.id IS NOT NULL THEN pg_notify('parley', $1 || ':wishes') END
FROM parley.runs AS r LEFT JOIN cancelled ON true
WHERE r.id = $1 AND r.state <> 'forgotten' AND r.expires_at > clock_timestamp() AND ($2 IS NULL OR r.owner = $2)
