-- monitor: what the bank thought of each customer's debt at the end of a month, whom it watched, by which rules.
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

-- The warnings of a month: which customers' behaviour was judged, by which policy and features, and how many
-- of each level came out. The content hash covers every customer judged, those without a warning too.
CREATE TABLE monitor.warning_batch (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    product text NOT NULL,
    business_date date NOT NULL,
    rules_as_of date NOT NULL,
    policy_hash text NOT NULL,
    features_hash text NOT NULL,
    contract_hash text NOT NULL,
    classification_batch uuid NOT NULL,
    evaluated integer NOT NULL CHECK (evaluated >= 0),
    alerts integer NOT NULL CHECK (alerts >= 0),
    watches integer NOT NULL CHECK (watches >= 0),
    notices integer NOT NULL CHECK (notices >= 0),
    referred integer NOT NULL CHECK (referred >= 0),
    content_hash text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0),
    CHECK (alerts + watches + notices + referred <= evaluated)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON monitor.warning_batch
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A warning on one customer: how grave, by which rule, from which signals and values, what it suggests to do.
-- A customer whose signals could not be evaluated is kept as referred. Signals and measures are JSON lists of
-- names, values the canonical JSON of what the policy read.
CREATE TABLE monitor.warning (
    party_id text NOT NULL,
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    level text NOT NULL CHECK (level IN ('alert', 'watch', 'notice', 'refer')),
    level_rule text NOT NULL,
    risk integer CHECK (risk BETWEEN 0 AND 1000),
    signals text NOT NULL,
    measures text NOT NULL,
    values_read text NOT NULL,
    PRIMARY KEY (party_id, batch_id),
    UNIQUE (batch_id, row_no)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON monitor.warning
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
