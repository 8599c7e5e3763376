-- The party's own accounts 账户流水：收支之比、对手方、大额与小额、余额、工资
--
-- Large is 50,000 yuan or more, small 100 yuan or less. The balance is the one after the newest flow; of several of
-- that day I cannot tell which came last and take the greatest. A balance may be below zero, and a mean of such
-- goes away from zero by half a fen, downwards then. Salary is looked at by calendar month.
WITH flow AS (
    SELECT
        asked.party_no, asked.as_of, booked_on, as_of - booked_on AS days_ago, direction, kind, counterparty_kind,
        amount, CAST(100 * balance AS BIGINT) AS balance_fen, counterparty
    FROM asked
    JOIN account_flows AS told USING (party_no)
    ANTI JOIN account_flows AS newer ON newer.party_no = told.party_no AND newer.flow_no = told.flow_no
        AND newer.known_on > told.known_on AND newer.known_on <= asked.as_of
    WHERE told.known_on <= asked.as_of AND told.booked_on BETWEEN asked.as_of - 719 AND asked.as_of
),
in_a_year AS (
    SELECT
        party_no,
        count(*) FILTER (WHERE direction = 'in') AS n_in, count(*) FILTER (WHERE direction = 'out') AS n_out,
        count(*) FILTER (WHERE amount >= 50000) AS n_large,
        CAST(100 * sum(amount) AS HUGEINT) AS fen,
        CAST(100 * sum(CASE WHEN amount <= 100 THEN amount ELSE 0 END) AS HUGEINT) AS fen_small,
        CAST(100 * sum(CASE WHEN direction = 'in' THEN amount ELSE 0 END) AS HUGEINT) AS fen_in,
        CAST(100 * sum(CASE WHEN direction = 'in' AND counterparty_kind = 'firm' THEN amount ELSE 0 END) AS HUGEINT)
            AS fen_firms
    FROM flow WHERE days_ago < 360 GROUP BY party_no
),
in_a_quarter AS (
    SELECT
        party_no, sum(balance_fen) AS balances, count(balance_fen) AS n_balances,
        CAST(100 * sum(CASE direction WHEN 'in' THEN amount ELSE 0 END) AS HUGEINT) AS fen_in,
        CAST(100 * sum(CASE direction WHEN 'out' THEN amount ELSE 0 END) AS HUGEINT) AS fen_out,
        CAST(100 * sum(CASE WHEN direction = 'in' AND counterparty_kind = 'firm' THEN amount ELSE 0 END) AS HUGEINT)
            AS fen_firms,
        count(DISTINCT CASE WHEN direction = 'out' THEN counterparty END) AS paid_to
    FROM flow WHERE days_ago < 90 GROUP BY party_no
),
salary AS (  -- yuan of each of twelve months, the newest first; and the months as letters: s with salary, a dot without
    SELECT asked.party_no, list(coalesce(paid, 0) ORDER BY back) AS yuan,
        string_agg(CASE WHEN paid IS NULL THEN '.' ELSE 's' END, '' ORDER BY back) AS months
    FROM asked CROSS JOIN range(12) AS numbers (back)
    LEFT JOIN (
        SELECT party_no, date_diff('month', booked_on, as_of) AS back, sum(amount) AS paid
        FROM flow WHERE kind = 'salary' GROUP BY party_no, back
    ) AS by_month USING (party_no, back)
    GROUP BY asked.party_no
),
regular AS (  -- how far the months are from the mean month, twelve times over to stay whole
    SELECT party_no, months,
        CAST(100 * list_sum(yuan) AS HUGEINT) AS year_fen,
        CAST(100 * list_sum([abs(12 * one - list_sum(yuan)) FOR one IN yuan]) AS HUGEINT) AS away_fen
    FROM salary
)
SELECT
    asked.party_no,
    (2000000000 * quarter.fen_out + quarter.fen_in) // nullif(2 * quarter.fen_in, 0) AS flow_sum_amount_out_90d_to_in,
    (2000000000 * year.n_out + year.n_in) // nullif(2 * year.n_in, 0) AS flow_count_out_360d_to_in,
    CAST(coalesce(quarter.fen_firms, 0) AS BIGINT) AS flow_sum_amount_in_with_firm_90d,
    (2000000000 * coalesce(quarter.fen_firms, 0) + year.fen_firms) // nullif(2 * year.fen_firms, 0)
        AS flow_sum_amount_in_with_firm_90d_of_360d,
    (2000000000 * year.fen_firms + year.fen_in) // nullif(2 * year.fen_in, 0)
        AS flow_sum_amount_in_with_firm_360d_by_counterparty_kind,
    coalesce(year.n_large, 0) AS flow_count_large_360d,
    (2000000000 * year.fen_small + year.fen) // nullif(2 * year.fen, 0) AS flow_sum_amount_small_360d_by_size,
    sign(balances) * (abs(balances) // nullif(n_balances, 0)
        + CASE WHEN abs(balances) % nullif(n_balances, 0) * 2 >= n_balances THEN 1 ELSE 0 END) AS flow_mean_balance_90d,
    (SELECT min(balance_fen) FROM flow WHERE flow.party_no = asked.party_no AND days_ago < 30) AS flow_min_balance_30d,
    (SELECT max(balance_fen) FROM flow WHERE flow.party_no = asked.party_no AND booked_on = (
        SELECT max(booked_on) FROM flow AS other WHERE other.party_no = asked.party_no
          AND balance_fen IS NOT NULL AND days_ago < 360)) AS flow_latest_balance_360d,
    coalesce(quarter.paid_to, 0) AS flow_distinct_counterparty_out_90d,
    length(replace(months, '.', '')) AS flow_months_active_salary_12m,
    list_max([length(run) FOR run IN string_split(months, '.')]) AS flow_longest_run_salary_12m,
    list_max([length(gap) FOR gap IN string_split(months, 's')]) AS flow_longest_silence_salary_12m,
    length(regexp_extract(months, 's+')) AS flow_latest_run_salary_12m,
    nullif(strpos(months, 's'), 0) - 1 AS flow_months_since_last_salary_12m,
    (2000000000 * away_fen + 12 * year_fen) // nullif(24 * year_fen, 0) AS flow_deviation_amount_salary_12m
FROM asked
JOIN regular USING (party_no)
LEFT JOIN in_a_year AS year USING (party_no)
LEFT JOIN in_a_quarter AS quarter USING (party_no)
