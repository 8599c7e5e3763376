-- admit: what was decided about a limit or an application, from which values, by which rules; who looked again.
CREATE SCHEMA admit;

-- One run of decisions: everybody of a book the card was not fitted on, or one request about one party.
CREATE TABLE admit.decision_batch (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    product text NOT NULL,
    plan text NOT NULL,
    mode text NOT NULL CHECK (mode IN ('book', 'request')),
    request_id text,
    business_date date NOT NULL,
    rules_as_of date NOT NULL,
    contract text NOT NULL,
    currency text NOT NULL,
    contract_hash text NOT NULL,
    plan_hash text NOT NULL,
    features_hash text NOT NULL,
    policy_hash text NOT NULL,
    card_hash text NOT NULL,
    mandates_hash text,
    customers integer NOT NULL CHECK (customers >= 0),
    fitted_on integer NOT NULL CHECK (fitted_on >= 0),
    decided integer NOT NULL CHECK (decided >= 0),
    content_hash text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0),
    CHECK ((mode = 'request') = (request_id IS NOT NULL)),
    CHECK (fitted_on + decided = customers)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON admit.decision_batch
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- What was decided about one party: every value it was decided from, the outcome, the rule, its reasons, and
-- what cost the score most.
-- Grade, limit and price are there where the policy gives them.
CREATE TABLE admit.decision (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    decision_id uuid NOT NULL,
    party_id text NOT NULL,
    inputs text NOT NULL,
    score bigint,
    pd_nano bigint,
    scope text,
    grade text,
    outcome text NOT NULL,
    outcome_proposed text,
    limit_fen bigint CHECK (limit_fen >= 0),
    limit_proposed_fen bigint CHECK (limit_proposed_fen >= 0),
    rate_annual_nano bigint CHECK (rate_annual_nano >= 0),
    rule text NOT NULL,
    reasons text NOT NULL,
    factors text NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (batch_id, party_id),
    UNIQUE (decision_id)
);
CREATE INDEX decision_party ON admit.decision (party_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON admit.decision
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A decision that a person has to make: what the strategy proposes, by whom and by when it is to be decided.
CREATE TABLE admit.review_case (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    case_id uuid NOT NULL,
    decision_id uuid NOT NULL,
    party_id text NOT NULL,
    product text NOT NULL,
    opened_on date NOT NULL,
    due_on date NOT NULL,
    amount_fen bigint CHECK (amount_fen >= 0),
    mandate text NOT NULL,
    mandates_hash text NOT NULL,
    outcome_proposed text,
    limit_fen bigint CHECK (limit_fen >= 0),
    limit_proposed_fen bigint CHECK (limit_proposed_fen >= 0),
    reasons text NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (case_id),
    UNIQUE (decision_id),
    CHECK (due_on >= opened_on)
);
CREATE INDEX review_case_party ON admit.review_case (party_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON admit.review_case
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- What a person did about a case: signed a decision, or took a signature back before the case was closed.
CREATE TABLE admit.review_action (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    case_id uuid NOT NULL,
    party_id text NOT NULL,
    action_no integer NOT NULL CHECK (action_no >= 0),
    action text NOT NULL CHECK (action IN ('signed', 'withdrawn')),
    person text NOT NULL,
    role text NOT NULL,
    outcome text,
    limit_fen bigint CHECK (limit_fen >= 0),
    reason text NOT NULL,
    acted_on date NOT NULL,
    closes boolean NOT NULL,
    overrides boolean,
    simulated boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (case_id, action_no),
    CHECK (row_no = 0),
    CHECK ((action = 'signed') = (outcome IS NOT NULL))
);
CREATE INDEX review_action_party ON admit.review_action (party_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON admit.review_action
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
