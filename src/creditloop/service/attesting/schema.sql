-- attesting: the bank's steps as records on its log of the evidence network — what was committed to, sent and decided.
CREATE SCHEMA attesting;

-- Whether the bank takes part, under which name and whose key submits: the row with the highest version is in force.
CREATE TABLE attesting.membership (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    version integer NOT NULL UNIQUE CHECK (version >= 1),
    origin text NOT NULL CHECK (origin <> ''),
    submitter text NOT NULL CHECK (submitter <> ''),
    active boolean NOT NULL,
    changed_by text NOT NULL CHECK (changed_by <> ''),
    reason text NOT NULL CHECK (reason <> ''),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attesting.membership
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A loan that has steps, and its name on the logs; the salt of that name is among the secrets.
CREATE TABLE attesting.loan (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    loan_id text NOT NULL UNIQUE,
    pseudonym text NOT NULL UNIQUE CHECK (pseudonym ~ '^[0-9a-f]{64}$'),
    noted_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attesting.loan
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A step of a loan that is to be recorded, in the order of the loan's steps.
CREATE TABLE attesting.step (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    step_id uuid NOT NULL UNIQUE,
    loan_id text NOT NULL REFERENCES attesting.loan (loan_id),
    step_no integer NOT NULL CHECK (step_no >= 1),
    step text NOT NULL CHECK (step <> ''),
    kind text NOT NULL CHECK (kind <> ''),
    occurred_at timestamptz NOT NULL,
    policy_hash text NOT NULL CHECK (policy_hash ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (loan_id, step_no),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attesting.step
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- The documents a step commits to; bytes and salt stand among the secrets, under the commitment.
CREATE TABLE attesting.document (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    step_id uuid NOT NULL REFERENCES attesting.step (step_id),
    name text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
    commitment text NOT NULL CHECK (commitment ~ '^[0-9a-f]{64}$'),
    kind text NOT NULL CHECK (kind <> ''),
    media_type text NOT NULL CHECK (media_type <> ''),
    title_zh text NOT NULL CHECK (title_zh <> ''),
    title_en text NOT NULL CHECK (title_en <> ''),
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (step_id, name)
);
CREATE INDEX document_commitment ON attesting.document (commitment);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attesting.document
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- What a commitment commits to: personal data, so it can be deleted; what is there proves itself by its commitment.
CREATE TABLE attesting.secret (
    commitment text PRIMARY KEY CHECK (commitment = encode(sha256(salt || body), 'hex')),
    salt bytea NOT NULL CHECK (octet_length(salt) = 32),
    body bytea NOT NULL
);
CREATE TRIGGER never_changed BEFORE UPDATE OR TRUNCATE ON attesting.secret
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A secret that was deleted: nobody can say any more what its commitment was to.
CREATE TABLE attesting.deletion (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    commitment text NOT NULL UNIQUE CHECK (commitment ~ '^[0-9a-f]{64}$'),
    reason text NOT NULL CHECK (reason <> ''),
    deleted_by text NOT NULL CHECK (deleted_by <> ''),
    deleted_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attesting.deletion
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A signed batch as it is sent, written down before it is; sent again, it is the same bytes.
CREATE TABLE attesting.batch (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    batch text NOT NULL UNIQUE CHECK (batch ~ '^[0-9a-f]{32}$'),
    origin text NOT NULL,
    body text NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attesting.batch
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- The record a batch has of a step: its place there, its number in the loan's chain, its hash.
CREATE TABLE attesting.sent (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    batch text NOT NULL REFERENCES attesting.batch (batch),
    step_id uuid NOT NULL REFERENCES attesting.step (step_id),
    sequence bigint NOT NULL CHECK (sequence >= 1),
    record_hash text NOT NULL CHECK (record_hash ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (batch, row_no),
    UNIQUE (step_id, batch)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attesting.sent
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- What came of a record: final at an index of our log, refused with reasons, or to be proposed again.
CREATE TABLE attesting.outcome (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    batch text NOT NULL REFERENCES attesting.batch (batch),
    step_id uuid NOT NULL REFERENCES attesting.step (step_id),
    ended text NOT NULL CHECK (ended IN ('final', 'refused', 'again')),
    log_index bigint CHECK ((log_index IS NOT NULL) = (ended = 'final')),
    reasons text NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (batch, row_no),
    UNIQUE (step_id, batch)
);
CREATE UNIQUE INDEX outcome_once ON attesting.outcome (step_id) WHERE ended <> 'again';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attesting.outcome
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Steps that are not decided yet, the work to be done: it follows from the tables above and passes.
CREATE TABLE attesting.pending (
    pending_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    step_id uuid NOT NULL UNIQUE REFERENCES attesting.step (step_id),
    loan_id text NOT NULL,
    batch text,
    not_before timestamptz
);
CREATE INDEX pending_loan ON attesting.pending (loan_id, pending_no);
CREATE INDEX pending_batch ON attesting.pending (batch) WHERE batch IS NOT NULL;

-- A loan whose payout waits until the record of its order is final: all that is booked then.
CREATE TABLE attesting.waiting (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    loan_id text NOT NULL UNIQUE,
    party_id text NOT NULL,
    step_id uuid NOT NULL UNIQUE REFERENCES attesting.step (step_id),
    agreement_hash text NOT NULL CHECK (agreement_hash ~ '^[0-9a-f]{64}$'),
    principal_fen bigint NOT NULL CHECK (principal_fen > 0),
    payout_order text NOT NULL,
    within_seconds bigint NOT NULL CHECK (within_seconds >= 0),
    persons integer NOT NULL CHECK (persons >= 1),
    roles text NOT NULL,
    policy_hash text NOT NULL CHECK (policy_hash ~ '^[0-9a-f]{64}$'),
    since timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attesting.waiting
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Loans whose payout waits now: it follows from the tables beside it and passes.
CREATE TABLE attesting.waiting_now (
    loan_id text PRIMARY KEY REFERENCES attesting.waiting (loan_id),
    party_id text NOT NULL
);
CREATE INDEX waiting_now_party ON attesting.waiting_now (party_id);

-- How the waiting ended: paid out, refused by the network, or lapsed because its day was over.
CREATE TABLE attesting.waiting_end (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    loan_id text NOT NULL UNIQUE REFERENCES attesting.waiting (loan_id),
    ended text NOT NULL CHECK (ended IN ('paid_out', 'refused', 'lapsed')),
    by_break_glass boolean NOT NULL,
    detail text NOT NULL,
    ended_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attesting.waiting_end
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A person who answers for paying out a loan whose record is not final; it takes as many as the policy says.
CREATE TABLE attesting.broken_glass (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    loan_id text NOT NULL REFERENCES attesting.waiting (loan_id),
    person_no integer NOT NULL CHECK (person_no >= 1),
    person text NOT NULL CHECK (person <> ''),
    reason text NOT NULL CHECK (reason <> ''),
    simulated boolean NOT NULL,
    broken_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (loan_id, person_no),
    UNIQUE (loan_id, person),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attesting.broken_glass
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A batch that our node refuses for good can be withdrawn by a person: it is never submitted again.
CREATE TABLE attesting.withdrawal (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    batch text NOT NULL UNIQUE REFERENCES attesting.batch (batch),
    answer text NOT NULL CHECK (answer <> ''),
    records integer NOT NULL CHECK (records >= 1),
    withdrawn_by text NOT NULL CHECK (withdrawn_by <> ''),
    reason text NOT NULL CHECK (reason <> ''),
    withdrawn_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attesting.withdrawal
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
