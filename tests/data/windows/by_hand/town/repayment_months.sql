-- Months of repaying 还款月份：连续、静默、最近一段、偏差
--
-- I lay out the months of two years for each party, the day's own being 0, 1 the one before it, and mark those in
-- which an instalment fell due, in which one was overdue, and in which one was paid on time.
WITH RECURSIVE instalment AS (
    SELECT asked.party_no, asked.as_of, due_on, state, dpd, due, paid
    FROM asked
    JOIN repayments AS told USING (party_no)
    WHERE told.known_on <= as_of AND told.due_on <= as_of
      AND NOT EXISTS (
          SELECT 1 FROM repayments AS newer
          WHERE newer.party_no = told.party_no AND newer.loan_no = told.loan_no
            AND newer.instalment_no = told.instalment_no
            AND newer.known_on > told.known_on AND newer.known_on <= as_of)
),
by_month AS (
    SELECT
        party_no, 12 * (year(as_of) - year(due_on)) + month(as_of) - month(due_on) AS back,
        bool_or(dpd > 0) AS overdue, bool_or(state = 'on_time') AS on_time,
        CAST(100 * sum(due) AS HUGEINT) AS due_fen, CAST(100 * sum(paid) AS HUGEINT) AS paid_fen
    FROM instalment GROUP BY party_no, back
),
months AS (
    SELECT
        asked.party_no, back, by_month.party_no IS NOT NULL AS due, coalesce(overdue, false) AS overdue,
        coalesce(on_time, false) AS on_time, coalesce(due_fen, 0) AS due_fen, coalesce(paid_fen, 0) AS paid_fen
    FROM asked CROSS JOIN range(24) AS numbers (back) LEFT JOIN by_month USING (party_no, back)
),
-- How long the run is that ends with a month, read from the oldest to the newest as one would on paper.
walked AS (
    SELECT party_no, back, overdue::INTEGER AS overdue_run FROM months WHERE back = 23
    UNION ALL
    SELECT months.party_no, months.back, CASE WHEN months.overdue THEN walked.overdue_run + 1 ELSE 0 END
    FROM walked JOIN months ON months.party_no = walked.party_no AND months.back = walked.back - 1
),
-- A run begins where the month before (in time) has none of it, or lies outside the window.
due_runs AS (
    SELECT party_no, back, sum(begins::INTEGER) OVER (PARTITION BY party_no ORDER BY back DESC) AS run
    FROM (SELECT party_no, back, due, NOT lag(due, 1, false) OVER (PARTITION BY party_no ORDER BY back DESC) AS begins
          FROM months WHERE back < 12) AS marked
    WHERE due
),
on_time_last AS (  -- the newest month with one on time
    SELECT party_no, min(back) FILTER (WHERE on_time) AS newest FROM months WHERE back < 12 GROUP BY party_no
),
overdue_gaps AS (
    SELECT party_no, back - lag(back, 1, -1) OVER (PARTITION BY party_no ORDER BY back) - 1 AS silent
    FROM (SELECT party_no, back FROM months WHERE overdue AND back < 12
          UNION ALL SELECT party_no, 12 FROM asked) AS ends
),
deviating AS (
    SELECT
        party_no,
        sum(abs(12 * due_fen - due_year)) AS due_above, 12 * any_value(due_year) AS due_below,
        sum(abs(6 * paid_fen - paid_half)) FILTER (WHERE back < 6) AS paid_above, 6 * any_value(paid_half) AS paid_below
    FROM (SELECT *, sum(due_fen) OVER (PARTITION BY party_no) AS due_year,
              sum(paid_fen) FILTER (WHERE back < 6) OVER (PARTITION BY party_no) AS paid_half
          FROM months WHERE back < 12) AS with_totals
    GROUP BY party_no
)
SELECT
    asked.party_no,
    (SELECT count(*) FROM months WHERE months.party_no = asked.party_no
        AND due AND back < 12) AS repay_months_active_12m,
    (SELECT sum(overdue::INTEGER) FROM months
        WHERE months.party_no = asked.party_no) AS repay_months_active_overdue_24m,
    (SELECT max(overdue_run) FROM walked WHERE walked.party_no = asked.party_no) AS repay_longest_run_overdue_24m,
    (SELECT coalesce(max(long), 0) FROM (SELECT count(*) AS long FROM due_runs
        WHERE due_runs.party_no = asked.party_no GROUP BY run) AS runs) AS repay_longest_run_12m,
    (SELECT count(*) FROM due_runs WHERE due_runs.party_no = asked.party_no
        AND run = (SELECT max(run) FROM due_runs AS all_of WHERE all_of.party_no = asked.party_no)
    ) AS repay_latest_run_12m,
    (SELECT coalesce((SELECT min(back) FROM months WHERE months.party_no = asked.party_no AND NOT on_time
            AND back > on_time_last.newest AND back < 12), 12) - on_time_last.newest
        FROM on_time_last WHERE on_time_last.party_no = asked.party_no AND newest IS NOT NULL
        UNION ALL SELECT 0 FROM on_time_last WHERE on_time_last.party_no = asked.party_no AND newest IS NULL
    ) AS repay_latest_run_on_time_12m,
    (SELECT coalesce(arg_min(overdue_run, back) FILTER (WHERE overdue_run > 0), 0) FROM walked
        WHERE walked.party_no = asked.party_no) AS repay_latest_run_overdue_24m,
    (SELECT min(back) FROM months WHERE months.party_no = asked.party_no
        AND overdue) AS repay_months_since_last_overdue_24m,
    (SELECT min(back) FROM months WHERE months.party_no = asked.party_no
        AND due AND back < 6) AS repay_months_since_last_6m,
    (SELECT max(silent) FROM overdue_gaps
        WHERE overdue_gaps.party_no = asked.party_no) AS repay_longest_silence_overdue_12m,
    (2 * 1000000000 * due_above + due_below) // nullif(2 * due_below, 0) AS repay_deviation_due_12m,
    (2 * 1000000000 * paid_above + paid_below) // nullif(2 * paid_below, 0) AS repay_deviation_paid_6m
FROM asked
JOIN deviating USING (party_no)
