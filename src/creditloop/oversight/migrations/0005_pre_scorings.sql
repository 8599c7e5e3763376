-- Every scoring on record when it is decided by: cases scored by themselves, figures of what was scored, reviews due.
ALTER TABLE oversight.model_run DROP CONSTRAINT model_run_kind_check;
ALTER TABLE oversight.model_run ADD CONSTRAINT model_run_kind_check CHECK (
    kind IN ('performance', 'stability', 'fairness', 'monthly', 'scoring', 'scored', 'review')
);
ALTER TABLE oversight.model_run ALTER COLUMN alarm_policy_hash DROP NOT NULL;

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
