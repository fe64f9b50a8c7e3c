-- Whether the server takes writes, and the schema's version.
SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off',
    (SELECT coalesce(max(version), 0) FROM parley.schema_version)
