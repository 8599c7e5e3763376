-- doors: who may come in — people with their roles, sessions, API keys — and what callers asked once.
CREATE SCHEMA doors;

-- A person as of a change: the row with the highest version is in force.
CREATE TABLE doors.person (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    login text NOT NULL CHECK (login ~ '^[a-z][a-z0-9._-]{1,31}$'),
    version integer NOT NULL CHECK (version >= 1),
    display_name text NOT NULL CHECK (display_name <> ''),
    roles text NOT NULL,
    active boolean NOT NULL,
    password_sha256 text NOT NULL,
    password_hash text NOT NULL,
    changed_by text NOT NULL CHECK (changed_by <> ''),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (login, version),
    CHECK (row_no = 0),
    CHECK (password_sha256 = encode(sha256(convert_to(password_hash, 'UTF8')), 'hex'))
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON doors.person
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Who is signed in; the token itself is kept nowhere. Sessions pass, so they are not sealed.
CREATE TABLE doors.session (
    token_sha256 text PRIMARY KEY,
    login text NOT NULL,
    began_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > began_at),
    ended_at timestamptz
);
CREATE INDEX session_login ON doors.session (login);

-- Wrong passwords of late, to slow down guessing; kept for the time they count.
CREATE TABLE doors.sign_in_failure (
    login text NOT NULL,
    failed_at timestamptz NOT NULL
);
CREATE INDEX sign_in_failure_login ON doors.sign_in_failure (login, failed_at);

-- A key to the HTTP API; of its secret only the SHA-256 is kept.
CREATE TABLE doors.api_key (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    key_id text NOT NULL UNIQUE CHECK (key_id ~ '^[0-9a-f]{16}$'),
    holder text NOT NULL CHECK (holder <> ''),
    scopes text NOT NULL,
    secret_sha256 text NOT NULL CHECK (secret_sha256 ~ '^[0-9a-f]{64}$'),
    created_by text NOT NULL CHECK (created_by <> ''),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON doors.api_key
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- The end of a key.
CREATE TABLE doors.api_key_revocation (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    key_id text NOT NULL UNIQUE REFERENCES doors.api_key (key_id),
    reason text NOT NULL CHECK (reason <> ''),
    revoked_by text NOT NULL CHECK (revoked_by <> ''),
    revoked_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON doors.api_key_revocation
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- What a caller asked for once under a key of its own, and the answer: a repeat gets these bytes.
CREATE TABLE doors.request (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    key_id text NOT NULL,
    idempotency_key text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    body_hash text NOT NULL CHECK (body_hash ~ '^[0-9a-f]{64}$'),
    status integer NOT NULL CHECK (status BETWEEN 200 AND 299),
    response text NOT NULL,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (key_id, idempotency_key),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON doors.request
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
