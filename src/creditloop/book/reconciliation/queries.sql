-- name: lock_runs!
-- Let one run or closing at a time in, to the end of the transaction.
SELECT pg_advisory_xact_lock(7215304);

-- name: find_run^
-- A run of a day over the same inputs.
SELECT run_no, batch_id, business_date, inputs, totals, loans, items, breaks_seen, simulated, ran_at
FROM book.reconciliation_run WHERE business_date = :business_date AND inputs_hash = :inputs_hash;

-- name: find_last_run^
-- The last run of a day; of any day where none is said.
SELECT run_no, batch_id, business_date, inputs, totals, loans, items, breaks_seen, simulated, ran_at
FROM book.reconciliation_run
WHERE CAST(:business_date AS date) IS NULL OR business_date = :business_date
ORDER BY run_no DESC LIMIT 1;

-- name: last_numbers^
-- The last run's and the last break's number.
SELECT coalesce((SELECT max(run_no) FROM book.reconciliation_run), 0) AS run_no,
    coalesce((SELECT max(break_no) FROM book.reconciliation_break), 0) AS break_no;

-- name: insert_run!
-- Put a run on record.
INSERT INTO book.reconciliation_run (batch_id, row_no, run_no, business_date, inputs, inputs_hash, totals, loans, items,
    breaks_seen, simulated, ran_at)
VALUES (:batch_id, 0, :run_no, :business_date, :inputs, :inputs_hash, :totals, :loans, :items, :breaks_seen,
    :simulated, :ran_at);

-- name: defer_check!
-- Let the check of a run wait until its rows are there, also after another run in the same transaction.
SET CONSTRAINTS book.run_is_whole DEFERRED;

-- name: check_now!
-- Have the database check the run now, not only at commit.
SET CONSTRAINTS book.run_is_whole IMMEDIATE;

-- name: find_breaks
-- Breaks as they were last seen, with how they were closed; open ones only, or those closed and last seen since a day.
SELECT opened.break_no, opened.record, opened.loan_id, opened.reference, opened.lender, opened.field, opened.opened_on,
    sighting.day, sighting.kind, sighting.book_says, sighting.core_says, sighting.money_says, sighting.difference_fen,
    sighting.cause, sighting.last_seen_on, sighting.simulated, closing.reason, closing.note, closing.closed_by, closing.closed_at
FROM book.reconciliation_break AS opened
CROSS JOIN LATERAL (
    SELECT seen.*, run.business_date AS last_seen_on, run.simulated = 1 AS simulated
    FROM book.reconciliation_sighting AS seen JOIN book.reconciliation_run AS run USING (run_no)
    WHERE seen.break_no = opened.break_no
    ORDER BY seen.run_no DESC LIMIT 1
) AS sighting
LEFT JOIN book.reconciliation_closing AS closing ON closing.break_no = opened.break_no
WHERE (:with_open AND closing.break_no IS NULL)
    OR (closing.break_no IS NOT NULL AND sighting.last_seen_on >= CAST(:closed_seen_since AS date))
ORDER BY opened.break_no;

-- name: find_closing^
-- How a break was closed.
SELECT break_no, reason, note, closed_by, closed_at FROM book.reconciliation_closing WHERE break_no = :break_no;

-- name: find_break^
-- A break by its number.
SELECT break_no, record, loan_id FROM book.reconciliation_break WHERE break_no = :break_no;

-- name: insert_closing!
-- Close a break.
INSERT INTO book.reconciliation_closing (batch_id, row_no, break_no, reason, note, closed_by, closed_at)
VALUES (:batch_id, 0, :break_no, :reason, :note, :closed_by, :closed_at);

-- name: count_closed_shards^
-- How many shards are closed for a day, and how many have a loan that stood by then.
SELECT count(*) FILTER (WHERE closed.last >= :business_date) AS closed, count(*) AS expected
FROM generate_series(0, :shards - 1) AS part (shard)
CROSS JOIN LATERAL (
    SELECT min(business_date) AS first FROM book.loan_position WHERE shard = part.shard
) AS begun
CROSS JOIN LATERAL (SELECT max(business_date) AS last FROM book.day_shard WHERE shard = part.shard) AS closed
WHERE begun.first <= :business_date;
