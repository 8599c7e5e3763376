-- A batch that our node refuses for good can be withdrawn by a person: it is never submitted again.
CREATE TABLE attesting.withdrawal (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    batch text NOT NULL UNIQUE REFERENCES attesting.batch (batch),
    answer text NOT NULL CHECK (answer <> ''),
    records integer NOT NULL CHECK (records >= 1),
    withdrawn_by text NOT NULL CHECK (withdrawn_by <> ''),
    reason text NOT NULL CHECK (reason <> ''),
    withdrawn_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attesting.withdrawal
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
