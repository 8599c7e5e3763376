-- name: find_firm_parties
-- Who the debtors that are not retail are: of a shard, or one of them.
SELECT DISTINCT debtor_no, party_id FROM book.loan
WHERE shard = :shard AND retail = 0 AND (:debtor_no::bigint IS NULL OR debtor_no = :debtor_no)
ORDER BY debtor_no, party_id;

-- name: find_newest_warnings
-- Of each product the newest run of warnings about a day or one before it, recorded by then.
SELECT DISTINCT ON (product) batch_id, business_date FROM monitor.warning_batch
WHERE business_date <= :business_date AND recorded_at <= :known_by
ORDER BY product, business_date DESC, rules_as_of DESC, recorded_at DESC, batch_id;

-- name: find_warned_loans
-- Warnings of these runs on those who owe the loans of a shard, or of one debtor.
SELECT loan.loan_no, warning.batch_id, warning.level
FROM monitor.warning AS warning JOIN book.loan AS loan ON loan.party_id = warning.party_id COLLATE "C"
WHERE warning.batch_id = ANY(:batch_ids) AND loan.shard = :shard
    AND (:debtor_no::bigint IS NULL OR loan.debtor_no = :debtor_no)
ORDER BY loan.loan_no, warning.batch_id;

-- name: find_classified_loan^
-- Which loan a name is, and whose.
SELECT loan_no, shard, debtor_no, party_id FROM book.loan WHERE loan_id = :loan_id;

-- name: find_closed_shard^
-- How a shard of a day was closed.
SELECT rules_as_of, closed_at FROM book.day_shard WHERE business_date = :business_date AND shard = :shard;

-- name: find_debtor_day
-- A debtor's loans as a day left them, with the class and the restructuring each had before its close.
SELECT day.loan_no, loan.loan_id, day.principal_fen + day.interest_fen + day.fee_fen + day.penalty_fen AS owed_fen,
    day.dpd, loan.retail, nullif(day.paid_up_on, 'infinity') AS paid_up_on, day.instalments_met,
    nullif(day.restructured_due, 'infinity') AS restructured_due, day.restructured, day.tier, day.stage,
    coalesce(moved.tier, before.tier) AS tier_before,
    coalesce(moved.restructured, before.restructured) AS restructured_before
FROM book.loan_day AS day JOIN book.loan AS loan USING (loan_no)
LEFT JOIN book.loan_day AS before
    ON before.loan_no = day.loan_no AND before.shard = day.shard AND before.business_date = day.business_date - 1
LEFT JOIN LATERAL (
    SELECT tier, restructured FROM book.loan_position AS position
    WHERE position.loan_no = day.loan_no AND position.business_date = day.business_date
    ORDER BY sequence DESC LIMIT 1
) AS moved ON true
WHERE day.business_date = :business_date AND day.shard = :shard AND loan.debtor_no = :debtor_no
ORDER BY day.loan_no;

-- name: find_exposures
-- What is owed at the close of a day, by product, stage and days past due.
SELECT programme.product, programme.lenders, programme.weights, day.stage, day.dpd, count(*) AS loans,
    sum(day.principal_fen + day.interest_fen + day.fee_fen + day.penalty_fen)::bigint AS owed_fen
FROM book.loan_day AS day JOIN book.loan AS loan USING (loan_no) JOIN book.programme AS programme USING (programme_no)
WHERE day.business_date = :business_date
GROUP BY programme.product, programme.lenders, programme.weights, day.stage, day.dpd
ORDER BY programme.product, programme.lenders, programme.weights, day.stage, day.dpd;

-- name: find_day_rules
-- By the rules of which days the parts of a day were closed.
SELECT DISTINCT rules_as_of FROM book.day_shard WHERE business_date = :business_date ORDER BY rules_as_of;

-- name: find_unsaid_day^
-- The day before the next one to close, with the day whose rules judged it, if it is closed and was never said.
SELECT business_date, rules_as_of FROM book.day_shard
WHERE business_date = CAST(:next_day AS date) - 1 AND NOT EXISTS (
    SELECT FROM kernel.fact WHERE kind = 'DayClosed' AND key = to_char(business_date, 'YYYY-MM-DD'))
LIMIT 1;
