-- lend: each customer's limit and how it came to be, the agreement behind it, the letter that explains a refusal.
CREATE SCHEMA lend;

-- One run: limits taken over, the decisions of a review carried out, or one customer's answer to an offer.
CREATE TABLE lend.batch (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('migration', 'decisions', 'answer')),
    product text NOT NULL,
    business_date date NOT NULL,
    rules_as_of date NOT NULL,
    source text NOT NULL,
    policy_hash text,
    letter_policy_hash text,
    acts integer NOT NULL CHECK (acts >= 0),
    events integer NOT NULL CHECK (events >= 0),
    agreements integer NOT NULL CHECK (agreements >= 0),
    letters integer NOT NULL CHECK (letters >= 0),
    simulated boolean NOT NULL,
    content_hash text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON lend.batch
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- What was done about each decision handed in, also where that was nothing.
CREATE TABLE lend.limit_act (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    party_id text NOT NULL,
    decision_id uuid NOT NULL,
    outcome text NOT NULL,
    act text NOT NULL CHECK (act IN ('keep', 'offer', 'freeze', 'wait', 'none')),
    rule text NOT NULL,
    limit_fen bigint NOT NULL CHECK (limit_fen >= 0),
    limit_proposed_fen bigint CHECK (limit_proposed_fen >= 0),
    rate_annual_nano bigint CHECK (rate_annual_nano >= 0),
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (batch_id, decision_id)
);
CREATE INDEX limit_act_party ON lend.limit_act (party_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON lend.limit_act
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Each change of a customer's limit, and how the limit stands after it.
CREATE TABLE lend.limit_event (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    party_id text NOT NULL,
    sequence integer NOT NULL CHECK (sequence >= 1),
    kind text NOT NULL
        CHECK (kind IN ('granted', 'offered', 'raised', 'declined', 'kept', 'frozen', 'released')),
    occurred_on date NOT NULL,
    change_fen bigint NOT NULL,
    limit_fen bigint NOT NULL CHECK (limit_fen >= 0),
    frozen boolean NOT NULL,
    offered_fen bigint CHECK (offered_fen > limit_fen),
    decision_id uuid,
    source_ref text NOT NULL,
    simulated boolean NOT NULL,
    PRIMARY KEY (party_id, sequence),
    UNIQUE (batch_id, row_no),
    CHECK (kind IN ('granted', 'raised') OR change_fen = 0),
    CHECK ((kind = 'offered') = (offered_fen IS NOT NULL)),
    CHECK ((kind = 'granted') = (sequence = 1))
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON lend.limit_event
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- The loan agreement a carried-out decision leads to; the hash is of its terms as canonical JSON.
CREATE TABLE lend.agreement (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    agreement_id uuid NOT NULL,
    party_id text NOT NULL,
    decision_id uuid NOT NULL,
    product text NOT NULL,
    made_on date NOT NULL,
    limit_fen bigint NOT NULL CHECK (limit_fen >= 0),
    rate_annual_nano bigint CHECK (rate_annual_nano >= 0),
    basis text NOT NULL CHECK (basis IN ('kept', 'accepted')),
    terms_hash text NOT NULL,
    simulated boolean NOT NULL,
    PRIMARY KEY (party_id, agreement_id),
    UNIQUE (batch_id, row_no),
    UNIQUE (party_id, decision_id)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON lend.agreement
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A letter as it was written, with the SHA-256 of its text.
CREATE TABLE lend.letter (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    letter_id uuid NOT NULL,
    party_id text NOT NULL,
    decision_id uuid NOT NULL,
    language text NOT NULL CHECK (language IN ('zh', 'en')),
    written_on date NOT NULL,
    body text NOT NULL,
    body_hash text NOT NULL,
    simulated boolean NOT NULL,
    PRIMARY KEY (party_id, letter_id),
    UNIQUE (batch_id, row_no),
    UNIQUE (party_id, decision_id, language)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON lend.letter
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
