-- Reads of the loan book's closed days. A day is found by the batches that closed its shards: they lie together and
-- have an index, whatever the month's partition holds besides.

-- name: find_day_batches
-- The batches that closed the shards of some days.
SELECT business_date, batch_id FROM book.day_shard WHERE business_date = ANY(:days) ORDER BY business_date, shard;

-- name: find_closed_days
-- Days of which a shard is closed, newest first, with what their rows add up to.
SELECT business_date, count(*) AS shards, sum(loans)::bigint AS loans, sum(principal_fen)::bigint AS principal_fen,
    sum(interest_accrued_fen)::bigint AS interest_accrued_fen, sum(penalty_accrued_fen)::bigint AS penalty_accrued_fen,
    sum(own_interest_fen)::bigint AS own_interest_fen, sum(own_penalty_fen)::bigint AS own_penalty_fen,
    min(rules_as_of) AS rules_as_of, max(closed_at) AS closed_at
FROM book.day_shard
WHERE business_date BETWEEN :since AND :until
GROUP BY business_date
ORDER BY business_date DESC;

-- name: find_closed_span^
-- The first and the last day of which a shard is closed, and how many such days there are.
SELECT min(business_date), max(business_date), count(DISTINCT business_date) FROM book.day_shard;

-- name: find_closed_shards
-- The shards of a day that are closed.
SELECT shard, batch_id, loans, principal_fen, interest_accrued_fen, penalty_accrued_fen, own_interest_fen,
    own_penalty_fen, rules_as_of, closed_at
FROM book.day_shard WHERE business_date = :business_date ORDER BY shard;

-- name: find_shard_postings
-- What each shard of a day adds to accounts, those chosen by product, account, lender or side.
SELECT posting.shard, programme.programme_no, programme.product, posting.account, posting.lender, posting.amount_fen,
    posting.batch_id, posting.row_no
FROM book.day_posting AS posting JOIN book.programme AS programme USING (programme_no)
WHERE posting.business_date = :business_date
  AND (:product::text IS NULL OR programme.product = :product)
  AND (:account::text IS NULL OR posting.account = :account)
  AND (:lender::text IS NULL OR posting.lender = :lender)
  AND (:side::text IS NULL OR CASE :side WHEN 'debit' THEN posting.amount_fen > 0 WHEN 'credit' THEN posting.amount_fen < 0
    END)
ORDER BY programme.product, posting.account, posting.lender, programme.programme_no, posting.shard;

-- name: day_cells
-- What stood at the close of a day, by programme, class, stage and bucket.
SELECT loan.programme_no, day.tier, day.stage, width_bucket(day.dpd, :dpd_from::integer[]) AS bucket,
    count(*) AS loans, sum(day.principal_fen)::bigint AS principal_fen,
    coalesce(sum(day.due_principal_fen) FILTER (WHERE day.dpd > 0), 0)::bigint AS overdue_principal_fen,
    coalesce(sum(day.due_interest_fen) FILTER (WHERE day.dpd > 0), 0)::bigint AS overdue_interest_fen,
    sum(day.penalty_fen)::bigint AS penalty_fen
FROM book.loan_day AS day JOIN book.loan AS loan USING (loan_no)
WHERE day.business_date = :business_date AND day.batch_id = ANY(:batches)
GROUP BY loan.programme_no, day.tier, day.stage, bucket
ORDER BY loan.programme_no, day.tier, day.stage, bucket;

-- name: list_day_loans
-- Loans as they stood at the close of a day, those chosen; longest past due first, then by principal.
SELECT loan.loan_no, loan.loan_id, loan.party_id, loan.programme_no, loan.paid_out_on, loan.principal_fen,
    day.principal_fen, CASE WHEN day.dpd > 0 THEN day.due_principal_fen ELSE 0 END,
    CASE WHEN day.dpd > 0 THEN day.due_interest_fen ELSE 0 END, day.penalty_fen, day.dpd, day.tier, day.stage,
    day.business_date, day.batch_id, day.row_no
FROM book.loan_day AS day JOIN book.loan AS loan USING (loan_no)
WHERE day.business_date = :business_date AND day.batch_id = ANY(:batches)
  AND (:tiers::smallint[] IS NULL OR day.tier = ANY(:tiers))
  AND (:stage::smallint IS NULL OR day.stage = :stage)
  AND (:shard::smallint IS NULL OR day.shard = :shard)
  AND (:bucket::integer IS NULL OR width_bucket(day.dpd, :dpd_from::integer[]) = :bucket)
  AND (:overdue::boolean IS NULL OR (day.dpd > 0) = :overdue)
  AND (:programmes::smallint[] IS NULL OR loan.programme_no = ANY(:programmes))
  AND (:paid_out_since::date IS NULL OR loan.paid_out_on >= :paid_out_since)
  AND (:paid_out_before::date IS NULL OR loan.paid_out_on < :paid_out_before)
  AND (:loan::text IS NULL OR loan.loan_id = :loan)
