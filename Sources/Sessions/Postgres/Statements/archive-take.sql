-- $1 positions, $2 numbers of the last turns, $3 entries
SELECT count(*) FROM (
    SELECT parley_archive.take(given.position, given.turn, given.entry)
    FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) WITH ORDINALITY AS given (position, turn, entry, place)
    ORDER BY given.place
) AS taken
