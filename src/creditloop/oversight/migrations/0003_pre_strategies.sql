-- Strategies as published: their proofs, their states, who was decided by which, and what shadows said.
CREATE TABLE oversight.strategy_proof (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    policy text NOT NULL,
    program_hash text NOT NULL,
    engines text NOT NULL,
    targets text NOT NULL,
    boundary_rows integer NOT NULL CHECK (boundary_rows >= 0),
    random_rows integer NOT NULL CHECK (random_rows >= 0),
    seed bigint NOT NULL,
    differences bigint NOT NULL CHECK (differences >= 0),
    first_differences text NOT NULL,
    seen text NOT NULL,
    proof_hash text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (batch_id, program_hash),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.strategy_proof
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

CREATE TABLE oversight.strategy_version (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    product text NOT NULL,
    stage text NOT NULL,
    policy text NOT NULL,
    document_hash text NOT NULL,
    documents text NOT NULL,
    program_hash text NOT NULL,
    rules_as_of date NOT NULL,
    effective_from date NOT NULL,
    warnings integer NOT NULL CHECK (warnings >= 0),
    notes integer NOT NULL CHECK (notes >= 0),
    cases integer NOT NULL CHECK (cases >= 0),
    proof_batch uuid NOT NULL,
    published_by text NOT NULL,
    simulated boolean NOT NULL,
    content_hash text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (batch_id, published_by),
    FOREIGN KEY (proof_batch, program_hash) REFERENCES oversight.strategy_proof (batch_id, program_hash),
    CHECK (row_no = 0)
);
CREATE INDEX ON oversight.strategy_version (product, stage, policy);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.strategy_version
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

CREATE TABLE oversight.strategy_state (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    version_id uuid NOT NULL,
    published_by text NOT NULL,
    state text NOT NULL CHECK (state IN ('published', 'live', 'retired')),
    person text NOT NULL,
    reason text NOT NULL,
    simulated boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (version_id, state),
    FOREIGN KEY (version_id, published_by) REFERENCES oversight.strategy_version (batch_id, published_by),
    CHECK (row_no = 0),
    CHECK (state <> 'live' OR lower(btrim(person)) <> lower(btrim(published_by)))
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.strategy_state
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

CREATE TABLE oversight.strategy_assignment (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    experiment text NOT NULL,
    experiment_hash text NOT NULL,
    decision_id uuid NOT NULL,
    party_id text NOT NULL,
    arm text NOT NULL,
    policy_hash text NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (decision_id)
);
CREATE INDEX ON oversight.strategy_assignment (experiment_hash, arm);
CREATE INDEX ON oversight.strategy_assignment (party_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.strategy_assignment
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

CREATE TABLE oversight.shadow_verdict (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    experiment_hash text NOT NULL,
    decision_id uuid NOT NULL,
    party_id text NOT NULL,
    shadow text NOT NULL,
    policy_hash text,
    outcome text,
    rule text,
    limit_proposed_fen bigint,
    rate_annual_nano bigint,
    failure text,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (decision_id, shadow),
    CHECK ((outcome IS NULL) = (failure IS NOT NULL))
);
CREATE INDEX ON oversight.shadow_verdict (experiment_hash, shadow);
CREATE INDEX ON oversight.shadow_verdict (party_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.shadow_verdict
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