ORDER BY day.dpd DESC, day.principal_fen DESC, loan.loan_no
LIMIT :most OFFSET :skip;

-- name: count_day_loans^
-- How many loans of a day are chosen, and what they add up to.
SELECT count(*), coalesce(sum(loan.principal_fen), 0)::bigint, coalesce(sum(day.principal_fen), 0)::bigint,
    coalesce(sum(day.due_principal_fen) FILTER (WHERE day.dpd > 0), 0)::bigint,
    coalesce(sum(day.due_interest_fen) FILTER (WHERE day.dpd > 0), 0)::bigint,
    coalesce(sum(day.penalty_fen), 0)::bigint, coalesce(sum(day.interest_accrued_fen), 0)::bigint,
    coalesce(sum(day.penalty_accrued_fen), 0)::bigint, coalesce(sum(day.own_interest_fen), 0)::bigint,
    coalesce(sum(day.own_penalty_fen), 0)::bigint
FROM book.loan_day AS day JOIN book.loan AS loan USING (loan_no)
WHERE day.business_date = :business_date AND day.batch_id = ANY(:batches)
  AND (:tiers::smallint[] IS NULL OR day.tier = ANY(:tiers))
  AND (:stage::smallint IS NULL OR day.stage = :stage)
  AND (:shard::smallint IS NULL OR day.shard = :shard)
  AND (:bucket::integer IS NULL OR width_bucket(day.dpd, :dpd_from::integer[]) = :bucket)
  AND (:overdue::boolean IS NULL OR (day.dpd > 0) = :overdue)
  AND (:programmes::smallint[] IS NULL OR loan.programme_no = ANY(:programmes))
  AND (:paid_out_since::date IS NULL OR loan.paid_out_on >= :paid_out_since)
  AND (:paid_out_before::date IS NULL OR loan.paid_out_on < :paid_out_before)
  AND (:loan::text IS NULL OR loan.loan_id = :loan);

-- name: vintage_paid_out
-- What was paid out in each month, by programme.
SELECT date_trunc('month', paid_out_on)::date AS vintage, programme_no, count(*) AS loans,
    sum(principal_fen)::bigint AS principal_fen
FROM book.loan WHERE paid_out_on <= :through AND (:since::date IS NULL OR paid_out_on >= :since)
GROUP BY vintage, programme_no
ORDER BY vintage, programme_no;

-- name: vintage_seen
-- Of each month of pay-out, by programme: when its loans were first seen late at a month's end (what was paid out on
-- them), and what was non-performing at each month's end (principal outstanding).
WITH seen AS MATERIALIZED (
    SELECT loan_no, business_date, dpd, tier, principal_fen FROM book.loan_day
    WHERE business_date = ANY(:month_ends) AND batch_id = ANY(:batches)
        AND (dpd > :late_over OR tier BETWEEN 3 AND 5)
), first_late AS (
    SELECT loan_no, min(business_date) AS late_on, min(business_date) FILTER (WHERE dpd > :very_late_over) AS very_late_on
    FROM seen WHERE dpd > :late_over GROUP BY loan_no
), events AS (
    SELECT loan_no, 'over_30' AS measure, late_on AS month_end, NULL::bigint AS principal_fen FROM first_late
    UNION ALL
    SELECT loan_no, 'over_90', very_late_on, NULL FROM first_late WHERE very_late_on IS NOT NULL
    UNION ALL
    SELECT loan_no, 'npl', business_date, principal_fen FROM seen WHERE tier BETWEEN 3 AND 5
)
SELECT events.measure, date_trunc('month', loan.paid_out_on)::date AS vintage, loan.programme_no, events.month_end,
    count(*) AS loans, sum(coalesce(events.principal_fen, loan.principal_fen))::bigint AS principal_fen
FROM events JOIN book.loan AS loan USING (loan_no)
WHERE :since::date IS NULL OR loan.paid_out_on >= :since
GROUP BY events.measure, vintage, loan.programme_no, events.month_end
ORDER BY events.measure, vintage, loan.programme_no, events.month_end;

-- name: list_vintage_loans
-- Loans paid out in a month, or those of them ever seen late at a month's end; as they stand at the last of these ends.
SELECT loan.loan_no, loan.loan_id, loan.party_id, loan.programme_no, loan.paid_out_on, loan.principal_fen,
    coalesce(day.principal_fen, 0), CASE WHEN day.dpd > 0 THEN day.due_principal_fen ELSE 0 END,
    CASE WHEN day.dpd > 0 THEN day.due_interest_fen ELSE 0 END, coalesce(day.penalty_fen, 0), coalesce(day.dpd, 0),
    coalesce(day.tier, 0), coalesce(day.stage, 0), day.business_date, coalesce(day.batch_id, loan.batch_id),
    coalesce(day.row_no, loan.row_no)
FROM book.loan AS loan LEFT JOIN book.loan_day AS day
    ON day.shard = loan.shard AND day.loan_no = loan.loan_no AND day.business_date = :month_end
