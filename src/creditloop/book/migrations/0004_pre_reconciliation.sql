-- Reconciliation with the core system and the money side (三方对账): runs, breaks, and how breaks were closed.

-- One comparison of a day. The files it read are not kept here: `inputs` is canonical JSON of their names, hashes, rows
-- and sums, and of our own rows' hash; `totals` what each side says in all.
CREATE TABLE book.reconciliation_run (
    batch_id uuid NOT NULL UNIQUE,
    row_no integer NOT NULL CHECK (row_no = 0),
    run_no integer PRIMARY KEY CHECK (run_no > 0),
    business_date date NOT NULL,
    inputs text NOT NULL CHECK (inputs <> ''),
    inputs_hash text NOT NULL CHECK (inputs_hash ~ '^[0-9a-f]{64}$'),
    totals text NOT NULL CHECK (totals <> ''),
    loans integer NOT NULL CHECK (loans >= 0),
    items integer NOT NULL CHECK (items >= 0),
    breaks_seen integer NOT NULL CHECK (breaks_seen >= 0),
    simulated smallint NOT NULL CHECK (simulated IN (0, 1)),
    ran_at timestamptz NOT NULL,
    UNIQUE (batch_id, row_no),
    UNIQUE (business_date, inputs_hash)
);

-- A break (差异), opened once by the run that found it first; open until there is a closing.
CREATE TABLE book.reconciliation_break (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    break_no bigint PRIMARY KEY CHECK (break_no > 0),
    run_no integer NOT NULL REFERENCES book.reconciliation_run (run_no),
    opened_on date NOT NULL,
    record text NOT NULL CHECK (record IN ('balance', 'transaction', 'partner')),
    loan_id text COLLATE "C" NOT NULL CHECK (loan_id <> ''),
    reference text COLLATE "C" NOT NULL,
    lender text COLLATE "C" NOT NULL,
    field text NOT NULL CHECK (field <> ''),
    UNIQUE (batch_id, row_no)
);
CREATE INDEX reconciliation_break_key ON book.reconciliation_break (record, loan_id, reference, lender, field);

-- What a run saw of a break: the first time, and every time it is still there.
CREATE TABLE book.reconciliation_sighting (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    break_no bigint NOT NULL REFERENCES book.reconciliation_break (break_no),
    run_no integer NOT NULL REFERENCES book.reconciliation_run (run_no),
    day date NOT NULL,
    kind text NOT NULL CHECK (kind IN (
        'duplicated', 'status_differs', 'missing', 'late', 'amount_differs', 'standing_differs', 'sum_differs'
    )),
    book_says text,
    core_says text,
    money_says text,
    difference_fen bigint,
    cause text NOT NULL CHECK (cause <> ''),
    PRIMARY KEY (break_no, run_no),
    UNIQUE (batch_id, row_no)
);
CREATE INDEX reconciliation_sighting_run ON book.reconciliation_sighting (run_no);

-- How a person closed a break: once.
CREATE TABLE book.reconciliation_closing (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    break_no bigint PRIMARY KEY REFERENCES book.reconciliation_break (break_no),
    reason text NOT NULL CHECK (reason IN (
        'corrected_in_book', 'corrected_in_core', 'corrected_in_money', 'other_day', 'file_wrong', 'accepted'
    )),
    note text NOT NULL CHECK (note ~ '\S'),
    closed_by text NOT NULL CHECK (closed_by ~ '\S'),
    closed_at timestamptz NOT NULL,
    UNIQUE (batch_id, row_no)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.reconciliation_run
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.reconciliation_break
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.reconciliation_sighting
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.reconciliation_closing
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A break is opened only while no other of its key is open, by a run that saw it.
CREATE FUNCTION book.check_breaks_opened() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE bad record;
BEGIN
    EXECUTE $query$
        SELECT added.break_no, earlier.break_no AS open_no
        FROM added JOIN book.reconciliation_break AS earlier USING (record, loan_id, reference, lender, field)
        WHERE earlier.break_no <> added.break_no
            AND NOT EXISTS (SELECT FROM book.reconciliation_closing AS closing WHERE closing.break_no = earlier.break_no)
        ORDER BY added.break_no LIMIT 1
    $query$ INTO bad;
    IF bad.break_no IS NOT NULL THEN
        RAISE EXCEPTION 'break %: it is open already as break %', bad.break_no, bad.open_no
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER opened_once AFTER INSERT ON book.reconciliation_break REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION book.check_breaks_opened();

-- What is closed is not seen again: it would be opened anew.
CREATE FUNCTION book.check_breaks_seen() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE closed_no bigint;
BEGIN
    EXECUTE 'SELECT min(added.break_no) FROM added JOIN book.reconciliation_closing USING (break_no)' INTO closed_no;
    IF closed_no IS NOT NULL THEN
        RAISE EXCEPTION 'break %: it is closed', closed_no USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER seen_while_open AFTER INSERT ON book.reconciliation_sighting REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION book.check_breaks_seen();

-- At commit: a run saw as many breaks as it declares, and each break it opened is one of them.
CREATE FUNCTION book.check_reconciliation_run() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE seen integer; unseen bigint;
BEGIN
    EXECUTE 'SELECT count(*)::integer FROM book.reconciliation_sighting WHERE run_no = $1' INTO seen USING NEW.run_no;
    EXECUTE $query$
        SELECT min(opened.break_no) FROM book.reconciliation_break AS opened
        LEFT JOIN book.reconciliation_sighting AS sighting USING (break_no, run_no)
        WHERE opened.run_no = $1 AND (sighting.break_no IS NULL OR opened.opened_on <> $2)
    $query$ INTO unseen USING NEW.run_no, NEW.business_date;
    IF seen <> NEW.breaks_seen OR unseen IS NOT NULL THEN
        RAISE EXCEPTION 'run %: it saw % breaks, not the % it declares, or opened one it did not see: %', NEW.run_no, seen,
            NEW.breaks_seen, unseen USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER run_is_whole AFTER INSERT ON book.reconciliation_run DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION book.check_reconciliation_run();
