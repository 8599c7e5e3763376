-- name: open_month!
-- Make the month's partition ready.
SELECT book.open_month(:business_date);

-- name: find_shard^
-- A shard that is closed, with what it declared.
SELECT batch_id, loans, principal_fen, interest_accrued_fen, penalty_accrued_fen, own_interest_fen, own_penalty_fen
FROM book.day_shard WHERE business_date = :business_date AND shard = :shard;

-- name: find_last_closed^
-- The last day a shard is closed for.
SELECT max(business_date) FROM book.day_shard WHERE shard = :shard;

-- name: find_first_position^
-- The first day a shard has anything to close.
SELECT min(business_date) FROM book.loan_position WHERE shard = :shard;

-- name: count_loans
-- How many loans each shard holds.
SELECT shard, count(*) FROM book.loan GROUP BY shard ORDER BY shard;

-- name: find_programmes
-- Programmes with their lenders and weights.
SELECT programme_no, product, lenders, weights FROM book.programme ORDER BY programme_no;

-- name: lock_shard!
-- Let one closer of a shard in at a time, until the end of the caller's transaction.
SELECT pg_advisory_xact_lock(7215303, :shard);

-- name: lock_day!
-- Let nobody book on a day of a shard that is being closed, until the end of the caller's transaction.
SELECT pg_advisory_xact_lock(hashtextextended('creditloop.book.day ' || :shard || ' ' || :business_date, 0));

-- name: insert_shard!
-- Declare a closed shard: what its rows add up to.
INSERT INTO book.day_shard (batch_id, row_no, business_date, shard, shards, rules_as_of, closed_at, loans, principal_fen,
    interest_accrued_fen, penalty_accrued_fen, own_interest_fen, own_penalty_fen)
VALUES (:batch_id, 0, :business_date, :shard, :shards, :rules_as_of, :closed_at, :loans, :principal_fen,
    :interest_accrued_fen, :penalty_accrued_fen, :own_interest_fen, :own_penalty_fen);

-- name: defer_check!
-- Let the next shard be written whole before it is checked.
SET CONSTRAINTS book.day_adds_up DEFERRED;

-- name: check_now!
-- Have the database check the shard now, not only when the caller commits.
SET CONSTRAINTS book.day_adds_up IMMEDIATE;

-- name: find_day_postings
-- What a day adds to the general ledger's accounts, over all shards: what its close accrued, what its events posted.
SELECT programme.product, posting.account, posting.lender, CAST(sum(posting.amount_fen) AS bigint) AS amount_fen
FROM (
    SELECT programme_no, account, lender, amount_fen FROM book.day_posting WHERE business_date = :business_date
    UNION ALL
    SELECT loan.programme_no, event.account, event.lender, event.amount_fen
    FROM book.loan_posting AS event JOIN book.loan AS loan USING (loan_no)
    WHERE event.booked_on = :business_date
) AS posting JOIN book.programme AS programme USING (programme_no)
GROUP BY programme.product, posting.account, posting.lender
HAVING sum(posting.amount_fen) <> 0
ORDER BY programme.product, posting.account, posting.lender;

-- name: find_settlements
-- What was collected for each partner and is to be remitted, up to a day and on it, by programme; and what he will get.
SELECT programme.product, posting.lender,
    CAST(coalesce(-sum(posting.amount_fen) FILTER (WHERE posting.account = 'partner_settlement'
        AND posting.business_date = :business_date), 0) AS bigint) AS collected_fen,
    CAST(coalesce(-sum(posting.amount_fen) FILTER (WHERE posting.account = 'partner_settlement'), 0) AS bigint)
        AS collected_total_fen,
    CAST(coalesce(-sum(posting.amount_fen) FILTER (WHERE posting.account = 'partner_payable'), 0) AS bigint) AS payable_fen
FROM (
    SELECT business_date, programme_no, account, lender, amount_fen FROM book.day_posting
    WHERE business_date <= :business_date AND account = 'partner_payable'
    UNION ALL
    SELECT event.booked_on, loan.programme_no, event.account, event.lender, event.amount_fen
    FROM book.loan_posting AS event JOIN book.loan AS loan USING (loan_no)
    WHERE event.booked_on <= :business_date AND event.account IN ('partner_payable', 'partner_settlement')
) AS posting JOIN book.programme AS programme USING (programme_no)
GROUP BY programme.product, posting.lender ORDER BY programme.product, posting.lender;

-- name: find_settlement_lines
-- What each event of a day changed between us and a partner, loan by loan.
SELECT programme.product, event.lender, loan.loan_id, booked.event_id, booked.kind, booked.value_date,
    CAST(coalesce(-sum(event.amount_fen) FILTER (WHERE event.account = 'partner_settlement'), 0) AS bigint) AS collected_fen,
    CAST(coalesce(-sum(event.amount_fen) FILTER (WHERE event.account = 'partner_payable'), 0) AS bigint) AS payable_fen
FROM book.loan_posting AS event
JOIN book.loan_event AS booked USING (loan_no, sequence)
JOIN book.loan AS loan ON loan.loan_no = event.loan_no
JOIN book.programme AS programme USING (programme_no)
WHERE event.booked_on = :business_date AND event.account IN ('partner_payable', 'partner_settlement')
GROUP BY programme.product, event.lender, loan.loan_no, booked.sequence, booked.event_id, booked.kind, booked.value_date,
    loan.loan_id
ORDER BY programme.product, event.lender, loan.loan_no, booked.sequence;
