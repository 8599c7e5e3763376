-- acquire: who might be offered more — every screening of the whitelist, and what became of each invitation.
CREATE SCHEMA acquire;

-- One screening: what set it off, which day it is about, whose rules, card and features it used.
CREATE TABLE acquire.screening_batch (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    product text NOT NULL,
    screening_no integer NOT NULL CHECK (screening_no >= 1),
    trigger text NOT NULL CHECK (trigger IN ('initial', 'account_change', 'model_update', 'interval')),
    business_date date NOT NULL,
    rules_as_of date NOT NULL,
    plan_hash text NOT NULL,
    contract_hash text NOT NULL,
    features_hash text NOT NULL,
    card_hash text NOT NULL,
    portrait_policy_hash text NOT NULL,
    whitelist_policy_hash text NOT NULL,
    rescreen_policy_hash text NOT NULL,
    considered integer NOT NULL CHECK (considered >= screened),
    screened integer NOT NULL CHECK (screened >= 0),
    content_hash text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (product, screening_no),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON acquire.screening_batch
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- One party in one screening: portrait, score, outcome, and the values all of it was made from.
CREATE TABLE acquire.screening (
    party_id text NOT NULL,
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    segment text NOT NULL,
    utilisation_band text NOT NULL,
    payment_habit text NOT NULL,
    trend text NOT NULL,
    score bigint,
    pd_nano bigint,
    outcome text NOT NULL CHECK (outcome IN ('invited', 'watched', 'closed', 'refer')),
    rule text NOT NULL,
    reasons text NOT NULL,
    cause text NOT NULL,
    inputs text NOT NULL,
    PRIMARY KEY (party_id, batch_id),
    UNIQUE (batch_id, row_no)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON acquire.screening
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- What happened to a party's invitation, in order; an answer that is not from the party is marked simulated.
CREATE TABLE acquire.invitation (
    party_id text NOT NULL,
    product text NOT NULL,
    event_no integer NOT NULL CHECK (event_no >= 1),
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invited', 'accepted', 'declined', 'closed', 'reopened')),
    occurred_on date NOT NULL,
    trigger text NOT NULL CHECK (trigger IN ('initial', 'account_change', 'model_update', 'interval', 'answer')),
    simulated boolean NOT NULL,
    source text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (party_id, product, event_no),
    UNIQUE (batch_id, row_no)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON acquire.invitation
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
