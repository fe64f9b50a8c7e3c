SELECT count(*) FROM parley.sessions WHERE history IS NOT NULL AND expires_at <= statement_timestamp()