WHERE loan.paid_out_on >= :paid_out_since AND loan.paid_out_on < :paid_out_before
  AND (:programmes::smallint[] IS NULL OR loan.programme_no = ANY(:programmes))
  AND (:late_over::integer IS NULL OR EXISTS (SELECT FROM book.loan_day AS late
    WHERE late.shard = loan.shard AND late.loan_no = loan.loan_no AND late.business_date = ANY(:month_ends)
        AND late.dpd > :late_over))
ORDER BY coalesce(day.dpd, 0) DESC, loan.principal_fen DESC, loan.loan_no
LIMIT :most OFFSET :skip;

-- name: count_vintage_loans^
-- How many loans of a month of pay-out are chosen, and what was paid out on them.
SELECT count(*), coalesce(sum(loan.principal_fen), 0)::bigint
FROM book.loan AS loan
WHERE loan.paid_out_on >= :paid_out_since AND loan.paid_out_on < :paid_out_before
  AND (:programmes::smallint[] IS NULL OR loan.programme_no = ANY(:programmes))
  AND (:late_over::integer IS NULL OR EXISTS (SELECT FROM book.loan_day AS late
    WHERE late.shard = loan.shard AND late.loan_no = loan.loan_no AND late.business_date = ANY(:month_ends)
        AND late.dpd > :late_over));

-- name: roll_cells
-- How loans moved between the closes of two days, by programme. Bucket -1 is not on the book: before it was paid out,
-- or once nothing is owed on it; -2 is written off.
WITH before AS (
    SELECT loan_no, width_bucket(dpd, :dpd_from::integer[]) AS bucket, principal_fen FROM book.loan_day
    WHERE business_date = :before AND batch_id = ANY(:before_batches)
        AND (principal_fen, interest_fen, fee_fen, penalty_fen) <> (0, 0, 0, 0)
), after AS (
    SELECT loan_no, width_bucket(dpd, :dpd_from::integer[]) AS bucket, principal_fen FROM book.loan_day
    WHERE business_date = :after AND batch_id = ANY(:after_batches)
        AND (principal_fen, interest_fen, fee_fen, penalty_fen) <> (0, 0, 0, 0)
)
SELECT loan.programme_no, coalesce(before.bucket, -1) AS from_bucket,
    CASE WHEN after.loan_no IS NOT NULL THEN after.bucket
        WHEN EXISTS (SELECT FROM book.loan_event AS event WHERE event.loan_no = before.loan_no AND event.kind = 'written_off'
            AND event.booked_on <= :after) THEN -2
        ELSE -1 END AS to_bucket,
    count(*) AS loans, coalesce(sum(before.principal_fen), 0)::bigint AS principal_before_fen,
    coalesce(sum(after.principal_fen), 0)::bigint AS principal_after_fen
FROM before FULL JOIN after ON after.loan_no = before.loan_no
    JOIN book.loan AS loan ON loan.loan_no = coalesce(before.loan_no, after.loan_no)
GROUP BY loan.programme_no, from_bucket, to_bucket
ORDER BY loan.programme_no, from_bucket, to_bucket;

-- name: list_rolled_loans
-- Loans of one cell of the roll-rate matrix, its buckets as in roll_cells; the largest first.
WITH before AS (
    SELECT loan_no, width_bucket(dpd, :dpd_from::integer[]) AS bucket, principal_fen, dpd, batch_id, row_no
    FROM book.loan_day
    WHERE business_date = :before AND batch_id = ANY(:before_batches)
        AND (principal_fen, interest_fen, fee_fen, penalty_fen) <> (0, 0, 0, 0)
), after AS (
    SELECT loan_no, width_bucket(dpd, :dpd_from::integer[]) AS bucket, principal_fen, dpd, batch_id, row_no
    FROM book.loan_day
    WHERE business_date = :after AND batch_id = ANY(:after_batches)
        AND (principal_fen, interest_fen, fee_fen, penalty_fen) <> (0, 0, 0, 0)
)
SELECT loan.loan_id, loan.party_id, loan.programme_no, loan.paid_out_on, before.principal_fen, before.dpd,
    after.principal_fen, after.dpd, before.batch_id, before.row_no, after.batch_id, after.row_no
FROM before FULL JOIN after ON after.loan_no = before.loan_no
    JOIN book.loan AS loan ON loan.loan_no = coalesce(before.loan_no, after.loan_no)
WHERE coalesce(before.bucket, -1) = :from_bucket
  AND (:to_bucket::integer IS NULL OR :to_bucket = CASE WHEN after.loan_no IS NOT NULL THEN after.bucket
        WHEN EXISTS (SELECT FROM book.loan_event AS event WHERE event.loan_no = before.loan_no AND event.kind = 'written_off'
            AND event.booked_on <= :after) THEN -2
        ELSE -1 END)
  AND (:programmes::smallint[] IS NULL OR loan.programme_no = ANY(:programmes))
ORDER BY before.principal_fen DESC NULLS LAST, loan.loan_no
LIMIT :most OFFSET :skip;
