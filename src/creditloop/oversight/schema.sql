-- oversight: which models judge, how well they do, what they are compared with, who proposes what instead.
CREATE SCHEMA oversight;

-- A model as it stands in the register; a change of state adds a row, the last one counts.
CREATE TABLE oversight.model (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    card_hash text NOT NULL,
    name text NOT NULL,
    product text NOT NULL,
    purpose text NOT NULL,
    materiality text NOT NULL CHECK (materiality IN ('high', 'medium', 'low')),
    owner text NOT NULL,
    developer text NOT NULL,
    validator text NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'published', 'live', 'retired')),
    fitted_on date NOT NULL,
    registered_on date NOT NULL,
    next_review_due date NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (card_hash, registered_on, state),
    CHECK (row_no = 0),
    CHECK (validator <> developer),
    CHECK (next_review_due > registered_on AND next_review_due <= registered_on + interval '3 months')
);
CREATE INDEX ON oversight.model (product, registered_on);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.model
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- One measurement of a model: what it was shown, what it said, by which thresholds it was judged.
CREATE TABLE oversight.model_run (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    card_hash text NOT NULL,
    kind text NOT NULL CHECK (
        kind IN ('performance', 'stability', 'fairness', 'monthly', 'scoring', 'scored', 'review')
    ),
    product text NOT NULL,
    population text NOT NULL,
    business_date date NOT NULL,
    rules_as_of date NOT NULL,
    rows integer NOT NULL CHECK (rows >= 0),
    inputs_hash text NOT NULL,
    outputs_hash text NOT NULL,
    alarm_policy_hash text,
    alarms integer NOT NULL CHECK (alarms >= 0),
    content_hash text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0)
);
CREATE INDEX ON oversight.model_run (card_hash, business_date);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.model_run
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A figure of a measurement, the counts it was made from, and the level its threshold gives it.
CREATE TABLE oversight.metric (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    name text NOT NULL,
    segment text NOT NULL,
    value_nano bigint,
    numerator bigint,
    denominator bigint NOT NULL CHECK (denominator >= 0),
    level text NOT NULL CHECK (level IN ('none', 'green', 'yellow', 'red')),
    rule text NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (batch_id, name, segment)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.metric
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A case scored by itself (单笔评分), in the batch of its decision: what was shown and said, and what is alarming.
CREATE TABLE oversight.scoring (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    decision_id uuid NOT NULL,
    card_hash text NOT NULL,
    product text NOT NULL,
    business_date date NOT NULL,
    rules_as_of date NOT NULL,
    inputs_hash text NOT NULL,
    outputs_hash text NOT NULL,
    alarm_policy_hash text,
    alarms integer NOT NULL CHECK (alarms >= 0),
    raised text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (decision_id),
    CHECK (row_no = 0)
);
CREATE INDEX ON oversight.scoring (card_hash, business_date);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.scoring
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- One comparison (比较) of a strategy with written-down baselines, or of a challenger with its champion.
CREATE TABLE oversight.comparison_run (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('baselines', 'challenger')),
    product text NOT NULL,
    population text NOT NULL,
    business_date date NOT NULL,
    rules_as_of date NOT NULL,
    rows integer NOT NULL CHECK (rows >= 0),
    strategy_hash text NOT NULL,
    card_hash text NOT NULL,
    plan_hash text NOT NULL,
    draws integer NOT NULL CHECK (draws > 0),
    seed bigint NOT NULL,
    inputs_hash text NOT NULL,
    note text NOT NULL,
    content_hash text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0)
);
CREATE INDEX ON oversight.comparison_run (product, business_date);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.comparison_run
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- The strategy beside one baseline, by one outcome, at its own or at the baseline's approvals; ratios in nano.
CREATE TABLE oversight.comparison (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    baseline text NOT NULL,
    baseline_hash text NOT NULL,
    outcome text NOT NULL,
    approvals_at text NOT NULL CHECK (approvals_at IN ('own', 'equal')),
    score_cutoff integer,
    rows integer NOT NULL CHECK (rows >= 0),
    bads integer NOT NULL CHECK (bads >= 0),
    baseline_approved integer NOT NULL,
    baseline_bads integer NOT NULL,
    strategy_approved integer NOT NULL,
    strategy_bads integer NOT NULL,
    swap_in integer NOT NULL,
    swap_in_bads integer NOT NULL,
    swap_out integer NOT NULL,
    swap_out_bads integer NOT NULL,
    approval_change_nano bigint,
    approval_change_low_nano bigint,
    approval_change_high_nano bigint,
    bad_rate_change_nano bigint,
    bad_rate_change_low_nano bigint,
    bad_rate_change_high_nano bigint,
    swap_change_nano bigint,
    swap_change_low_nano bigint,
    swap_change_high_nano bigint,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (batch_id, baseline, outcome, approvals_at)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.comparison
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A challenger (挑战者) somebody proposes in place of the champion, with what it was chosen by; it waits.
CREATE TABLE oversight.proposal (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    product text NOT NULL,
    policy text NOT NULL,
    champion_hash text NOT NULL,
    challenger_hash text NOT NULL,
    effective_from date NOT NULL,
    business_date date NOT NULL,
    rules_as_of date NOT NULL,
    proposer text NOT NULL,
    chosen_by text NOT NULL,
    figures text NOT NULL,
    comparison_batch uuid NOT NULL,
    simulated boolean NOT NULL,
    content_hash text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (batch_id, proposer),
    CHECK (row_no = 0),
    CHECK (challenger_hash <> champion_hash)
);
CREATE INDEX ON oversight.proposal (product, business_date);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.proposal
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A second person's word on a proposal; whoever proposed cannot be that person.
CREATE TABLE oversight.approval (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    proposal_id uuid NOT NULL,
    proposer text NOT NULL,
    approver text NOT NULL,
    role text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('approved', 'refused')),
    reason text NOT NULL,
    decided_on date NOT NULL,
    simulated boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (proposal_id),
    FOREIGN KEY (proposal_id, proposer) REFERENCES oversight.proposal (batch_id, proposer),
    CHECK (row_no = 0),
    CONSTRAINT approval_check CHECK (lower(btrim(approver)) <> lower(btrim(proposer)))
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.approval
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A proof (一致性证明) that a program means the same wherever it is executed: what was run, what was seen.
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

-- A strategy (策略) as published: the texts it is made of, what they mean as a program, and the proof of it.
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

-- What became of a version: published, live, retired; whoever puts it live is not who published it.
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

-- Who was decided by which arm of an experiment (冠军与挑战者): one row a decision, in the decision's own batch.
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

-- What a shadow (陪跑) said of a case it did not decide, or why it could not say.
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

-- A finding (验证发现) on a model: what its validator holds against it, how grave it is, by when it is answered.
CREATE TABLE oversight.model_finding (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    card_hash text NOT NULL,
    validator text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('high', 'medium', 'low')),
    text text NOT NULL,
    found_on date NOT NULL,
    due_on date NOT NULL,
    simulated boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (batch_id, validator),
    CHECK (row_no = 0),
    CHECK (due_on >= found_on)
);
CREATE INDEX ON oversight.model_finding (card_hash);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.model_finding
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- What became of a finding: answered by somebody else than the validator, closed by the validator alone.
CREATE TABLE oversight.model_finding_step (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    finding_id uuid NOT NULL,
    validator text NOT NULL,
    step_no integer NOT NULL CHECK (step_no >= 0),
    step text NOT NULL CHECK (step IN ('answered', 'closed')),
    person text NOT NULL,
    text text NOT NULL,
    done_on date NOT NULL,
    simulated boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (finding_id, step_no),
    FOREIGN KEY (finding_id, validator) REFERENCES oversight.model_finding (batch_id, validator),
    CHECK (row_no = 0),
    CHECK ((step = 'closed') = (lower(btrim(person)) = lower(btrim(validator))))
);
CREATE UNIQUE INDEX model_finding_closed ON oversight.model_finding_step (finding_id) WHERE step = 'closed';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.model_finding_step
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- What a person did about a model: signed it off (验收签署), put it live, retired it in favour of another.
CREATE TABLE oversight.model_act (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    card_hash text NOT NULL,
    act text NOT NULL CHECK (act IN ('signed_off', 'put_live', 'retired')),
    developer text NOT NULL,
    person text NOT NULL,
    reason text NOT NULL,
    successor text,
    done_on date NOT NULL,
    simulated boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (card_hash, act, done_on),
    CHECK (row_no = 0),
    CHECK (act = 'retired' OR lower(btrim(person)) <> lower(btrim(developer))),
    CHECK (successor IS NULL OR (act = 'retired' AND successor <> card_hash))
);
CREATE UNIQUE INDEX model_retired_once ON oversight.model_act (card_hash) WHERE act = 'retired';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight.model_act
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A model becomes live only when it is signed off and no high finding is open; it is retired by somebody.
CREATE FUNCTION oversight.refuse_unsigned_model() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF NEW.state = 'retired' AND NOT EXISTS (
        SELECT FROM oversight.model_act WHERE card_hash = NEW.card_hash AND act = 'retired'
    ) THEN
        RAISE EXCEPTION 'nobody retired this model' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> 'live' OR EXISTS (
        SELECT FROM oversight.model WHERE card_hash = NEW.card_hash AND state = 'live'
    ) THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM oversight.model_act WHERE card_hash = NEW.card_hash AND act = 'signed_off'
    ) THEN
        RAISE EXCEPTION 'a model becomes live only when it is signed off' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT FROM oversight.model_finding AS f
        WHERE f.card_hash = NEW.card_hash AND f.severity = 'high' AND NOT EXISTS (
            SELECT FROM oversight.model_finding_step AS s WHERE s.finding_id = f.batch_id AND s.step = 'closed'
        )
    ) THEN
        RAISE EXCEPTION 'a model with an open finding of high severity does not become live'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER signed_model BEFORE INSERT ON oversight.model
    FOR EACH ROW EXECUTE FUNCTION oversight.refuse_unsigned_model();
