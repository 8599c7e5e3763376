-- name: lock_book!
-- Let one writer in at a time, until the end of the caller's transaction.
LOCK TABLE book.batch IN SHARE ROW EXCLUSIVE MODE;

-- name: find_batch^
-- A batch that was posted before, with what it declared.
SELECT kind, business_date, rules_as_of, booking_date, posted_at, currency, rows_hash, row_count,
    event_count, posting_count, event_amount_abs_fen, posting_amount_abs_fen
FROM book.batch WHERE batch_id = :batch_id;

-- name: find_events_by_kind
-- How many events of each kind a batch holds, and what they change.
SELECT kind, count(*), sum(amount_fen) FROM book.event
WHERE batch_id = :batch_id GROUP BY kind ORDER BY kind;

-- name: find_currency^
-- The currency the book is kept in.
SELECT code FROM book.currency;

-- name: find_month^
-- The last day of the month the book stands at.
SELECT max(business_date) FROM book.batch;

-- name: insert_currency!
-- Set the book's currency, with its first batch.
INSERT INTO book.currency (batch_id, row_no, code) VALUES (:batch_id, 0, :code) ON CONFLICT DO NOTHING;

-- name: insert_batch!
-- Declare a batch: what is asked for, and the totals it will hold.
INSERT INTO book.batch (batch_id, row_no, batch_key, kind, business_date, rules_as_of, booking_date, posted_at,
    currency, rows_hash, row_count, event_count, posting_count, event_amount_abs_fen, posting_amount_abs_fen)
VALUES (:batch_id, 0, :batch_key, :kind, :business_date, :rules_as_of, :booking_date, :posted_at,
    :currency, :rows_hash, :row_count, :event_count, :posting_count, :event_amount_abs_fen,
    :posting_amount_abs_fen);

-- name: defer_check!
-- Let the next batch be written whole before it is checked.
SET CONSTRAINTS book.batch_adds_up DEFERRED;

-- name: check_now!
-- Have the database check the batch now, not only when the caller commits.
SET CONSTRAINTS book.batch_adds_up IMMEDIATE;

-- name: find_heads
-- Where each party's record stands: its last event, its hash, and what is owed after it.
SELECT DISTINCT ON (party_id) party_id, sequence, hash, owed_after_fen FROM book.event
ORDER BY party_id, sequence DESC;

-- name: find_event_rows
-- Where one party's events stand: batch and row by sequence.
SELECT sequence, batch_id, row_no FROM book.event WHERE party_id = :party_id ORDER BY sequence;

-- name: find_balances
-- The balance of every party and account on which something was posted, by value date.
SELECT posting.party_id, posting.account, posting.currency, CAST(sum(posting.amount_fen) AS bigint) AS balance_fen
FROM book.posting AS posting JOIN book.event AS event USING (party_id, sequence)
WHERE event.value_date <= :as_of
GROUP BY posting.party_id, posting.account, posting.currency
ORDER BY posting.party_id, posting.account;

-- name: find_owed
-- What each party owes and is owed, by value date; a party with nothing on its accounts too.
SELECT event.party_id,
    CAST(coalesce(sum(posting.amount_fen) FILTER (WHERE posting.account = :card_receivable), 0) AS bigint)
        AS receivable_fen,
    CAST(coalesce(sum(posting.amount_fen) FILTER (WHERE posting.account = :customer_credit), 0) AS bigint)
        AS credit_fen
FROM book.event AS event LEFT JOIN book.posting AS posting USING (party_id, sequence)
WHERE event.value_date <= :as_of
GROUP BY event.party_id
ORDER BY event.party_id;

-- name: find_trial_balance
-- Debits, credits and their sum per account, by value date.
SELECT posting.account,
    CAST(coalesce(sum(posting.amount_fen) FILTER (WHERE posting.amount_fen > 0), 0) AS numeric) AS debit_fen,
    CAST(coalesce(-sum(posting.amount_fen) FILTER (WHERE posting.amount_fen < 0), 0) AS numeric) AS credit_fen
FROM book.posting AS posting JOIN book.event AS event USING (party_id, sequence)
WHERE event.value_date <= :as_of
GROUP BY posting.account;

-- name: find_history
-- One party's events in order, each with its postings.
SELECT event.sequence, event.kind, event.value_date, event.booking_date, event.amount_fen, event.owed_after_fen,
    batch.currency, event.idempotency_key, event.derived, event.source_ref, event.previous_hash, event.hash,
    legs.accounts, legs.amounts_fen
FROM book.event AS event JOIN book.batch AS batch USING (batch_id)
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(account ORDER BY leg), '{}') AS accounts,
        coalesce(array_agg(amount_fen ORDER BY leg), '{}') AS amounts_fen
    FROM book.posting AS posting
    WHERE posting.party_id = event.party_id AND posting.sequence = event.sequence
) AS legs
WHERE event.party_id = :party_id
ORDER BY event.sequence;

-- name: find_events_of_kind
-- The events of one kind, by value date, for a list.
SELECT party_id, sequence, value_date, booking_date, amount_fen, derived, source_ref
FROM book.event WHERE kind = :kind AND value_date <= :as_of
ORDER BY value_date, party_id, sequence;
