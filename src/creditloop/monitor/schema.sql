-- monitor: what the bank thought of each customer's debt at the end of a month, by which rules.
CREATE SCHEMA monitor;

-- One run of the classification: which day it is about, whose rules it used.
CREATE TABLE monitor.classification_batch (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    product text NOT NULL,
    business_date date NOT NULL,
    rules_as_of date NOT NULL,
    currency text NOT NULL,
    delinquency_policy_hash text NOT NULL,
    five_tier_policy_hash text NOT NULL,
    customers integer NOT NULL CHECK (customers >= 0),
    content_hash text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON monitor.classification_batch
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- The verdict on one customer, with what it was made from and the rules that decided.
CREATE TABLE monitor.classification (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    party_id text NOT NULL,
    source_ref text NOT NULL,
    limit_fen bigint NOT NULL CHECK (limit_fen >= 0),
    owed_fen bigint NOT NULL CHECK (owed_fen >= 0),
    credit_fen bigint NOT NULL CHECK (credit_fen >= 0),
    months_late integer,
    days_past_due_low integer,
    days_past_due integer,
    bucket text NOT NULL,
    bucket_rule text NOT NULL,
    regulatory_class text NOT NULL,
    regulatory_rule text NOT NULL,
    bank_class text NOT NULL,
    bank_rule text NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (batch_id, party_id)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON monitor.classification
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
