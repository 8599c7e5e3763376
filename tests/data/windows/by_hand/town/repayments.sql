-- Instalments of our loans 还款记录：期次、金额、逾期天数
--
-- The file tells an instalment again when something changes: unpaid at first, then paid late, with other days late.
-- The row known last by the day says how it stands then. Amounts are yuan in the file; features are fen.
-- Overdue is one day late or more; the buckets are 1 to 30, 31 to 60, 61 to 90 and above 90 days.
WITH instalment AS (
    SELECT
        asked.party_no, asked.as_of, loan_no, due_on, product, state, dpd,
        CAST(100 * due AS BIGINT) AS due_fen, CAST(100 * paid AS BIGINT) AS paid_fen
    FROM asked
    JOIN repayments USING (party_no)
    WHERE known_on <= as_of
    QUALIFY known_on = max(known_on) OVER (PARTITION BY party_no, loan_no, instalment_no)
),
fallen_due AS (
    SELECT *, as_of - due_on AS days_ago FROM instalment WHERE due_on <= as_of
),
year AS (SELECT * FROM fallen_due WHERE days_ago < 366),
two_years AS (SELECT * FROM fallen_due WHERE days_ago < 732),
counted AS (
    SELECT
        party_no,
        count(*) FILTER (WHERE days_ago < 366) AS in_a_year,
        count(*) FILTER (WHERE days_ago < 366 AND dpd >= 1) AS overdue_in_a_year,
        count(*) FILTER (WHERE days_ago < 92 AND product = 'consumer') AS consumer_in_a_quarter,
        count(*) FILTER (WHERE state = 'late') AS paid_late,
        count(*) FILTER (WHERE dpd BETWEEN 1 AND 30) AS m1,
        count(*) FILTER (WHERE dpd > 90) AS m4,
        count(*) AS in_two_years,
        sum(dpd) AS dpd
    FROM two_years GROUP BY party_no
),
newest_dpd AS (  -- of several instalments of the newest day the one that is the most late
    SELECT DISTINCT ON (party_no) party_no, dpd FROM year ORDER BY party_no, due_on DESC, dpd DESC
),
paid_and_due AS (
    SELECT party_no, sum(paid_fen) AS paid, sum(due_fen) AS due FROM year GROUP BY party_no
)
SELECT
    asked.party_no,
    coalesce(in_a_year, 0) AS repay_count_366d,
    coalesce(overdue_in_a_year, 0) AS repay_count_overdue_366d,
    coalesce(consumer_in_a_quarter, 0) AS repay_count_consumer_92d,
    coalesce(paid_late, 0) AS repay_count_late_732d,
    coalesce(m1, 0) AS repay_count_m1_732d,
    coalesce(m4, 0) AS repay_count_m4_732d,
    (2 * 1000000000 * overdue_in_a_year + in_a_year) // nullif(2 * in_a_year, 0) AS repay_count_overdue_366d_by_behind,
    (2 * 1000000000 * m1 + in_two_years) // nullif(2 * in_two_years, 0) AS repay_count_m1_732d_by_bucket,
    (2 * 1000000000 * in_a_year + in_two_years) // nullif(2 * in_two_years, 0) AS repay_count_366d_of_732d,
    (SELECT coalesce(sum(due_fen), 0) FROM year
        WHERE year.party_no = asked.party_no AND days_ago < 92) AS repay_sum_due_92d,
    (SELECT coalesce(sum(paid_fen), 0) FROM year
        WHERE year.party_no = asked.party_no AND dpd > 0) AS repay_sum_paid_overdue_366d,
    (SELECT coalesce(sum(due_fen), 0) FROM two_years
        WHERE two_years.party_no = asked.party_no AND dpd > 0 AND product = 'consumer'
    ) AS repay_sum_due_consumer_overdue_732d,
    (2 * 1000000000 * paid_and_due.paid + paid_and_due.due) // nullif(2 * paid_and_due.due, 0)
        AS repay_sum_paid_366d_per_due,
    (SELECT max(dpd) FROM year WHERE year.party_no = asked.party_no) AS repay_max_dpd_366d,
    (2 * counted.dpd + in_two_years) // (2 * in_two_years) AS repay_mean_dpd_732d,
    (SELECT max(due_fen) FROM year WHERE year.party_no = asked.party_no
        AND product = 'consumer') AS repay_max_due_consumer_366d,
    (SELECT sum(due_fen) // count(*) + CASE WHEN 2 * (sum(due_fen) % count(*)) >= count(*) THEN 1 ELSE 0 END
        FROM year WHERE year.party_no = asked.party_no AND days_ago < 92
        HAVING count(*) > 0) AS repay_mean_due_92d,
    newest_dpd.dpd AS repay_latest_dpd_366d,
    (SELECT count(DISTINCT loan_no) FROM year WHERE year.party_no = asked.party_no) AS repay_distinct_loan_366d,
    (SELECT count(*) FROM (SELECT loan_no FROM two_years WHERE two_years.party_no = asked.party_no
        GROUP BY loan_no HAVING max(dpd) > 0) AS loans_behind) AS repay_distinct_loan_overdue_732d,
    (SELECT min(as_of - due_on) FROM fallen_due WHERE fallen_due.party_no = asked.party_no
        AND dpd > 0 AND days_ago < 1080) AS repay_days_since_last_overdue_1080d,
    (SELECT max(as_of - due_on) FROM fallen_due WHERE fallen_due.party_no = asked.party_no
        AND days_ago < 1080) AS repay_days_since_first_1080d
FROM asked
LEFT JOIN counted USING (party_no)
LEFT JOIN newest_dpd USING (party_no)
LEFT JOIN paid_and_due USING (party_no)
