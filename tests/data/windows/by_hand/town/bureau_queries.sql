-- Inquiries in the bureau's report 征信查询：硬查询、非银机构、机构数
--
-- A hard inquiry says that somebody looked for credit: for a loan, for a card, or to stand for another. Outside
-- banks is every listed kind of institution that is no bank. I read two small tables of what is which, and the
-- inquiries as the last version known by the day tells them.
WITH hard (reason) AS (VALUES ('loan_approval'), ('card_approval'), ('guarantee_check')),
nonbank (lender) AS (
    VALUES ('consumer_finance'), ('micro_lender'), ('trust'), ('leasing'), ('platform'), ('other')
),
inquiry AS (
    SELECT
        asked.party_no, asked.as_of, last.*, asked.as_of - last.queried_on AS days_ago,
        last.reason IN (SELECT reason FROM hard) AS is_hard,
        last.lender IN (SELECT lender FROM nonbank) AS is_nonbank
    FROM asked
    JOIN (SELECT DISTINCT party_no, query_no FROM bureau_queries) AS numbered USING (party_no)
    JOIN LATERAL (
        SELECT queried_on, reason, lender, institution FROM bureau_queries AS told
        WHERE told.party_no = numbered.party_no AND told.query_no = numbered.query_no
          AND told.known_on <= asked.as_of
        ORDER BY told.known_on DESC LIMIT 1
    ) AS last ON last.queried_on <= asked.as_of
),
of_year AS (
    SELECT
        party_no, count(*) AS n, count(*) FILTER (WHERE is_hard) AS hard,
        count(*) FILTER (WHERE days_ago < 90) AS quarter,
        count(DISTINCT institution) AS institutions,
        count(DISTINCT CASE WHEN is_nonbank THEN institution END) AS nonbanks,
        count(DISTINCT CASE WHEN is_nonbank AND is_hard THEN institution END) AS hard_nonbanks
    FROM inquiry WHERE days_ago < 360 GROUP BY party_no
),
month_of AS (
    SELECT DISTINCT party_no, is_hard, date_diff('month', queried_on, as_of) AS back
    FROM inquiry WHERE date_diff('month', queried_on, as_of) < 12
),
hard_month AS (
    SELECT party_no, back, lag(back) OVER (PARTITION BY party_no ORDER BY back) AS newer
    FROM month_of WHERE is_hard
),
silent AS (  -- every stretch of months, of which the longest without an inquiry is looked for
    SELECT asked.party_no, max(until.back - since.back + 1) AS months
    FROM asked CROSS JOIN range(12) AS since (back) JOIN range(12) AS until (back) ON since.back <= until.back
    WHERE NOT EXISTS (SELECT 1 FROM month_of WHERE month_of.party_no = asked.party_no
        AND month_of.back BETWEEN since.back AND until.back)
    GROUP BY asked.party_no
),
by_reason AS (
    SELECT party_no, count(*) AS n FROM inquiry WHERE days_ago < 360 GROUP BY party_no, reason
),
by_lender AS (
    SELECT party_no, lender, count(*) AS n FROM inquiry WHERE days_ago < 360 AND is_hard GROUP BY party_no, lender
),
share AS (
    SELECT 'reason' AS what, party_no, n / sum(n) OVER (PARTITION BY party_no) AS p FROM by_reason
    UNION ALL
    SELECT 'lender', party_no, n / sum(n) OVER (PARTITION BY party_no) FROM by_lender
),
mixed AS (
    SELECT what, party_no, CAST(round(-1e9 * sum(p * log2(p))) AS BIGINT) AS nano FROM share GROUP BY what, party_no
)
SELECT
    asked.party_no,
    (SELECT count(*) FROM inquiry WHERE inquiry.party_no = asked.party_no AND is_hard
        AND days_ago < 90) AS query_count_hard_90d,
    (SELECT count(*) FROM inquiry WHERE inquiry.party_no = asked.party_no AND is_nonbank
        AND days_ago < 180) AS query_count_nonbank_180d,
    (SELECT count(*) FROM inquiry WHERE inquiry.party_no = asked.party_no AND is_nonbank AND is_hard
        AND days_ago < 360) AS query_count_hard_nonbank_360d,
    (SELECT count(*) FROM inquiry WHERE inquiry.party_no = asked.party_no AND reason = 'loan_approval'
        AND days_ago < 30) AS query_count_for_loan_approval_30d,
    (SELECT count(*) FROM inquiry WHERE inquiry.party_no = asked.party_no AND lender = 'bank' AND is_hard
        AND days_ago < 720) AS query_count_at_bank_hard_720d,
    (2 * 1000000000 * hard + of_year.n) // nullif(2 * of_year.n, 0) AS query_count_hard_360d_by_hard,
    (2 * 1000000000 * quarter + of_year.n) // nullif(2 * of_year.n, 0) AS query_count_90d_of_360d,
    coalesce(institutions, 0) AS query_distinct_institution_360d,
    coalesce(hard_nonbanks, 0) AS query_distinct_institution_hard_nonbank_360d,
    (2 * 1000000000 * nonbanks + institutions) // nullif(2 * institutions, 0)
        AS query_distinct_institution_nonbank_360d_by_outside,
    (SELECT days_ago FROM inquiry WHERE inquiry.party_no = asked.party_no AND is_hard AND days_ago < 720
        ORDER BY days_ago LIMIT 1) AS query_days_since_last_hard_720d,
    (SELECT max(days_ago) FROM inquiry WHERE inquiry.party_no = asked.party_no AND is_nonbank
        AND days_ago < 720) AS query_days_since_first_nonbank_720d,
    (SELECT count(DISTINCT back) FROM month_of WHERE month_of.party_no = asked.party_no
        AND is_hard) AS query_months_active_hard_12m,
    -- the run that ends with the newest hard month goes back to the first month whose newer neighbour is missing
    (SELECT count(*) FROM hard_month WHERE hard_month.party_no = asked.party_no AND NOT EXISTS (
        SELECT 1 FROM hard_month AS gap WHERE gap.party_no = asked.party_no AND gap.back <= hard_month.back
          AND gap.back - gap.newer > 1)) AS query_latest_run_hard_12m,
    coalesce(silent.months, 0) AS query_longest_silence_12m,
    (SELECT nano FROM mixed WHERE mixed.party_no = asked.party_no AND what = 'reason') AS query_entropy_reason_360d,
    (SELECT nano FROM mixed WHERE mixed.party_no = asked.party_no AND what = 'lender') AS query_entropy_lender_hard_360d
FROM asked
LEFT JOIN of_year USING (party_no)
LEFT JOIN silent USING (party_no)
