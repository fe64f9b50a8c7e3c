-- What was said and done, for as long as it is to be kept: for people and their questions, see the views at the end. It holds
-- no token: none comes in.
DO $$
BEGIN
    -- Whoever may not make a schema may have been given one.
    IF to_regnamespace('parley_archive') IS NULL THEN CREATE SCHEMA parley_archive; END IF;
END
$$;

CREATE TABLE parley_archive.sessions (
    session_id text NOT NULL,
    -- The principal that ran it, `user:<id>`. An id that was forgotten by one user may be taken by another.
    owner text NOT NULL,
    first_turn_at timestamptz NOT NULL,
    last_turn_at timestamptz NOT NULL,
    PRIMARY KEY (session_id, owner)
);
CREATE INDEX sessions_by_owner ON parley_archive.sessions (owner, last_turn_at);
CREATE INDEX sessions_by_time ON parley_archive.sessions (last_turn_at);

CREATE TABLE parley_archive.turns (
    run_id text PRIMARY KEY,
    session_id text NOT NULL,
    owner text NOT NULL,
    -- When it was committed, by the store's clock, in nanoseconds since 1970; tells the order.
    position bigint NOT NULL,
    -- Counted from 1 in the session. A hole is a turn that found no room in the outbox.
    number bigint NOT NULL,
    committed_at timestamptz NOT NULL,
    -- When it was asked for, by the worker's clock; null: its worker was lost, and another one settled it.
    started_at timestamptz,
    duration_ms bigint,
    project_id bigint NOT NULL,
    milestone_id bigint NOT NULL,
    user_story_id bigint,
    model text NOT NULL,
    steps integer NOT NULL,
    -- Null: the model was done.
    stopped_by text,
    summary text NOT NULL,
    warnings text[] NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cache_read_input_tokens bigint NOT NULL,
    cache_creation_input_tokens bigint NOT NULL,
    FOREIGN KEY (session_id, owner) REFERENCES parley_archive.sessions ON DELETE CASCADE
);
CREATE INDEX turns_by_session ON parley_archive.turns (session_id, owner, position);
CREATE INDEX turns_by_owner ON parley_archive.turns (owner, committed_at);
CREATE INDEX turns_by_time ON parley_archive.turns (committed_at);

CREATE TABLE parley_archive.messages (
    run_id text NOT NULL REFERENCES parley_archive.turns ON DELETE CASCADE,
    -- Counted from 0 in the turn.
    number integer NOT NULL,
    role text NOT NULL,
    -- A text, or an array of blocks of the Messages API.
    content jsonb NOT NULL,
    PRIMARY KEY (run_id, number)
);

CREATE TABLE parley_archive.tool_calls (
    run_id text NOT NULL REFERENCES parley_archive.turns ON DELETE CASCADE,
    -- Counted from 0 in the turn.
    number integer NOT NULL,
    call_id text NOT NULL,
    name text NOT NULL,
    -- Null: what the model wrote was no JSON object.
    arguments jsonb,
    access text NOT NULL CHECK (access IN ('read', 'write')),
    -- not_run: a budget, a stop or a mistake in the call; unfinished: cut off, what it did is not known.
    outcome text NOT NULL CHECK (outcome IN ('ok', 'error', 'unfinished', 'not_run')),
    -- Null: it was not made, or by a worker that was lost.
    duration_ms bigint,
    PRIMARY KEY (run_id, number)
);
CREATE INDEX tool_calls_by_name ON parley_archive.tool_calls (name);
CREATE INDEX tool_calls_that_failed ON parley_archive.tool_calls (run_id) WHERE outcome <> 'ok';

-- What tool calls created.
CREATE TABLE parley_archive.artifacts (
    run_id text NOT NULL REFERENCES parley_archive.turns ON DELETE CASCADE,
    call_number integer NOT NULL,
    number integer NOT NULL,
    type text NOT NULL,
    id bigint NOT NULL,
    ref bigint,
    subject text NOT NULL,
    -- The story that a task belongs to.
    user_story_id bigint,
    PRIMARY KEY (run_id, call_number, number)
);
CREATE INDEX artifacts_by_id ON parley_archive.artifacts (type, id);

-- Until when a session was cleared: what stands before is not continued any more. An empty owner: whoever's it was.
CREATE TABLE parley_archive.clears (
    session_id text NOT NULL,
    owner text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (session_id, owner)
);
CREATE INDEX clears_by_position ON parley_archive.clears (position);

