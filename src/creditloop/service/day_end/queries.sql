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

-- name: is_day_said$
-- Whether a closed day was said.
SELECT EXISTS (SELECT FROM kernel.fact WHERE kind = 'DayClosed' AND key = :key);

-- name: find_moved_on_network
-- Loans that have records on the evidence network and became overdue on a day, were cured, or are of another class than
-- the day before; whether they were written off on it. Both days' rows are read once and put together, not joined: the
-- days were written just now, and nobody has counted their rows yet.
WITH both_days AS MATERIALIZED (
    SELECT shard, loan_no, max(dpd) FILTER (WHERE business_date = :business_date) AS dpd,
        coalesce(max(dpd) FILTER (WHERE business_date < :business_date), 0) AS dpd_before,
        max(tier) FILTER (WHERE business_date = :business_date) AS tier,
        max(tier) FILTER (WHERE business_date < :business_date) AS tier_before,
        max(stage) FILTER (WHERE business_date < :business_date) AS stage_before
    FROM book.loan_day
    WHERE business_date BETWEEN CAST(:business_date AS date) - 1 AND :business_date AND batch_id = ANY(:batch_ids)
    GROUP BY shard, loan_no
), moved AS MATERIALIZED (
    SELECT * FROM both_days WHERE (dpd > 0) <> (dpd_before > 0) OR tier <> tier_before
)
SELECT loan.loan_id, cardinality(programme.lenders), day.batch_id, day.dpd, moved.dpd_before, day.tier,
    coalesce(moved.tier_before, day.tier) AS tier_before, day.stage, coalesce(moved.stage_before, day.stage) AS stage_before,
    nullif(day.oldest_due, 'infinity') AS oldest_due, day.due_principal_fen, day.due_interest_fen,
    day.principal_fen, day.interest_fen, day.fee_fen, day.penalty_fen, EXISTS (
        SELECT FROM book.loan_event AS event WHERE event.loan_no = day.loan_no AND event.kind = 'written_off'
            AND event.booked_on = :business_date
    ) AND (day.principal_fen, day.interest_fen, day.fee_fen, day.penalty_fen) = (0, 0, 0, 0) AS is_written_off
FROM moved
JOIN book.loan_day AS day ON day.shard = moved.shard AND day.loan_no = moved.loan_no AND day.business_date = :business_date
JOIN book.loan AS loan ON loan.loan_no = moved.loan_no
JOIN attesting.loan AS named ON named.loan_id = loan.loan_id
JOIN book.programme AS programme ON programme.programme_no = loan.programme_no
ORDER BY loan.loan_id;

-- name: find_warned_on_network
-- Warnings of these runs, those that did not speak at the close of the day before yet, on who owes loans that have
-- records on the evidence network.
SELECT loan.loan_id, cardinality(programme.lenders), run.batch_id, run.product, run.business_date, run.policy_hash,
    warning.level, warning.level_rule, warning.risk, warning.signals, warning.measures
FROM monitor.warning_batch AS run
JOIN monitor.warning AS warning ON warning.batch_id = run.batch_id AND warning.level <> 'refer'
JOIN book.loan AS loan ON loan.party_id = warning.party_id COLLATE "C"
JOIN attesting.loan AS named ON named.loan_id = loan.loan_id
JOIN book.programme AS programme ON programme.programme_no = loan.programme_no
JOIN book.loan_day AS day ON day.shard = loan.shard AND day.loan_no = loan.loan_no
    AND day.business_date = :business_date
    AND (day.principal_fen, day.interest_fen, day.fee_fen, day.penalty_fen) <> (0, 0, 0, 0)
WHERE run.batch_id = ANY(:batch_ids) AND (run.business_date = :business_date OR run.recorded_at > coalesce(
    (SELECT min(closed_at) FROM book.day_shard WHERE business_date = CAST(:business_date AS date) - 1), '-infinity'))
ORDER BY loan.loan_id, run.batch_id;
