-- name: loans
-- Loans with what was agreed and what the close of a day needs of it.
SELECT loan.loan_no, loan.loan_id, loan.party_id, loan.paid_out_on, loan.principal_fen, loan.penalty_basis,
    loan.grace_days, loan.grace_is_charged, loan.interest_bears_penalty, loan.penalty_rate_nano,
    loan.overdue_interest_rate_nano, programme.product, programme.lenders, programme.weights, loan.terms_hash,
    terms.body AS terms, terms.rules_hash, rules.body AS rules
FROM book.loan AS loan
JOIN book.programme AS programme USING (programme_no)
LEFT JOIN book.loan_terms AS terms USING (loan_no)
LEFT JOIN book.loan_rules AS rules USING (rules_hash)
WHERE CAST(:loan_ids AS text[]) IS NULL OR loan.loan_id = ANY(CAST(:loan_ids AS text[]))
ORDER BY loan.loan_no;

-- name: events
-- Events up to a day, with their legs and hashes.
SELECT loan.loan_id, event.loan_no, event.sequence, event.kind, event.value_date, event.booked_on, event.event_id,
    event.payload, event.accounts, event.lenders, event.amounts_fen, event.previous_hash, event.hash
FROM book.loan_event AS event JOIN book.loan AS loan USING (loan_no)
WHERE event.booked_on <= :through
    AND (CAST(:loan_ids AS text[]) IS NULL OR loan.loan_id = ANY(CAST(:loan_ids AS text[])))
ORDER BY event.loan_no, event.sequence;

-- name: loan_ids
-- The loans wanted, and whether the texts of what was agreed are there.
SELECT loan.loan_id, terms.body IS NOT NULL AS agreed
FROM book.loan AS loan LEFT JOIN book.loan_terms AS terms USING (loan_no)
WHERE CAST(:loan_ids AS text[]) IS NULL OR loan.loan_id = ANY(CAST(:loan_ids AS text[]))
ORDER BY loan.loan_no;

-- name: first_plan
-- The plan that a loan was taken in with, as rows of what falls due.
SELECT plan.instalment_no, 'instalment' AS kind, CAST(plan.from_date AS text), CAST(plan.due_date AS text), 0 AS penalty,
    0 AS fee, plan.interest_fen, plan.principal_fen, plan.period_interest_fen AS by_day
FROM book.instalment AS plan JOIN book.loan AS loan USING (loan_no)
WHERE loan.loan_id = :loan_id AND plan.version = 1
ORDER BY plan.instalment_no;

-- name: days
-- Where loans stood at the close of each day, and what the day accrued.
SELECT loan.loan_id, day.business_date, day.principal_fen, day.interest_fen, day.fee_fen, day.penalty_fen,
    day.interest_accrued_fen, day.penalty_accrued_fen, day.own_interest_fen, day.own_penalty_fen, day.dpd
FROM book.loan_day AS day JOIN book.loan AS loan USING (loan_no)
WHERE day.business_date <= :through
    AND (CAST(:loan_ids AS text[]) IS NULL OR loan.loan_id = ANY(CAST(:loan_ids AS text[])))
ORDER BY day.loan_no, day.business_date;
