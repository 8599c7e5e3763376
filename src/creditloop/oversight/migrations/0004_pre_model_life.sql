-- The life of a model: findings of its validation, who signed it off, put it live or retired it; monthly figures.
ALTER TABLE oversight.model_run DROP CONSTRAINT model_run_kind_check;
ALTER TABLE oversight.model_run ADD CONSTRAINT model_run_kind_check
    CHECK (kind IN ('performance', 'stability', 'fairness', 'monthly', 'scoring'));

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