-- The receipts of erasures. What was erased is known by its digest alone, so that what was on its way does not come back.
CREATE TABLE parley_archive.erasures (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- SHA-256 of `session <id>`, `session <id> <owner>` or `user <owner>`.
    subject bytea NOT NULL,
    position bigint NOT NULL,
    erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sessions bigint NOT NULL,
    turns bigint NOT NULL,
    messages bigint NOT NULL,
    tool_calls bigint NOT NULL,
    artifacts bigint NOT NULL
);
CREATE INDEX erasures_by_subject ON parley_archive.erasures (subject, position);

-- Entries that are none, as they came: for whoever finds out why.
CREATE TABLE parley_archive.rejected (
    position bigint PRIMARY KEY,
    session_id text,
    owner text,
    reason text NOT NULL,
    entry bytea NOT NULL,
    rejected_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The position of what happens now.
CREATE FUNCTION parley_archive.now() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 1000
$$;

CREATE FUNCTION parley_archive.digest(subject text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT sha256(convert_to(subject, 'UTF8'))
$$;

-- JSON without what jsonb has no place for: NUL, and halves of surrogate pairs. They become U+FFFD. Goes through the text once:
-- plain text, whole pairs, what cannot stay, any other escape.
CREATE FUNCTION parley_archive.storable(json text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT string_agg(CASE WHEN part[3] IS NULL THEN coalesce(part[1], part[2], part[4]) ELSE '\ufffd' END, '' ORDER BY place)
    FROM regexp_matches(
        json,
        '([^\\]+)|(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})'
            || '|(\\u0000|\\u[dD][89a-fA-F][0-9a-fA-F]{2})|(\\.)',
        'g'
    ) WITH ORDINALITY AS parts (part, place)
$$;

-- Takes the turns of an entry, each once.
CREATE FUNCTION parley_archive.take_turns(entry jsonb, entry_position bigint, last_number bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    session text := entry ->> 'session_id';
    principal text := entry ->> 'owner';
    committed timestamptz := to_timestamp(entry_position / 1000000000.0);
    taken text[];
BEGIN
    INSERT INTO parley_archive.sessions AS s (session_id, owner, first_turn_at, last_turn_at)
    VALUES (session, principal, committed, committed)
    ON CONFLICT (session_id, owner) DO UPDATE SET
        first_turn_at = least(s.first_turn_at, committed), last_turn_at = greatest(s.last_turn_at, committed);

    WITH given AS (
        SELECT turn, place, count(*) OVER () AS total
        FROM jsonb_array_elements(entry -> 'turns') WITH ORDINALITY AS each (turn, place)
    ), added AS (
        INSERT INTO parley_archive.turns (
            run_id, session_id, owner, position, number, committed_at, started_at, duration_ms,
            project_id, milestone_id, user_story_id, model, steps, stopped_by, summary, warnings,
            input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens
        )
        SELECT
            turn ->> 'run_id', session, principal, entry_position, last_number - total + place, committed,
            to_timestamp((turn ->> 'started_at')::bigint / 1000.0),
            (turn ->> 'ended_at')::bigint - (turn ->> 'started_at')::bigint,
            (turn ->> 'project_id')::bigint, (turn ->> 'milestone_id')::bigint, (turn ->> 'user_story_id')::bigint,
            turn ->> 'model', (turn ->> 'steps')::integer, turn ->> 'stopped_by', turn ->> 'summary',
            ARRAY(SELECT jsonb_array_elements_text(turn -> 'warnings')),
            (turn #>> '{usage,input_tokens}')::bigint, (turn #>> '{usage,output_tokens}')::bigint,
            (turn #>> '{usage,cache_read_input_tokens}')::bigint,
            (turn #>> '{usage,cache_creation_input_tokens}')::bigint
        FROM given
        ON CONFLICT (run_id) DO NOTHING
        RETURNING run_id
    )
    SELECT array_agg(run_id) INTO taken FROM added;

    INSERT INTO parley_archive.messages (run_id, number, role, content)
    SELECT turn ->> 'run_id', place - 1, message ->> 'role', message -> 'content'
    FROM jsonb_array_elements(entry -> 'turns') AS turn,
        jsonb_array_elements(turn -> 'messages') WITH ORDINALITY AS each (message, place)
    WHERE turn ->> 'run_id' = ANY (taken);

    INSERT INTO parley_archive.tool_calls (run_id, number, call_id, name, arguments, access, outcome, duration_ms)
    SELECT
        turn ->> 'run_id', place - 1, call ->> 'id', call ->> 'name', nullif(call -> 'arguments', 'null'),
        call ->> 'access', call ->> 'outcome', (call ->> 'duration_ms')::bigint
    FROM jsonb_array_elements(entry -> 'turns') AS turn,
        jsonb_array_elements(turn -> 'tool_calls') WITH ORDINALITY AS each (call, place)
    WHERE turn ->> 'run_id' = ANY (taken);

    INSERT INTO parley_archive.artifacts (run_id, call_number, number, type, id, ref, subject, user_story_id)
    SELECT
        turn ->> 'run_id', place - 1, item_place - 1, item ->> 'type', (item ->> 'id')::bigint,
        (item ->> 'ref')::bigint, item ->> 'subject', (item ->> 'user_story_id')::bigint
    FROM jsonb_array_elements(entry -> 'turns') AS turn,
        jsonb_array_elements(turn -> 'tool_calls') WITH ORDINALITY AS each (call, place),
        jsonb_array_elements(call -> 'created') WITH ORDINALITY AS made (item, item_place)
    WHERE turn ->> 'run_id' = ANY (taken);
END
$$;

-- Session and owner of an entry: every one begins with them, so that they are known also of one that cannot be read.
CREATE FUNCTION parley_archive.names(given bytea) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT regexp_match(
        encode(substring(given FROM 1 FOR 400), 'escape'), '^{"session_id":"([^"]*)","owner":(?:"([^"]*)"|null)'
    )
$$;

-- Whether what was committed at this position was erased since. An erasure waits for those that are at it, and they for it.
CREATE FUNCTION parley_archive.is_erased(session text, principal text, entry_position bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('parley_archive.erasures'));
    RETURN EXISTS (
        SELECT FROM parley_archive.erasures AS e
        WHERE e.position >= entry_position AND e.subject IN (
            parley_archive.digest('session ' || session),
            parley_archive.digest('session ' || session || ' ' || principal),
            parley_archive.digest('user ' || principal)
        )
    );
END
$$;

-- Keeps an entry as it came, unless it was erased meanwhile.
CREATE FUNCTION parley_archive.put_aside(entry_position bigint, given bytea, why text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    names text[] := parley_archive.names(given);
BEGIN
    IF parley_archive.is_erased(names[1], names[2], entry_position) THEN RETURN; END IF;
    INSERT INTO parley_archive.rejected (position, session_id, owner, reason, entry)
    VALUES (entry_position, names[1], names[2], why, given)
    ON CONFLICT DO NOTHING;
END
$$;

-- Takes an entry that a commit or a clear has left, whatever is in it: the same one twice changes nothing, what was erased
-- meanwhile stays out, and what is no entry is put aside. Whether it is in the archive now.
CREATE FUNCTION parley_archive.take(entry_position bigint, last_number bigint, given bytea)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    names text[] := parley_archive.names(given);
    session text := names[1];
    principal text := names[2];
    content text;
    entry jsonb;
    message text;
BEGIN
    IF parley_archive.is_erased(session, principal, entry_position) THEN RETURN false; END IF;
    BEGIN
        content := convert_from(given, 'UTF8');
        BEGIN
            entry := content::jsonb;
        EXCEPTION WHEN untranslatable_character OR invalid_text_representation THEN
            entry := parley_archive.storable(content)::jsonb;
        END;
        IF entry ? 'cleared' THEN
            INSERT INTO parley_archive.clears AS c (session_id, owner, position)
            VALUES (session, coalesce(principal, ''), entry_position)
            ON CONFLICT (session_id, owner) DO UPDATE SET position = greatest(c.position, excluded.position);
        ELSE
            PERFORM parley_archive.take_turns(entry, entry_position, last_number);
        END IF;
        RETURN true;
    EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded THEN
        GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
        PERFORM parley_archive.put_aside(entry_position, given, message);
        RETURN false;
    END;
END
$$;

-- Begins an erasure of a session, whoever's it was or one owner's, or of all of an owner: from here on nothing of it comes in
-- any more that was committed up to the position. The number of the receipt.
CREATE FUNCTION parley_archive.begin_erasure(erased_session text, erased_owner text, up_to bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    receipt bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('parley_archive.erasures'));
    INSERT INTO parley_archive.erasures (subject, position, sessions, turns, messages, tool_calls, artifacts)
    VALUES (
        parley_archive.digest(
            CASE
                WHEN erased_session IS NULL THEN 'user ' || erased_owner
                ELSE 'session ' || erased_session || coalesce(' ' || erased_owner, '')
            END
        ),
        up_to, 0, 0, 0, 0, 0
    )
    RETURNING number INTO receipt;
    RETURN receipt;
END
$$;

-- Erases at most so many turns of what was begun, and in the end the rest; whether it is done. The receipt counts up.
CREATE FUNCTION parley_archive.erase_some(
    receipt bigint, erased_session text, erased_owner text, up_to bigint, most bigint
)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    ids text[];
    names text[];
    counted parley_archive.erasures;
BEGIN
    SELECT array_agg(run_id) INTO ids FROM (
        SELECT run_id FROM parley_archive.turns AS t
        WHERE (erased_session IS NULL OR t.session_id = erased_session)
            AND (erased_owner IS NULL OR t.owner = erased_owner) AND t.position <= up_to
        LIMIT most
    ) AS portion;
    IF ids IS NOT NULL THEN
        DELETE FROM parley_archive.messages WHERE run_id = ANY (ids);
        GET DIAGNOSTICS counted.messages = ROW_COUNT;
        DELETE FROM parley_archive.artifacts WHERE run_id = ANY (ids);
        GET DIAGNOSTICS counted.artifacts = ROW_COUNT;
        DELETE FROM parley_archive.tool_calls WHERE run_id = ANY (ids);
        GET DIAGNOSTICS counted.tool_calls = ROW_COUNT;
        DELETE FROM parley_archive.turns WHERE run_id = ANY (ids);
        GET DIAGNOSTICS counted.turns = ROW_COUNT;
        UPDATE parley_archive.erasures SET
            turns = turns + counted.turns, messages = messages + counted.messages,
            tool_calls = tool_calls + counted.tool_calls, artifacts = artifacts + counted.artifacts
        WHERE number = receipt;
        RETURN false;
    END IF;
    SELECT array_agg(DISTINCT s.session_id) || erased_session INTO names FROM parley_archive.sessions AS s
    WHERE (erased_session IS NULL OR s.session_id = erased_session)
        AND (erased_owner IS NULL OR s.owner = erased_owner);
    DELETE FROM parley_archive.sessions AS s
    WHERE (erased_session IS NULL OR s.session_id = erased_session)
        AND (erased_owner IS NULL OR s.owner = erased_owner)
        AND NOT EXISTS (
            SELECT FROM parley_archive.turns AS t WHERE t.session_id = s.session_id AND t.owner = s.owner
        );
    GET DIAGNOSTICS counted.sessions = ROW_COUNT;
    -- A mark for all owners is still needed while another one has turns there.
    DELETE FROM parley_archive.clears AS c
    WHERE c.position <= up_to AND (
        (c.owner = erased_owner AND (erased_session IS NULL OR c.session_id = erased_session))
        OR (c.session_id = ANY (names) AND (
            erased_owner IS NULL
            OR NOT EXISTS (SELECT FROM parley_archive.turns AS t WHERE t.session_id = c.session_id)
        ))
    );
    DELETE FROM parley_archive.rejected AS r
    WHERE (erased_session IS NULL OR r.session_id = erased_session)
        AND (erased_owner IS NULL OR r.owner = erased_owner) AND r.position <= up_to;
    UPDATE parley_archive.erasures SET sessions = sessions + counted.sessions, erased_at = clock_timestamp()
    WHERE number = receipt;
    RETURN true;
END
$$;

-- Deletes what was committed before `cutoff`, at most so many turns; how many.
CREATE FUNCTION parley_archive.expire(cutoff timestamptz, most bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    expired bigint;
    oldest bigint := floor(extract(epoch FROM cutoff))::bigint * 1000000000;
BEGIN
    WITH gone AS (
        DELETE FROM parley_archive.turns WHERE run_id IN (
            SELECT run_id FROM parley_archive.turns WHERE committed_at < cutoff
            ORDER BY committed_at LIMIT most FOR UPDATE SKIP LOCKED
        )
        RETURNING session_id, owner
    ), emptied AS (
        -- What is deleted here is still to be seen in here: a session ends with its last turn.
        DELETE FROM parley_archive.sessions AS s USING (SELECT DISTINCT session_id, owner FROM gone) AS g
        WHERE s.session_id = g.session_id AND s.owner = g.owner AND s.last_turn_at < cutoff
    )
    SELECT count(*) INTO expired FROM gone;
    DELETE FROM parley_archive.clears AS c WHERE (c.session_id, c.owner) IN (
        SELECT old.session_id, old.owner FROM parley_archive.clears AS old
        WHERE old.position < oldest AND NOT EXISTS (
            SELECT FROM parley_archive.turns AS t WHERE t.session_id = old.session_id AND t.position <= old.position
        )
        LIMIT most
    );
    DELETE FROM parley_archive.rejected AS r WHERE r.position < oldest;
    RETURN expired;
END
$$;

-- Turns that may be continued: since the session was last cleared.
CREATE VIEW parley_archive.open_turns AS
SELECT t.*
FROM parley_archive.turns AS t
WHERE NOT EXISTS (
    SELECT FROM parley_archive.clears AS c
    WHERE c.session_id = t.session_id AND c.owner IN ('', t.owner) AND c.position >= t.position
);

-- A session a row: what it was about, how large it is, what it cost, and how many of its turns are missing.
CREATE VIEW parley_archive.session_overview AS
SELECT
    s.session_id, s.owner, s.first_turn_at, s.last_turn_at,
    count(t.run_id) AS turns,
    coalesce(sum(t.input_tokens + t.cache_read_input_tokens + t.cache_creation_input_tokens), 0)::bigint AS input_tokens,
    coalesce(sum(t.output_tokens), 0)::bigint AS output_tokens,
    (
        SELECT count(*) FROM parley_archive.artifacts AS a JOIN parley_archive.turns AS made USING (run_id)
        WHERE made.session_id = s.session_id AND made.owner = s.owner
    ) AS artifacts,
    count(*) FILTER (WHERE t.warnings <> '{}') AS turns_with_warnings
FROM parley_archive.sessions AS s
LEFT JOIN parley_archive.turns AS t USING (session_id, owner)
GROUP BY s.session_id, s.owner, s.first_turn_at, s.last_turn_at;

-- Numbers of turns that are in no entry: their outbox was full. A number that is not higher begins a new conversation.
CREATE VIEW parley_archive.missing_turns AS
SELECT session_id, owner, before + 1 AS first_number, number - 1 AS last_number, committed_at AS known_before
FROM (
    SELECT
        session_id, owner, number, committed_at,
        coalesce(lag(number) OVER (PARTITION BY session_id, owner ORDER BY position, number), 0) AS before
    FROM parley_archive.turns
) AS numbered
WHERE number > before + 1;

-- Turns and tokens of each user and day (UTC).
CREATE VIEW parley_archive.usage_per_day AS
SELECT
    (committed_at AT TIME ZONE 'UTC')::date AS day, owner, model,
    count(DISTINCT session_id) AS sessions, count(*) AS turns, sum(steps)::bigint AS steps,
    sum(input_tokens)::bigint AS input_tokens, sum(output_tokens)::bigint AS output_tokens,
    sum(cache_read_input_tokens)::bigint AS cache_read_input_tokens,
    sum(cache_creation_input_tokens)::bigint AS cache_creation_input_tokens
FROM parley_archive.turns
GROUP BY 1, 2, 3;

-- Tool calls with where and when they were made, and what they created.
CREATE VIEW parley_archive.tool_usage AS
SELECT
    t.committed_at, t.session_id, t.owner, t.run_id, c.number, c.name, c.access, c.outcome, c.duration_ms, c.arguments,
    ARRAY(
        SELECT a.type || ':' || a.id FROM parley_archive.artifacts AS a
        WHERE a.run_id = c.run_id AND a.call_number = c.number ORDER BY a.number
    ) AS created
FROM parley_archive.tool_calls AS c
JOIN parley_archive.turns AS t USING (run_id);

CREATE VIEW parley_archive.failed_tool_calls AS
SELECT * FROM parley_archive.tool_usage WHERE outcome <> 'ok';

-- Which session made a story or a task.
CREATE VIEW parley_archive.artifact_origins AS
SELECT a.type, a.id, a.ref, a.subject, a.user_story_id, t.session_id, t.owner, t.run_id, t.committed_at
FROM parley_archive.artifacts AS a
JOIN parley_archive.turns AS t USING (run_id);

-- All that was said in a session, a message a row.
CREATE VIEW parley_archive.transcripts AS
SELECT
    t.session_id, t.owner, t.position, t.number AS turn, t.run_id, t.committed_at, m.number AS message, m.role, m.content
FROM parley_archive.turns AS t
JOIN parley_archive.messages AS m USING (run_id);
