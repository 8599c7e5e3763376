-- name: next_loan_no^
-- A number for a loan that no other has.
SELECT nextval('book.loan_numbers');

-- name: lock_party!
-- Let one loan of a party be opened at a time, until the end of the caller's transaction.
SELECT pg_advisory_xact_lock(hashtextextended('creditloop.book.party ' || :party_id, 0));

-- name: find_debtor^
-- The number of a debtor who has a loan, or a new one.
SELECT coalesce((SELECT debtor_no FROM book.loan WHERE party_id = :party_id LIMIT 1), nextval('book.debtor_numbers'));

-- name: lock_loan!
-- Let one event of a loan be booked at a time, until the end of the caller's transaction.
SELECT pg_advisory_xact_lock(hashtextextended('creditloop.book.loan ' || :loan_id, 0));

-- name: find_loan^
-- A loan with the texts of its terms and rules, and its lenders.
SELECT loan.loan_no, loan.loan_id, loan.party_id, loan.debtor_no, loan.retail, loan.shard, loan.paid_out_on,
    programme.programme_no, programme.product, programme.lenders, programme.weights, loan.terms_hash,
    terms.rules_hash, terms.body AS terms, rules.body AS rules
FROM book.loan AS loan
JOIN book.programme AS programme USING (programme_no)
LEFT JOIN book.loan_terms AS terms USING (loan_no)
LEFT JOIN book.loan_rules AS rules USING (rules_hash)
WHERE loan.loan_id = :loan_id;

-- name: find_loan_ids
-- The loans of a party, or of all, in the order they were opened.
SELECT loan_id FROM book.loan
WHERE CAST(:party_id AS text) IS NULL OR party_id = CAST(:party_id AS text)
ORDER BY loan_no;

-- name: find_events
-- A loan's events with their postings, in the order they were booked.
SELECT sequence, event_id, kind, value_date, booked_on, payload, accounts, lenders, amounts_fen, booked_at, previous_hash,
    hash, batch_id
FROM book.loan_event WHERE loan_no = :loan_no ORDER BY sequence;

-- name: find_history^
-- What only closes of days know of a loan: at its last close, else at its last event.
SELECT tier, CASE WHEN isfinite(paid_up_on) THEN paid_up_on END AS paid_up_on, instalments_met, restructured,
    CASE WHEN isfinite(restructured_due) THEN restructured_due END AS restructured_due
FROM (
    SELECT tier, paid_up_on, instalments_met, restructured, restructured_due, business_date, 1 AS closed
    FROM (SELECT * FROM book.loan_day WHERE shard = :shard AND loan_no = :loan_no
        ORDER BY business_date DESC LIMIT 1) AS day
    UNION ALL
    SELECT tier, paid_up_on, instalments_met, restructured, restructured_due, business_date, 0
    FROM (SELECT * FROM book.loan_position WHERE loan_no = :loan_no ORDER BY sequence DESC LIMIT 1) AS position
) AS known ORDER BY business_date DESC, closed DESC LIMIT 1;

-- name: find_plan
-- The instalments of a loan's plan in force, from a due date on.
SELECT version, instalment_no, due_date, principal_fen, interest_fen, period_interest_fen
FROM book.instalment
WHERE loan_no = :loan_no AND version = (SELECT max(version) FROM book.instalment WHERE loan_no = :loan_no)
ORDER BY instalment_no;

-- name: hold_day_open!
-- Let nobody close a day of a shard while an event is booked on it, until the end of the caller's transaction.
SELECT pg_advisory_xact_lock_shared(hashtextextended('creditloop.book.day ' || :shard || ' ' || :business_date, 0));

-- name: is_closed$
-- Whether a day is closed for a shard.
SELECT EXISTS (SELECT FROM book.day_shard WHERE shard = :shard AND business_date >= :business_date);

-- name: find_programme$
-- A programme's number.
SELECT programme_no FROM book.programme
WHERE product = :product AND lenders = CAST(:lenders AS text[]) AND weights = CAST(:weights AS bigint[])
    AND document_hash = :document_hash;

-- name: add_programme!
-- A product with the lenders who share its loans.
INSERT INTO book.programme (batch_id, row_no, programme_no, product, lenders, weights, document_hash)
SELECT :batch_id, 0, coalesce(max(programme_no), 0) + 1, :product, CAST(:lenders AS text[]), CAST(:weights AS bigint[]),
    :document_hash
FROM book.programme;

-- name: lock_programmes!
-- Let one programme be added at a time, until the end of the caller's transaction.
SELECT pg_advisory_xact_lock(7215305);

-- name: add_rules!
-- The rules of a loan's life, once.
INSERT INTO book.loan_rules (batch_id, row_no, rules_hash, body) VALUES (:batch_id, 0, :rules_hash, :body)
ON CONFLICT (rules_hash) DO NOTHING;

-- name: add_loan!
-- A loan, with what the close of a day needs of its agreement.
INSERT INTO book.loan (batch_id, row_no, loan_no, loan_id, party_id, debtor_no, retail, programme_no, shard, paid_out_on,
    principal_fen, penalty_rate_nano, overdue_interest_rate_nano, interest_bears_penalty, penalty_basis, grace_days,
    grace_is_charged, terms_hash)
VALUES (:batch_id, 0, :loan_no, :loan_id, :party_id, :debtor_no, :retail, :programme_no, :shard, :paid_out_on,
    :principal_fen, :penalty_rate_nano, :overdue_interest_rate_nano, :interest_bears_penalty, :penalty_basis, :grace_days,
    :grace_is_charged, :terms_hash);

-- name: add_terms!
-- What was agreed for a loan.
INSERT INTO book.loan_terms (batch_id, row_no, loan_no, rules_hash, terms_hash, body)
VALUES (:batch_id, 0, :loan_no, :rules_hash, :terms_hash, :body);

-- name: add_event!
-- An event with its postings.
INSERT INTO book.loan_event (batch_id, row_no, loan_no, sequence, shard, event_id, kind, value_date, booked_on, payload,
    accounts, lenders, amounts_fen, booked_at, previous_hash, hash)
VALUES (:batch_id, 0, :loan_no, :sequence, :shard, :event_id, :kind, :value_date, :booked_on, :payload,
    CAST(:accounts AS text[]), CAST(:lenders AS text[]), CAST(:amounts_fen AS bigint[]), :booked_at, :previous_hash, :hash);
