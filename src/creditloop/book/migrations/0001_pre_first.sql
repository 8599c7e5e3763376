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
