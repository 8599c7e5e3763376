-- book: batches of events and their postings. Nothing here is ever changed; balances are projections.
-- Every rule below is checked by the database itself, over whole sets of rows, whoever writes them.
CREATE SCHEMA book;

-- The book's one currency, set by its first batch.
CREATE TABLE book.currency (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no = 0),
    code text NOT NULL UNIQUE CHECK (code ~ '^[A-Z]{3}$'),
    PRIMARY KEY (batch_id, row_no)
);
CREATE UNIQUE INDEX currency_only_one ON book.currency ((true));

-- What was asked for at once, with the dates it was asked under and the totals it declares.
CREATE TABLE book.batch (
    batch_id uuid NOT NULL UNIQUE,
    row_no integer NOT NULL CHECK (row_no = 0),
    batch_key text NOT NULL UNIQUE CHECK (batch_key <> ''),
    kind text NOT NULL CHECK (kind IN ('opening', 'statement_month')),
    business_date date NOT NULL,
    rules_as_of date NOT NULL,
    booking_date date NOT NULL,
    posted_at timestamptz NOT NULL,
    currency text NOT NULL REFERENCES book.currency (code),
    rows_hash text NOT NULL CHECK (rows_hash ~ '^[0-9a-f]{64}$'),
    row_count integer NOT NULL CHECK (row_count > 0),
    event_count integer NOT NULL CHECK (event_count >= 0),
    posting_count integer NOT NULL CHECK (posting_count >= 0),
    event_amount_abs_fen bigint NOT NULL CHECK (event_amount_abs_fen >= 0),
    posting_amount_abs_fen bigint NOT NULL CHECK (posting_amount_abs_fen >= 0),
    PRIMARY KEY (batch_id, row_no)
);
CREATE UNIQUE INDEX batch_one_statement_a_month ON book.batch (business_date) WHERE kind = 'statement_month';

CREATE TABLE book.event (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    party_id text COLLATE "C" NOT NULL CHECK (party_id <> '' AND party_id !~ '[\x01-\x1f\x7f]'),
    sequence integer NOT NULL,
    kind text NOT NULL,
    value_date date NOT NULL,
    booking_date date NOT NULL,
    amount_fen bigint NOT NULL,
    owed_after_fen bigint NOT NULL,
    derived boolean NOT NULL,
    idempotency_key text NOT NULL CHECK (idempotency_key <> '' AND idempotency_key !~ '[\x01-\x1f\x7f]'),
    source_ref text NOT NULL CHECK (source_ref <> '' AND source_ref !~ '[\x01-\x1f\x7f]'),
    previous_hash text NOT NULL,
    hash text NOT NULL,
    PRIMARY KEY (party_id, sequence),
    UNIQUE (batch_id, row_no),
    UNIQUE (party_id, idempotency_key),
    CONSTRAINT kind_says_place_and_sign CHECK (
        CASE kind
            WHEN 'opening_balance' THEN sequence = 1
            WHEN 'payment' THEN sequence > 1 AND amount_fen < 0
            WHEN 'net_charges' THEN sequence > 1 AND amount_fen > 0
            WHEN 'refund_or_adjustment' THEN sequence > 1 AND amount_fen < 0
            ELSE false
        END
    )
);

