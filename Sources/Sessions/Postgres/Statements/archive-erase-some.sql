-- $1 the receipt's number, $2 session or null, $3 owner or null, $4 position, $5 how many turns
SELECT parley_archive.erase_some($1::bigint, $2::text, $3::text, $4::bigint, $5::bigint)
