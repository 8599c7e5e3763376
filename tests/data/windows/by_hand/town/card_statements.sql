-- Monthly statements of our cards 信用卡账单：使用率、还款、逾期、最近一期
--
-- A party may have several cards, each with its statements. A mean is of statements, in whole fen before anything
-- is divided by it. The minimum is not met where the state is `partial` or `none`; `minimum` alone is revolving.
-- A statement that came to be corrected is read as it was known on the day.
WITH known AS (
    SELECT
        asked.party_no, asked.as_of, card_no, statement_on, state, months_late, known_on,
        lead(known_on) OVER (PARTITION BY asked.party_no, card_no, statement_on ORDER BY known_on) AS corrected_on,
        CAST(100 * "limit" AS BIGINT) AS limit_fen, CAST(100 * bill AS BIGINT) AS bill_fen,
        CAST(100 * paid AS BIGINT) AS paid_fen, CAST(100 * cash AS BIGINT) AS cash_fen
    FROM asked JOIN card_statements USING (party_no)
),
statement AS (
    SELECT *, as_of - statement_on AS days_ago,
        12 * (year(as_of) - year(statement_on)) + month(as_of) - month(statement_on) AS months_ago
    FROM known
    WHERE as_of >= known_on AND as_of < coalesce(corrected_on, DATE '9999-12-31') AND statement_on <= as_of
),
latest AS (
    SELECT party_no, max(limit_fen) AS limit_fen, max(bill_fen) AS bill_fen, max(months_late) AS months_late
    FROM (SELECT *, max(statement_on) OVER (PARTITION BY party_no) AS newest FROM statement) AS dated
    WHERE statement_on = newest AND days_ago < 92
    GROUP BY party_no
),
half_year AS (
    SELECT
        party_no, (2 * sum(bill_fen) + count(*)) // (2 * count(*)) AS bill,
        (2 * sum(limit_fen) + count(*)) // (2 * count(*)) AS credit_limit
    FROM statement WHERE days_ago < 184 GROUP BY party_no
),
year AS (
    SELECT
        party_no, sum(bill_fen) AS bill, sum(cash_fen) AS cash, max(bill_fen) AS most,
        max(bill_fen) FILTER (WHERE days_ago < 92) AS most_in_a_quarter, min(paid_fen) AS least_paid,
        sum(CASE WHEN state IN ('partial', 'none') THEN 1 ELSE 0 END) AS not_met,
        sum(CASE WHEN state = 'minimum' THEN 1 ELSE 0 END) AS revolving, count(*) AS n,
        sum(CASE WHEN months_late >= 1 THEN bill_fen ELSE 0 END) AS bill_late, sum(months_late) AS months_late
    FROM statement WHERE days_ago < 366 GROUP BY party_no
),
by_state AS (
    SELECT party_no, state, count(*) AS n FROM statement WHERE days_ago < 366 GROUP BY party_no, state
),
share AS (
    SELECT party_no, n / sum(n) OVER (PARTITION BY party_no) AS p FROM by_state
),
mixed AS (
    SELECT party_no, CAST(round(-1e9 * sum(p * log2(p))) AS BIGINT) AS nano FROM share GROUP BY party_no
),
late_month AS (
    SELECT party_no, months_ago, months_ago - dense_rank() OVER (PARTITION BY party_no ORDER BY months_ago) AS run
    FROM (SELECT DISTINCT party_no, months_ago FROM statement WHERE months_late >= 1 AND months_ago < 24) AS months
),
full_month AS (
    SELECT party_no, months_ago, months_ago - row_number() OVER (PARTITION BY party_no ORDER BY months_ago) AS run
    FROM (SELECT party_no, months_ago FROM statement WHERE state = 'full' AND months_ago < 12
          GROUP BY party_no, months_ago) AS months
),
billed AS (
    SELECT party_no, list(coalesce(fen, 0)) AS months, sum(coalesce(fen, 0)) AS total
    FROM (SELECT asked.party_no, back, sum(bill_fen) AS fen FROM asked CROSS JOIN range(6) AS numbers (back)
          LEFT JOIN statement ON statement.party_no = asked.party_no AND months_ago = back
          GROUP BY asked.party_no, back) AS by_month
    GROUP BY party_no
)
SELECT
    asked.party_no,
    latest.limit_fen AS statement_latest_limit_92d,
    CASE WHEN sign(latest.bill_fen) * sign(latest.limit_fen) < 0 THEN -1 ELSE 1 END
        * ((2 * 1000000000 * abs(latest.bill_fen::HUGEINT) + abs(latest.limit_fen))
            // nullif(2 * abs(latest.limit_fen), 0)) AS statement_latest_bill_92d_per_limit,
    latest.months_late AS statement_latest_late_months_92d,
    half_year.bill AS statement_mean_bill_184d,
    (2 * 1000000000 * half_year.bill + half_year.credit_limit) // nullif(2 * half_year.credit_limit, 0)
        AS statement_mean_bill_184d_per_limit,
    year.most AS statement_max_bill_366d,
    (2 * 1000000000 * year.most_in_a_quarter::HUGEINT + year.most) // nullif(2 * year.most, 0)
        AS statement_max_bill_92d_of_366d,
    year.least_paid AS statement_min_paid_366d,
    (2 * 1000000000 * year.cash + year.bill) // nullif(2 * year.bill, 0) AS statement_sum_cash_366d_per_bill,
    coalesce(year.not_met, 0) AS statement_count_short_366d,
    (2 * 1000000000 * year.revolving + year.n) // nullif(2 * year.n, 0) AS statement_count_revolving_366d_by_short,
    coalesce(year.bill_late, 0) AS statement_sum_bill_late_366d,
    (2 * year.months_late + year.n) // nullif(2 * year.n, 0) AS statement_mean_late_months_366d,
    (SELECT count(*) FROM statement WHERE statement.party_no = asked.party_no
        AND months_late = 1 AND days_ago < 732) AS statement_count_m1_732d,
    (SELECT count(DISTINCT card_no) FROM statement WHERE statement.party_no = asked.party_no
        AND days_ago < 366) AS statement_distinct_card_366d,
    (SELECT coalesce(max(long), 0) FROM (SELECT count(*) AS long FROM late_month
        WHERE late_month.party_no = asked.party_no GROUP BY run) AS runs) AS statement_longest_run_late_24m,
    (SELECT min(months_ago) FROM late_month WHERE late_month.party_no = asked.party_no)
        AS statement_months_since_last_late_24m,
    (SELECT count(*) FROM full_month WHERE full_month.party_no = asked.party_no
        AND run = (SELECT min(run) FROM full_month AS other WHERE other.party_no = asked.party_no))
        AS statement_latest_run_full_12m,
    (2 * 1000000000 * list_sum([abs(6 * fen - total) FOR fen IN billed.months])::HUGEINT + abs(6 * total))
        // nullif(2 * abs(6 * total), 0) AS statement_deviation_bill_6m,
    mixed.nano AS statement_entropy_state_366d
FROM asked
LEFT JOIN latest USING (party_no)
LEFT JOIN half_year USING (party_no)
LEFT JOIN year USING (party_no)
LEFT JOIN mixed USING (party_no)
LEFT JOIN billed USING (party_no)
