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
-- Events up to a day, with their legs, hashes, and how many instalments of the plan each wrote anew.
SELECT loan.loan_id, event.loan_no, event.sequence, event.kind, event.value_date, event.booked_on, event.event_id,
    event.payload, event.accounts, event.lenders, event.amounts_fen, event.previous_hash, event.hash
FROM book.loan_event AS event JOIN book.loan AS loan USING (loan_no)
WHERE event.booked_on <= :through
    AND (CAST(:loan_ids AS text[]) IS NULL OR loan.loan_id = ANY(CAST(:loan_ids AS text[])))
ORDER BY event.loan_no, event.sequence;

-- name: plans
-- Every version of every plan, with the sequence of the event that made it.
SELECT loan.loan_id, event.sequence, plan.version, plan.instalment_no, plan.from_date, plan.due_date, plan.principal_fen,
    plan.interest_fen, plan.period_interest_fen
FROM book.instalment AS plan JOIN book.loan AS loan USING (loan_no)
LEFT JOIN book.loan_event AS event ON event.loan_no = plan.loan_no AND event.batch_id = plan.batch_id
WHERE coalesce(event.booked_on, loan.paid_out_on) <= :through
    AND (CAST(:loan_ids AS text[]) IS NULL OR loan.loan_id = ANY(CAST(:loan_ids AS text[])))
ORDER BY plan.loan_no, plan.version, plan.instalment_no;

-- name: rates
-- What being overdue costs from a day on, where that is not what stands with the loan.
SELECT loan.loan_id, rate.sequence, rate.from_date, rate.penalty_rate_nano, rate.overdue_interest_rate_nano
FROM book.loan_overdue_rate AS rate JOIN book.loan AS loan USING (loan_no)
WHERE CAST(:loan_ids AS text[]) IS NULL OR loan.loan_id = ANY(CAST(:loan_ids AS text[]))
ORDER BY rate.loan_no, rate.sequence, rate.from_date;

-- name: days
-- Where loans stood at the close of each day, and what the day accrued.
SELECT loan.loan_id, day.business_date, day.principal_fen, day.interest_fen, day.fee_fen, day.penalty_fen,
    day.interest_accrued_fen, day.penalty_accrued_fen, day.own_interest_fen, day.own_penalty_fen, day.dpd
FROM book.loan_day AS day JOIN book.loan AS loan USING (loan_no)
WHERE day.business_date <= :through
    AND (CAST(:loan_ids AS text[]) IS NULL OR loan.loan_id = ANY(CAST(:loan_ids AS text[])))
ORDER BY day.loan_no, day.business_date;
