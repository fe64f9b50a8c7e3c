-- Sessions, what is kept under their idempotency keys, and the journals of turns that have not been committed.
CREATE TABLE parley.sessions (
    -- The session's id; `principal/key` for a turn without a session, of which only its answer is to be kept.
    id text PRIMARY KEY,
    -- Lists go by it: it never changes, and what comes later has a greater one.
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    -- Grows with each write. Begins with the time, so that a row that was deleted does not come back with an old one.
    version bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
    -- Lease, queue, keys; null until a turn was wanted.
    control jsonb,
    -- For queries; who may do what follows from the control.
    owner text,
    -- Until when the control must be known even without a history.
    needed_until timestamptz NOT NULL DEFAULT '-infinity',
    -- The JSON array of messages, byte for byte. Other programs may write it, together with expires_at.
    history bytea,
    -- The version with which the history came.
    history_version bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
    -- Turns committed; null, as is what follows, before the first one.
    turns bigint,
    created_at timestamptz,
    updated_at timestamptz,
    -- Seconds that the session lives after its last turn.
    ttl integer,
    -- Millionths of a token per byte.
    token_rate bigint,
    turns_cut bigint,
    -- Null: the history does not expire.
    expires_at timestamptz
    -- Room for a row's next versions beside it.
) WITH (fillfactor = 70);

CREATE INDEX sessions_by_owner ON parley.sessions (owner, number);
CREATE INDEX sessions_by_expiry ON parley.sessions (expires_at) WHERE history IS NOT NULL;
CREATE INDEX sessions_by_need ON parley.sessions (needed_until) WHERE history IS NULL;

-- Whoever writes a history without the version is another program: turns under way must notice.
CREATE FUNCTION parley.note_other_writer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.history_version := NEW.version;
    RETURN NEW;
END
$$;
CREATE TRIGGER other_writer BEFORE UPDATE OF history ON parley.sessions
    FOR EACH ROW WHEN (NEW.version = OLD.version) EXECUTE FUNCTION parley.note_other_writer();

-- Keys as SHA-256 in hexadecimal digits, as is what was asked under them.
CREATE TABLE parley.answers (
    session_id text NOT NULL,
    key text NOT NULL,
    request text NOT NULL,
    -- Null: the session was cleared.
    answer bytea,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (session_id, key)
);
CREATE INDEX answers_by_expiry ON parley.answers (expires_at);

CREATE TABLE parley.journal_entries (
    session_id text NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    entry bytea NOT NULL,
    PRIMARY KEY (session_id, number)
);
