-- $1 session or null: all of the owner, $2 owner or null: whoever's, $3 position or null: all up to now
-- The receipt's number, and the position.
SELECT parley_archive.begin_erasure($1::text, $2::text, up_to.position), up_to.position
FROM (SELECT coalesce($3::bigint, parley_archive.now()) AS position) AS up_to
