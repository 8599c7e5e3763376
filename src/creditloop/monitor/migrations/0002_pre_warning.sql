-- monitor: warnings (贷后预警), month by month.
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