CREATE TABLE book.posting (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    party_id text COLLATE "C" NOT NULL,
    sequence integer NOT NULL,
    leg integer NOT NULL CHECK (leg >= 1),
    account text NOT NULL CHECK (account IN (
        'card_receivable', 'customer_credit', 'migration_clearing', 'payment_clearing', 'charges_clearing',
        'adjustment_clearing'
    )),
    amount_fen bigint NOT NULL CHECK (amount_fen <> 0),
    currency text NOT NULL,
    PRIMARY KEY (party_id, sequence, leg),
    UNIQUE (batch_id, row_no)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.currency
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.batch
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.event
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.posting
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

CREATE FUNCTION book.refuse(message text, party_id text, sequence integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION '%: party %, event %', message, party_id, sequence
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

-- An event belongs to a batch of its kind and is within its declared count: a complete batch takes no more.
CREATE FUNCTION book.check_added_events() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE bad record;
BEGIN
    EXECUTE $query$
        SELECT added.party_id, added.sequence
        FROM added LEFT JOIN book.batch AS batch ON batch.batch_id = added.batch_id
        WHERE (added.row_no < batch.event_count
            AND (batch.kind = 'opening') = (added.kind = 'opening_balance')) IS NOT TRUE
        ORDER BY added.row_no LIMIT 1
    $query$ INTO bad;
    IF bad.party_id IS NOT NULL THEN
        PERFORM book.refuse('the event is not one its batch declared', bad.party_id, bad.sequence);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER added_events AFTER INSERT ON book.event REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION book.check_added_events();

-- A posting belongs to an event of its own party and batch, is in the book's currency, stands on an account
-- that its kind of event may touch, and all postings of its event add up to zero.
CREATE FUNCTION book.check_added_postings() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE bad record;
BEGIN
    -- planned anew each time: one row and a million rows want different plans
    EXECUTE $query$
        SELECT added.party_id, added.sequence
        FROM added LEFT JOIN book.batch AS batch ON batch.batch_id = added.batch_id
        WHERE (added.row_no < batch.posting_count AND added.currency = batch.currency) IS NOT TRUE
        ORDER BY added.row_no LIMIT 1
    $query$ INTO bad;
    IF bad.party_id IS NOT NULL THEN
        PERFORM book.refuse('the posting is not one its batch declared, or not in its currency',
            bad.party_id, bad.sequence);
    END IF;
    EXECUTE $query$
        SELECT added.party_id, added.sequence
        FROM added LEFT JOIN book.event AS event
            ON event.party_id = added.party_id AND event.sequence = added.sequence AND event.batch_id = added.batch_id
        WHERE (added.account IN ('card_receivable', 'customer_credit') OR added.account = CASE event.kind
                WHEN 'opening_balance' THEN 'migration_clearing'
                WHEN 'payment' THEN 'payment_clearing'
                WHEN 'net_charges' THEN 'charges_clearing'
                WHEN 'refund_or_adjustment' THEN 'adjustment_clearing'
            END) IS NOT TRUE OR event.party_id IS NULL
        ORDER BY added.row_no LIMIT 1
    $query$ INTO bad;
    IF bad.party_id IS NOT NULL THEN
        PERFORM book.refuse('the posting has no event of its party and batch that may touch its account',
            bad.party_id, bad.sequence);
    END IF;
    EXECUTE $query$
        SELECT touched.party_id, touched.sequence
        FROM (SELECT DISTINCT party_id, sequence FROM added) AS touched
        WHERE EXISTS (
            SELECT FROM book.posting
            WHERE posting.party_id = touched.party_id AND posting.sequence = touched.sequence
            GROUP BY posting.currency HAVING sum(posting.amount_fen) <> 0
        )
        ORDER BY touched.party_id, touched.sequence LIMIT 1
    $query$ INTO bad;
    IF bad.party_id IS NOT NULL THEN
        PERFORM book.refuse('the postings do not add up to zero', bad.party_id, bad.sequence);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER added_postings AFTER INSERT ON book.posting REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION book.check_added_postings();

-- At commit, once per batch: what is there is what was declared.
CREATE FUNCTION book.check_totals(checked book.batch) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE events record; postings record;
BEGIN
    SELECT count(*) AS row_count, coalesce(sum(abs(amount_fen::numeric)), 0) AS amount_abs_fen INTO events
    FROM book.event WHERE batch_id = checked.batch_id;
    SELECT count(*) AS row_count, coalesce(sum(abs(amount_fen::numeric)), 0) AS amount_abs_fen INTO postings
    FROM book.posting WHERE batch_id = checked.batch_id;
    IF (events.row_count, events.amount_abs_fen, postings.row_count, postings.amount_abs_fen)
        IS DISTINCT FROM (checked.event_count::bigint, checked.event_amount_abs_fen::numeric,
            checked.posting_count::bigint, checked.posting_amount_abs_fen::numeric)
    THEN
        RAISE EXCEPTION 'batch % holds % events of % fen and % postings of % fen, not what it declares',
            checked.batch_key, events.row_count, events.amount_abs_fen, postings.row_count, postings.amount_abs_fen
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END
$$;

-- At commit, once per batch: each event stands on the one before it, its postings move what is owed from the
-- balance before to the balance after (a loan never below zero, a credit balance never above), and its hash is
-- that of its content. Looked up event by event through the keys: linear in the batch, whatever the history
-- is and whatever the planner knows of rows just added.
CREATE FUNCTION book.check_events(checked book.batch) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE bad record;
BEGIN
    EXECUTE $query$
        WITH judged AS (
            SELECT event.row_no, event.party_id, event.sequence, CASE
                WHEN before.hash IS NULL AND event.sequence > 1 THEN 'an event before is missing'
                WHEN event.previous_hash <> coalesce(before.hash, repeat('0', 64))
                    THEN 'the previous hash is not that of the event before'
                WHEN event.owed_after_fen::numeric <> coalesce(before.owed_after_fen, 0)::numeric + event.amount_fen
                    THEN 'the balance after is not the balance before and the amount'
                WHEN legs.receivable_fen
                        <> greatest(event.owed_after_fen, 0)::numeric - greatest(before.owed_after_fen, 0)
                    OR legs.credit_fen
                        <> least(event.owed_after_fen, 0)::numeric - least(before.owed_after_fen, 0)
                    THEN 'the postings do not lead from the balance before to the balance after'
                WHEN event.hash <> encode(sha256(convert_to(concat_ws(E'\t',
                        'creditloop.book.event.v1', event.previous_hash, event.party_id, event.sequence, event.kind,
                        to_char(event.value_date, 'YYYY-MM-DD'), to_char(event.booking_date, 'YYYY-MM-DD'),
                        event.amount_fen, event.owed_after_fen, $2,
                        CASE WHEN event.derived THEN 'derived' ELSE 'reported' END,
                        event.idempotency_key, event.source_ref) || legs.line, 'UTF8')), 'hex')
                    THEN 'the hash is not that of the content'
            END AS fault
            FROM book.event AS event
            LEFT JOIN LATERAL (
                SELECT earlier.hash, earlier.owed_after_fen FROM book.event AS earlier
                WHERE earlier.party_id = event.party_id AND earlier.sequence = event.sequence - 1
                OFFSET 0
            ) AS before ON true
            CROSS JOIN LATERAL (
                SELECT coalesce(string_agg(E'\t' || account || ' ' || amount_fen, '' ORDER BY leg), '') AS line,
                    coalesce(sum(amount_fen) FILTER (WHERE account = 'card_receivable'), 0) AS receivable_fen,
                    coalesce(sum(amount_fen) FILTER (WHERE account = 'customer_credit'), 0) AS credit_fen
                FROM book.posting
                WHERE posting.party_id = event.party_id AND posting.sequence = event.sequence
            ) AS legs
            WHERE event.batch_id = $1
        )
        SELECT party_id, sequence, fault FROM judged WHERE fault IS NOT NULL ORDER BY row_no LIMIT 1
    $query$ INTO bad USING checked.batch_id, checked.currency;
    IF bad.party_id IS NOT NULL THEN
        PERFORM book.refuse(bad.fault, bad.party_id, bad.sequence);
    END IF;
END
$$;

CREATE FUNCTION book.check_batch() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM book.check_totals(NEW);
    PERFORM book.check_events(NEW);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER batch_adds_up AFTER INSERT ON book.batch DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION book.check_batch();

-- Balances: what the postings add up to.
CREATE VIEW book.balance AS
SELECT party_id, account, currency, sum(amount_fen)::bigint AS balance_fen
FROM book.posting
GROUP BY party_id, account, currency;

-- Loans. A programme is a product with the lenders who share its loans, ourselves first; weights / their sum are the
-- shares, in the same order. A loan keeps the programme of the day it was paid out.
CREATE TABLE book.programme (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    programme_no smallint PRIMARY KEY CHECK (programme_no > 0),
    product text NOT NULL CHECK (product <> ''),
    lenders text[] NOT NULL CHECK (cardinality(lenders) > 0),
    weights bigint[] NOT NULL CHECK (cardinality(weights) = cardinality(lenders) AND 0 < ALL (weights)),
    document_hash text NOT NULL CHECK (document_hash ~ '^[0-9a-f]{64}$'),
    UNIQUE (batch_id, row_no),
    UNIQUE (product, lenders, weights, document_hash)
);

CREATE SEQUENCE book.loan_numbers;
CREATE SEQUENCE book.debtor_numbers;

-- What of a loan's agreement the close of a day needs; the agreement itself is `lend`'s, known by its hash. All loans
-- of a debtor are in one of the book's 16 shards: what holds for the whole debtor is found there.
CREATE TABLE book.loan (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    loan_no bigint PRIMARY KEY CHECK (loan_no > 0),
    loan_id text COLLATE "C" NOT NULL UNIQUE CHECK (loan_id <> '' AND loan_id !~ '[\x01-\x1f\x7f]'),
    party_id text COLLATE "C" NOT NULL CHECK (party_id <> '' AND party_id !~ '[\x01-\x1f\x7f]'),
    debtor_no bigint NOT NULL CHECK (debtor_no > 0),
    retail smallint NOT NULL CHECK (retail IN (0, 1)),
    programme_no smallint NOT NULL REFERENCES book.programme (programme_no),
    shard smallint NOT NULL CHECK (shard = debtor_no % 16),
    paid_out_on date NOT NULL,
    principal_fen bigint NOT NULL CHECK (principal_fen > 0),
    penalty_rate_nano bigint NOT NULL CHECK (penalty_rate_nano >= 0),
    penalty_basis smallint NOT NULL CHECK (penalty_basis IN (360, 365)),
    grace_days smallint NOT NULL CHECK (grace_days >= 0),
    grace_is_charged smallint NOT NULL CHECK (grace_is_charged IN (0, 1)),
    terms_hash text NOT NULL CHECK (terms_hash ~ '^[0-9a-f]{64}$'),
    overdue_interest_rate_nano bigint NOT NULL CHECK (overdue_interest_rate_nano >= 0),
    interest_bears_penalty smallint NOT NULL CHECK (interest_bears_penalty IN (0, 1)),
    UNIQUE (batch_id, row_no)
);
CREATE INDEX loan_shard ON book.loan (shard, loan_no);
CREATE INDEX loan_party ON book.loan (party_id);

-- Plans: each version replaces the one before from the day it was made. period_interest_fen is what a period accrues,
-- paid in advance or not; interest_fen is what comes due with it.
CREATE TABLE book.instalment (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    loan_no bigint NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    instalment_no integer NOT NULL CHECK (instalment_no > 0),
    from_date date NOT NULL,
    due_date date NOT NULL CHECK (due_date > from_date),
    principal_fen bigint NOT NULL CHECK (principal_fen >= 0),
    interest_fen bigint NOT NULL CHECK (interest_fen >= 0),
    period_interest_fen bigint NOT NULL CHECK (period_interest_fen >= 0),
    PRIMARY KEY (loan_no, version, instalment_no),
    UNIQUE (batch_id, row_no)
);
CREATE INDEX instalment_from ON book.instalment (from_date, loan_no);

-- Tiers: 0 nothing owed, 1 normal 正常, 2 special mention 关注, 3 substandard 次级, 4 doubtful 可疑, 5 loss 损失,
-- 6 undecided 待定: its rules could not be evaluated, a person classifies it.
-- Where an event left a loan: the start of the day's close. The loan's first position is that of its pay-out.
CREATE TABLE book.loan_position (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    business_date date NOT NULL,
    shard smallint NOT NULL,
    sequence integer NOT NULL CHECK (sequence > 0),
    loan_no bigint NOT NULL,
    principal_fen bigint NOT NULL CHECK (principal_fen >= 0),
    interest_fen bigint NOT NULL,
    fee_fen bigint NOT NULL CHECK (fee_fen >= 0),
    penalty_fen bigint NOT NULL CHECK (penalty_fen >= 0),
    due_principal_fen bigint NOT NULL CHECK (due_principal_fen BETWEEN 0 AND principal_fen),
    due_interest_fen bigint NOT NULL CHECK (due_interest_fen >= 0),
    oldest_due date NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    next_no integer NOT NULL CHECK (next_no >= 0),
    next_due date NOT NULL,
    next_principal_fen bigint NOT NULL CHECK (next_principal_fen >= 0),
    next_interest_fen bigint NOT NULL CHECK (next_interest_fen >= 0),
    period_interest_fen bigint NOT NULL CHECK (period_interest_fen >= 0),
    accrual_from date NOT NULL,
    period_accrued_fen bigint NOT NULL CHECK (period_accrued_fen BETWEEN 0 AND period_interest_fen),
    interest_total_fen bigint NOT NULL CHECK (interest_total_fen >= 0),
    penalty_total_fen bigint NOT NULL CHECK (penalty_total_fen >= 0),
    penalty_remainder bigint NOT NULL CHECK (penalty_remainder >= 0),
    paid_up_on date NOT NULL,
    instalments_met integer NOT NULL CHECK (instalments_met >= 0),
    restructured smallint NOT NULL CHECK (restructured IN (0, 1, 2)),
    restructured_due date NOT NULL,
    tier smallint NOT NULL CHECK (tier BETWEEN 0 AND 6),
    penalty_waiting bigint NOT NULL CHECK (penalty_waiting >= 0),
    overdue_interest_remainder bigint NOT NULL CHECK (overdue_interest_remainder >= 0),
    overdue_interest_waiting bigint NOT NULL CHECK (overdue_interest_waiting >= 0),
    PRIMARY KEY (loan_no, sequence),
    UNIQUE (batch_id, row_no)
);
CREATE INDEX loan_position_day ON book.loan_position (business_date, shard, loan_no, sequence);

-- Where a loan stands at the close of a day, and what the day added: a row a loan and day, never updated.
-- One partition a month: an index that only ever grows at its end costs the same with one year and with ten.
CREATE TABLE book.loan_day (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    business_date date NOT NULL,
    shard smallint NOT NULL,
    loan_no bigint NOT NULL,
    principal_fen bigint NOT NULL,
    interest_fen bigint NOT NULL,
    fee_fen bigint NOT NULL,
    penalty_fen bigint NOT NULL,
    due_principal_fen bigint NOT NULL,
    due_interest_fen bigint NOT NULL,
    oldest_due date NOT NULL,
    version integer NOT NULL,
    next_no integer NOT NULL,
    next_due date NOT NULL,
    next_principal_fen bigint NOT NULL,
    next_interest_fen bigint NOT NULL,
    period_interest_fen bigint NOT NULL,
    accrual_from date NOT NULL,
    period_accrued_fen bigint NOT NULL,
    interest_total_fen bigint NOT NULL,
    penalty_total_fen bigint NOT NULL,
    penalty_remainder bigint NOT NULL,
    paid_up_on date NOT NULL,
    instalments_met integer NOT NULL CHECK (instalments_met >= 0),
    restructured smallint NOT NULL CHECK (restructured IN (0, 1, 2)),
    restructured_due date NOT NULL,
    tier smallint NOT NULL CHECK (tier BETWEEN 0 AND 6),
    interest_accrued_fen bigint NOT NULL CHECK (interest_accrued_fen >= 0),
    penalty_accrued_fen bigint NOT NULL CHECK (penalty_accrued_fen >= 0),
    own_interest_fen bigint NOT NULL,
    own_penalty_fen bigint NOT NULL,
    came_due smallint NOT NULL CHECK (came_due IN (0, 1)),
    dpd integer NOT NULL CHECK (dpd >= 0),
    stage smallint NOT NULL CHECK (stage BETWEEN 0 AND 3),
    penalty_waiting bigint NOT NULL,
    overdue_interest_remainder bigint NOT NULL,
    overdue_interest_waiting bigint NOT NULL,
    PRIMARY KEY (shard, loan_no, business_date),
    UNIQUE (batch_id, row_no, business_date),
    CONSTRAINT amounts CHECK (
        principal_fen >= 0 AND fee_fen >= 0 AND penalty_fen >= 0 AND due_interest_fen >= 0
        AND due_principal_fen BETWEEN 0 AND principal_fen AND next_principal_fen >= 0 AND next_interest_fen >= 0
        AND period_accrued_fen BETWEEN 0 AND period_interest_fen AND penalty_remainder >= 0
    ),
    CONSTRAINT overdue CHECK (
        penalty_waiting >= 0 AND overdue_interest_remainder >= 0 AND overdue_interest_waiting >= 0
    ),
    CONSTRAINT past_due CHECK (
        dpd = 0 OR dpd = CASE WHEN isfinite(oldest_due) THEN greatest(business_date - oldest_due, 0) ELSE 0 END
    )
) PARTITION BY RANGE (business_date);

-- One shard of one day, closed: what its rows add up to. There is one, or the shard is not closed.
CREATE TABLE book.day_shard (
    batch_id uuid NOT NULL UNIQUE,
    row_no integer NOT NULL CHECK (row_no = 0),
    business_date date NOT NULL,
    shard smallint NOT NULL CHECK (shard >= 0),
    shards smallint NOT NULL CHECK (shards > shard),
    rules_as_of date NOT NULL,
    closed_at timestamptz NOT NULL,
    loans integer NOT NULL CHECK (loans >= 0),
    principal_fen bigint NOT NULL,
    interest_accrued_fen bigint NOT NULL,
    penalty_accrued_fen bigint NOT NULL,
    own_interest_fen bigint NOT NULL,
    own_penalty_fen bigint NOT NULL,
    PRIMARY KEY (business_date, shard),
    UNIQUE (batch_id, row_no)
);

-- What the day adds to the general ledger's accounts, by programme and lender; a debit is positive.
CREATE TABLE book.day_posting (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    business_date date NOT NULL,
    shard smallint NOT NULL,
    programme_no smallint NOT NULL REFERENCES book.programme (programme_no),
    account text NOT NULL CHECK (account IN (
        'interest_receivable', 'interest_income', 'penalty_receivable', 'penalty_income', 'partner_payable'
    )),
    lender text NOT NULL CHECK (lender <> ''),
    amount_fen bigint NOT NULL CHECK (amount_fen <> 0),
    PRIMARY KEY (business_date, shard, programme_no, account, lender),
    UNIQUE (batch_id, row_no),
    FOREIGN KEY (business_date, shard) REFERENCES book.day_shard (business_date, shard)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.programme
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.loan
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.instalment
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.loan_position
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.loan_day
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.day_shard
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.day_posting
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Make the month's partition of loan_day ready, once; a partition refuses changes as the whole table does.
CREATE FUNCTION book.open_month(business_date date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE first_day date := date_trunc('month', business_date); name text;
BEGIN
    name := format('loan_day_%s', to_char(first_day, 'YYYY_MM'));
    PERFORM pg_advisory_xact_lock(7215302);
    IF to_regclass(format('book.%I', name)) IS NULL THEN
        EXECUTE format('CREATE TABLE book.%I PARTITION OF book.loan_day FOR VALUES FROM (%L) TO (%L)',
            name, first_day, (first_day + interval '1 month')::date);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change()', name);
        EXECUTE format('CREATE TRIGGER added_rows AFTER INSERT ON book.%I REFERENCING NEW TABLE AS added '
            'FOR EACH STATEMENT EXECUTE FUNCTION book.check_added_to_day()', name);
    END IF;
END
$$;

-- At commit, once a shard and day: the rows are what was declared, the postings add up to zero and to the rows, and
-- every loan stands where the day before, or an event of the day, and this day's accrual put it. None is left out.
CREATE FUNCTION book.check_day_totals(closed book.day_shard) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE rows_there record; postings record;
BEGIN
    EXECUTE $query$
        SELECT count(*)::integer AS loans, coalesce(sum(principal_fen), 0) AS principal_fen,
            coalesce(sum(interest_accrued_fen), 0) AS interest_fen, coalesce(sum(penalty_accrued_fen), 0) AS penalty_fen,
            coalesce(sum(own_interest_fen), 0) AS own_interest_fen, coalesce(sum(own_penalty_fen), 0) AS own_penalty_fen
        FROM book.loan_day WHERE business_date = $1 AND shard = $2 AND batch_id = $3
    $query$ INTO rows_there USING closed.business_date, closed.shard, closed.batch_id;
    IF rows_there IS DISTINCT FROM (closed.loans, closed.principal_fen::numeric, closed.interest_accrued_fen::numeric,
        closed.penalty_accrued_fen::numeric, closed.own_interest_fen::numeric, closed.own_penalty_fen::numeric)
    THEN
        RAISE EXCEPTION 'day %, shard %: its rows are not what it declares: %', closed.business_date, closed.shard,
            rows_there USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT coalesce(sum(amount_fen), 0) AS all_fen,
        coalesce(sum(amount_fen) FILTER (WHERE account = 'interest_receivable'), 0) AS interest_fen,
        coalesce(sum(amount_fen) FILTER (WHERE account = 'penalty_receivable'), 0) AS penalty_fen,
        coalesce(-sum(amount_fen) FILTER (WHERE account = 'interest_income'), 0) AS own_interest_fen,
        coalesce(-sum(amount_fen) FILTER (WHERE account = 'penalty_income'), 0) AS own_penalty_fen
    INTO postings FROM book.day_posting WHERE business_date = closed.business_date AND shard = closed.shard;
    IF postings IS DISTINCT FROM (0::numeric, closed.interest_accrued_fen::numeric, closed.penalty_accrued_fen::numeric,
        closed.own_interest_fen::numeric, closed.own_penalty_fen::numeric)
    THEN
        RAISE EXCEPTION 'day %, shard %: its postings do not add up to zero and to its rows: %', closed.business_date,
            closed.shard, postings USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END
$$;

CREATE FUNCTION book.check_day_rows(closed book.day_shard) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE bad record;
BEGIN
    EXECUTE $query$
        WITH moved AS (
            SELECT DISTINCT ON (loan_no) loan_no, principal_fen, interest_fen, fee_fen, penalty_fen, due_principal_fen,
                next_due, next_principal_fen, interest_total_fen, penalty_total_fen
            FROM book.loan_position WHERE business_date = $1 AND shard = $2
            ORDER BY loan_no, sequence DESC
        ), before AS (
            SELECT loan_no, principal_fen, interest_fen, fee_fen, penalty_fen, due_principal_fen,
                next_due, next_principal_fen, interest_total_fen, penalty_total_fen
            FROM moved
            UNION ALL
            SELECT loan_no, principal_fen, interest_fen, fee_fen, penalty_fen, due_principal_fen,
                next_due, next_principal_fen, interest_total_fen, penalty_total_fen
            FROM book.loan_day
            WHERE business_date = $1 - 1 AND shard = $2 AND loan_no NOT IN (SELECT loan_no FROM moved)
                AND (principal_fen, interest_fen, fee_fen, penalty_fen) <> (0, 0, 0, 0)
        ), after AS (
            SELECT * FROM book.loan_day WHERE business_date = $1 AND shard = $2
        )
        SELECT coalesce(after.loan_no, before.loan_no) AS loan_no, CASE
                WHEN after.loan_no IS NULL THEN 'the loan is left out'
                WHEN before.loan_no IS NULL THEN 'the loan has no position before'
                ELSE 'the day does not lead from where the loan stood to where it stands' END AS fault
        FROM before FULL JOIN after ON after.loan_no = before.loan_no
        WHERE (after.principal_fen = before.principal_fen AND after.fee_fen = before.fee_fen
            AND after.interest_fen = before.interest_fen + after.interest_accrued_fen
            AND after.penalty_fen = before.penalty_fen + after.penalty_accrued_fen
            AND after.interest_total_fen = before.interest_total_fen + after.interest_accrued_fen
            AND after.penalty_total_fen = before.penalty_total_fen + after.penalty_accrued_fen
            AND after.came_due = (before.next_due <= $1)::integer
            AND after.due_principal_fen = before.due_principal_fen + after.came_due * before.next_principal_fen
        ) IS NOT TRUE
        ORDER BY 1 LIMIT 1
    $query$ INTO bad USING closed.business_date, closed.shard;
    IF bad.loan_no IS NOT NULL THEN
        RAISE EXCEPTION 'day %, shard %: %: loan %', closed.business_date, closed.shard, bad.fault, bad.loan_no
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END
$$;

CREATE FUNCTION book.check_day_shard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM book.check_day_totals(NEW);
    PERFORM book.check_day_events(NEW);
    PERFORM book.check_day_rows(NEW);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER day_adds_up AFTER INSERT ON book.day_shard DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION book.check_day_shard();

-- A closed shard takes no more rows and no more postings.
CREATE FUNCTION book.check_added_to_day() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE bad record;
BEGIN
    EXECUTE $query$
        SELECT added.business_date, added.shard
        FROM (SELECT DISTINCT business_date, shard, batch_id FROM added) AS added
        LEFT JOIN book.day_shard AS closed USING (business_date, shard)
        WHERE closed.batch_id IS DISTINCT FROM added.batch_id
        ORDER BY added.business_date, added.shard LIMIT 1
    $query$ INTO bad;
    IF bad.shard IS NOT NULL THEN
        RAISE EXCEPTION 'day %, shard %: the row is not of the batch that closes it', bad.business_date, bad.shard
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER added_rows AFTER INSERT ON book.loan_day REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION book.check_added_to_day();
CREATE TRIGGER added_rows AFTER INSERT ON book.day_posting REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION book.check_added_to_day();

-- The rules of a loan's life as they were agreed, a text each; many loans have the same.
CREATE TABLE book.loan_rules (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no = 0),
    rules_hash text PRIMARY KEY CHECK (rules_hash ~ '^[0-9a-f]{64}$'),
    body text NOT NULL CHECK (encode(sha256(convert_to(body, 'UTF8')), 'hex') = rules_hash),
    UNIQUE (batch_id, row_no)
);

-- What was agreed for one loan, its plan included; its hash stands with the loan.
CREATE TABLE book.loan_terms (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    loan_no bigint PRIMARY KEY REFERENCES book.loan (loan_no),
    rules_hash text NOT NULL REFERENCES book.loan_rules (rules_hash),
    terms_hash text NOT NULL CHECK (terms_hash ~ '^[0-9a-f]{64}$'),
    body text NOT NULL CHECK (encode(sha256(convert_to(body, 'UTF8')), 'hex') = terms_hash),
    UNIQUE (batch_id, row_no)
);

-- What being overdue costs from a day on, where that is not what stands with the loan: dated variants, another rate.
CREATE TABLE book.loan_overdue_rate (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    loan_no bigint NOT NULL REFERENCES book.loan (loan_no),
    sequence integer NOT NULL CHECK (sequence > 0),
    from_date date NOT NULL,
    shard smallint NOT NULL,
    penalty_rate_nano bigint NOT NULL CHECK (penalty_rate_nano >= 0),
    overdue_interest_rate_nano bigint NOT NULL CHECK (overdue_interest_rate_nano >= 0),
    PRIMARY KEY (loan_no, sequence, from_date),
    UNIQUE (batch_id, row_no)
);
CREATE INDEX loan_overdue_rate_shard ON book.loan_overdue_rate (shard, loan_no);

-- What happened to a loan, with its postings: leg i is accounts[i], lenders[i], amounts_fen[i], a debit positive.
CREATE TABLE book.loan_event (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    loan_no bigint NOT NULL REFERENCES book.loan (loan_no),
    sequence integer NOT NULL CHECK (sequence > 0),
    shard smallint NOT NULL,
    event_id text COLLATE "C" NOT NULL CHECK (event_id <> '' AND event_id !~ '[\x01-\x1f\x7f]'),
    kind text NOT NULL CHECK (kind ~ '^[a-z_]+$'),
    value_date date NOT NULL,
    booked_on date NOT NULL CHECK (booked_on >= value_date),
    payload text NOT NULL CHECK (payload !~ '[\x01-\x1f\x7f]'),
    accounts text[] NOT NULL CHECK (accounts <@ ARRAY[
        'loan_principal', 'interest_receivable', 'fee_receivable', 'penalty_receivable', 'clearing',
        'customer_suspense', 'interest_income', 'fee_income', 'penalty_income', 'goodwill_expense', 'written_off',
        'recovery_income', 'partner_payable', 'partner_settlement'
    ]),
    lenders text[] NOT NULL CHECK (cardinality(lenders) = cardinality(accounts)),
    amounts_fen bigint[] NOT NULL CHECK (
        cardinality(amounts_fen) = cardinality(accounts) AND array_position(amounts_fen, 0) IS NULL
        AND array_position(amounts_fen, NULL) IS NULL
    ),
    booked_at timestamptz NOT NULL,
    previous_hash text NOT NULL CHECK (previous_hash ~ '^[0-9a-f]{64}$'),
    hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (loan_no, sequence),
    UNIQUE (loan_no, event_id),
    UNIQUE (batch_id, row_no)
);
CREATE INDEX loan_event_day ON book.loan_event (booked_on, shard, loan_no);

CREATE VIEW book.loan_posting AS
SELECT event.loan_no, event.sequence, event.shard, event.booked_on, event.value_date, leg.number::integer AS leg,
    leg.account, leg.lender, leg.amount_fen
FROM book.loan_event AS event,
    unnest(event.accounts, event.lenders, event.amounts_fen) WITH ORDINALITY AS leg (account, lender, amount_fen, number);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.loan_rules
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.loan_terms
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.loan_overdue_rate
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.loan_event
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- The line an event is hashed as; the same as creditloop.book.loans.lines.
CREATE FUNCTION book.loan_event_hash(event book.loan_event) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT encode(sha256(convert_to(
        concat_ws(E'\t', 'creditloop.book.loan_event.v1', event.previous_hash, event.loan_no, event.sequence, event.kind,
            to_char(event.value_date, 'YYYY-MM-DD'), to_char(event.booked_on, 'YYYY-MM-DD'), event.event_id, event.payload)
        || coalesce((
            SELECT string_agg(E'\t' || account || ' ' || lender || ' ' || amount_fen, '' ORDER BY number)
            FROM unnest(event.accounts, event.lenders, event.amounts_fen) WITH ORDINALITY
                AS leg (account, lender, amount_fen, number)
        ), ''), 'UTF8')), 'hex')
$$;

-- Each event follows the one before it, is hashed as it stands, adds up to zero, and its day is not closed.
CREATE FUNCTION book.check_added_loan_events() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE bad record;
BEGIN
    SELECT added.loan_no, added.sequence, CASE
            WHEN previous.sequence IS NULL AND added.sequence > 1 THEN 'comes after none'
            WHEN added.previous_hash <> coalesce(previous.hash, repeat('0', 64)) THEN 'is not chained to the one before'
            WHEN added.booked_on < previous.booked_on THEN 'is booked before the one before'
            WHEN added.hash <> book.loan_event_hash(added) THEN 'is not what its hash says'
            WHEN (SELECT coalesce(sum(amount), 0) FROM unnest(added.amounts_fen) AS amount) <> 0
                THEN 'does not add up to zero'
            WHEN added.shard <> loan.shard THEN 'is of another shard'
            ELSE 'is booked on a day that is closed' END AS fault
    INTO bad
    FROM added JOIN book.loan AS loan USING (loan_no)
    LEFT JOIN book.loan_event AS previous ON previous.loan_no = added.loan_no AND previous.sequence = added.sequence - 1
    WHERE (previous.sequence IS NULL AND added.sequence > 1)
        OR added.previous_hash <> coalesce(previous.hash, repeat('0', 64))
        OR added.booked_on < previous.booked_on
        OR added.hash <> book.loan_event_hash(added)
        OR (SELECT coalesce(sum(amount), 0) FROM unnest(added.amounts_fen) AS amount) <> 0
        OR added.shard <> loan.shard
        OR EXISTS (
            SELECT FROM book.day_shard AS closed
            WHERE closed.business_date = added.booked_on AND closed.shard = added.shard
        )
    ORDER BY added.loan_no, added.sequence LIMIT 1;
    IF bad.fault IS NOT NULL THEN
        RAISE EXCEPTION 'loan %, event %: it %', bad.loan_no, bad.sequence, bad.fault
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER added_rows AFTER INSERT ON book.loan_event REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION book.check_added_loan_events();

-- A loan's terms are those whose hash stands with it.
CREATE FUNCTION book.check_added_loan_terms() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE bad record;
BEGIN
    SELECT added.loan_no INTO bad FROM added JOIN book.loan AS loan USING (loan_no)
    WHERE loan.terms_hash <> added.terms_hash ORDER BY 1 LIMIT 1;
    IF bad.loan_no IS NOT NULL THEN
        RAISE EXCEPTION 'loan %: its terms are not those agreed', bad.loan_no
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER added_rows AFTER INSERT ON book.loan_terms REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION book.check_added_loan_terms();

-- A position is where an event left a loan, on a day that is not closed.
CREATE FUNCTION book.check_added_loan_positions() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE bad record;
BEGIN
    SELECT added.loan_no, added.sequence INTO bad
    FROM added LEFT JOIN book.loan_event AS event USING (loan_no, sequence)
    LEFT JOIN book.day_shard AS closed ON closed.business_date = added.business_date AND closed.shard = added.shard
    WHERE closed.shard IS NOT NULL OR (event.booked_on, event.shard) IS DISTINCT FROM (added.business_date, added.shard)
    ORDER BY 1, 2 LIMIT 1;
    IF bad.loan_no IS NOT NULL THEN
        RAISE EXCEPTION 'loan %, position %: it is not of an event of a day that is open', bad.loan_no, bad.sequence
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER added_rows AFTER INSERT ON book.loan_position REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION book.check_added_loan_positions();

-- At the close: what an event of the day left is what the day before left and the day's events posted. So the day ends
-- and the replay of a loan's events, which made the position, say the same of it every day.
CREATE FUNCTION book.check_day_events(closed book.day_shard) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE bad record;
BEGIN
    EXECUTE $query$
        WITH moved AS (
            SELECT DISTINCT ON (loan_no) loan_no, sequence, principal_fen, interest_fen, fee_fen, penalty_fen
            FROM book.loan_position WHERE business_date = $1 AND shard = $2
            ORDER BY loan_no, sequence DESC
        ), posted AS (
            SELECT loan_no, max(sequence) AS sequence,
                coalesce(sum(amount_fen) FILTER (WHERE account = 'loan_principal'), 0) AS principal_fen,
                coalesce(sum(amount_fen) FILTER (WHERE account = 'interest_receivable'), 0) AS interest_fen,
                coalesce(sum(amount_fen) FILTER (WHERE account = 'fee_receivable'), 0) AS fee_fen,
                coalesce(sum(amount_fen) FILTER (WHERE account = 'penalty_receivable'), 0) AS penalty_fen
            FROM (
                SELECT event.loan_no, event.sequence, leg.account, leg.amount_fen FROM book.loan_event AS event
                LEFT JOIN LATERAL unnest(event.accounts, event.amounts_fen) AS leg (account, amount_fen) ON true
                WHERE event.booked_on = $1 AND event.shard = $2
            ) AS leg GROUP BY loan_no
        )
        SELECT coalesce(moved.loan_no, posted.loan_no) AS loan_no
        FROM moved FULL JOIN posted ON posted.loan_no = moved.loan_no
        LEFT JOIN book.loan_day AS before
            ON before.business_date = $1 - 1 AND before.shard = $2 AND before.loan_no = moved.loan_no
        WHERE (moved.sequence = posted.sequence
            AND moved.principal_fen = coalesce(before.principal_fen, 0) + posted.principal_fen
            AND moved.interest_fen = coalesce(before.interest_fen, 0) + posted.interest_fen
            AND moved.fee_fen = coalesce(before.fee_fen, 0) + posted.fee_fen
            AND moved.penalty_fen = coalesce(before.penalty_fen, 0) + posted.penalty_fen) IS NOT TRUE
        ORDER BY 1 LIMIT 1
    $query$ INTO bad USING closed.business_date, closed.shard;
    IF bad.loan_no IS NOT NULL THEN
        RAISE EXCEPTION 'day %, shard %: what the events left is not what they posted: loan %', closed.business_date,
            closed.shard, bad.loan_no USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END
$$;

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
