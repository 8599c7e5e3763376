-- What happens to loans, as events with their postings; terms and rules as texts; what being overdue costs in full.

CREATE SEQUENCE book.loan_numbers;
CREATE SEQUENCE book.debtor_numbers;

-- Being overdue may cost interest beside penalty, and unpaid interest may bear both.
ALTER TABLE book.loan
    ADD COLUMN overdue_interest_rate_nano bigint NOT NULL DEFAULT 0 CHECK (overdue_interest_rate_nano >= 0),
    ADD COLUMN interest_bears_penalty smallint NOT NULL DEFAULT 0 CHECK (interest_bears_penalty IN (0, 1));
ALTER TABLE book.loan
    ALTER COLUMN overdue_interest_rate_nano DROP DEFAULT,
    ALTER COLUMN interest_bears_penalty DROP DEFAULT;
CREATE INDEX loan_party ON book.loan (party_id);

-- What a period accrues, paid in advance or not; interest_fen is what comes due with it.
ALTER TABLE book.instalment ADD COLUMN period_interest_fen bigint CHECK (period_interest_fen >= 0);
ALTER TABLE book.instalment ALTER COLUMN period_interest_fen TYPE bigint USING interest_fen;
ALTER TABLE book.instalment ALTER COLUMN period_interest_fen SET NOT NULL;

ALTER TABLE book.loan_position
    ADD COLUMN penalty_waiting bigint NOT NULL DEFAULT 0 CHECK (penalty_waiting >= 0),
    ADD COLUMN overdue_interest_remainder bigint NOT NULL DEFAULT 0 CHECK (overdue_interest_remainder >= 0),
    ADD COLUMN overdue_interest_waiting bigint NOT NULL DEFAULT 0 CHECK (overdue_interest_waiting >= 0);
ALTER TABLE book.loan_position
    ALTER COLUMN penalty_waiting DROP DEFAULT,
    ALTER COLUMN overdue_interest_remainder DROP DEFAULT,
    ALTER COLUMN overdue_interest_waiting DROP DEFAULT;

ALTER TABLE book.loan_day
    ADD COLUMN penalty_waiting bigint NOT NULL DEFAULT 0,
    ADD COLUMN overdue_interest_remainder bigint NOT NULL DEFAULT 0,
    ADD COLUMN overdue_interest_waiting bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT overdue CHECK (
        penalty_waiting >= 0 AND overdue_interest_remainder >= 0 AND overdue_interest_waiting >= 0
    ),
    DROP CONSTRAINT past_due,
    ADD CONSTRAINT past_due CHECK (
        dpd = 0 OR dpd = CASE WHEN isfinite(oldest_due) THEN greatest(business_date - oldest_due, 0) ELSE 0 END
    );
ALTER TABLE book.loan_day
    ALTER COLUMN penalty_waiting DROP DEFAULT,
    ALTER COLUMN overdue_interest_remainder DROP DEFAULT,
    ALTER COLUMN overdue_interest_waiting DROP DEFAULT;

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

CREATE OR REPLACE FUNCTION book.check_day_shard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM book.check_day_totals(NEW);
    PERFORM book.check_day_events(NEW);
    PERFORM book.check_day_rows(NEW);
    RETURN NULL;
END
$$;
