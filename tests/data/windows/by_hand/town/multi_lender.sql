-- Borrowing from several lenders 多头借贷, from six sources together
--
-- A source says something of a party only if the bank asked it: the newest answer by the day is `found` or `none`.
-- Where it was not asked, or did not answer, what needs it is unknown, not 0; only flows at other banks may be
-- missing, because most parties give none. Of every fact the version known last by the day counts. A sum of rows of
-- which none tells the number is unknown, too; a sum of no rows is 0. Everything is yuan until the end.
WITH answered AS (
    SELECT party_no, source, arg_max(answer, source_checks.known_on) IN ('found', 'none') AS known
    FROM asked JOIN source_checks USING (party_no)
    WHERE source_checks.known_on <= as_of
    GROUP BY party_no, source
),
known AS (
    SELECT
        asked.party_no,
        coalesce(bool_or(known) FILTER (WHERE source = 'bureau_accounts'), false) AS accounts,
        coalesce(bool_or(known) FILTER (WHERE source = 'bureau_months'), false) AS months,
        coalesce(bool_or(known) FILTER (WHERE source = 'bureau_queries'), false) AS queries,
        coalesce(bool_or(known) FILTER (WHERE source = 'account_flows'), false) AS flows,
        coalesce(bool_or(known) FILTER (WHERE source = 'card_statements'), false) AS cards,
        coalesce(bool_or(known) FILTER (WHERE source = 'bank_flow_files'), false) AS elsewhere
    FROM asked LEFT JOIN answered USING (party_no)
    GROUP BY asked.party_no
),
account AS (
    SELECT
        asked.party_no, as_of - opened_on AS days_ago, kind, lender, institution,
        granted, balance, monthly_due, overdue
    FROM asked JOIN bureau_accounts AS told USING (party_no)
    WHERE told.known_on <= as_of AND opened_on <= as_of AND as_of - opened_on < 3650
      AND told.known_on = (SELECT max(again.known_on) FROM bureau_accounts AS again
          WHERE again.party_no = told.party_no AND again.account_no = told.account_no AND again.known_on <= as_of)
),
owed AS (
    SELECT
        party_no, count(DISTINCT institution) AS lenders, count(*) AS n,
        count(*) FILTER (WHERE lender IS DISTINCT FROM 'bank') AS nonbank,
        sum(granted) AS granted, sum(balance) AS balance, sum(monthly_due) AS due, sum(overdue) AS overdue,
        CASE WHEN bool_or(lender = 'bank') THEN sum(balance) FILTER (WHERE lender = 'bank') ELSE 0 END AS at_banks,
        coalesce(sum(granted) FILTER (WHERE kind = 'card'), 0) AS card_limits,
        CASE WHEN bool_or(kind = 'card') THEN sum(balance) FILTER (WHERE kind = 'card') ELSE 0 END AS card_balances,
        count(*) FILTER (WHERE lender IN ('consumer_finance', 'micro_lender', 'platform')) AS online,
        count(*) FILTER (WHERE days_ago < 30) AS opened_30d,
        count(*) FILTER (WHERE days_ago < 90) AS opened_90d, count(*) FILTER (WHERE days_ago < 180) AS opened_180d,
        count(*) FILTER (WHERE days_ago < 365) AS opened_365d,
        count(DISTINCT institution) FILTER (WHERE days_ago < 90) AS lenders_90d,
        coalesce(sum(granted) FILTER (WHERE days_ago < 180), 0) AS granted_180d,
        coalesce(sum(granted) FILTER (WHERE days_ago < 180 AND kind NOT IN ('mortgage', 'card')), 0) AS loans_180d
    FROM account GROUP BY party_no
    UNION ALL
    SELECT party_no, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM asked
    WHERE party_no NOT IN (SELECT party_no FROM account)
),
query AS (
    SELECT party_no, as_of - queried_on AS days_ago, institution
    FROM (SELECT asked.party_no, as_of, queried_on, reason, institution
          FROM asked JOIN bureau_queries AS told USING (party_no) WHERE told.known_on <= as_of
          QUALIFY row_number() OVER (PARTITION BY asked.party_no, query_no ORDER BY told.known_on DESC) = 1) AS newest
    WHERE queried_on <= as_of AND reason = 'loan_approval'
),
month AS (
    SELECT party_no, state, months_late, due, paid
    FROM (SELECT asked.party_no, as_of, month_on, state, months_late, due, paid
          FROM asked JOIN bureau_months AS told USING (party_no) WHERE told.known_on <= as_of
          QUALIFY row_number() OVER (
              PARTITION BY asked.party_no, account_no, month_on ORDER BY told.known_on DESC) = 1) AS newest
    WHERE month_on <= as_of AND month_on > as_of - 365
),
repaying AS (
    SELECT
        asked.party_no, count(*) FILTER (WHERE state = 'normal') AS on_time,
        count(*) FILTER (WHERE state IN ('late_1', 'late_2', 'late_3', 'bad')) AS late,
        coalesce(max(months_late), 0) AS most_late,
        CASE WHEN count(state) = 0 THEN 0 ELSE sum(due) END AS due,
        CASE WHEN count(state) = 0 THEN 0 ELSE sum(paid) END AS paid
    FROM asked LEFT JOIN month USING (party_no) GROUP BY asked.party_no
),
flow AS (
    SELECT party_no, as_of - booked_on AS days_ago, direction, kind, amount
    FROM (SELECT asked.party_no, as_of, booked_on, direction, kind, amount
          FROM asked JOIN account_flows AS told USING (party_no) WHERE told.known_on <= as_of
          QUALIFY row_number() OVER (PARTITION BY asked.party_no, flow_no ORDER BY told.known_on DESC) = 1) AS newest
    WHERE booked_on BETWEEN as_of - 179 AND as_of
),
money AS (
    SELECT
        asked.party_no,
        coalesce(sum(amount) FILTER (WHERE direction = 'in' AND kind IN ('salary', 'trade')), 0) AS income,
        count(*) FILTER (WHERE direction = 'in' AND kind = 'loan_receipt') AS loans,
        coalesce(sum(amount) FILTER (WHERE direction = 'in' AND kind = 'loan_receipt'), 0) AS borrowed,
        coalesce(sum(amount) FILTER (WHERE direction = 'out' AND kind = 'loan_repayment'), 0) AS repaid,
        min(days_ago) FILTER (WHERE direction = 'in' AND kind = 'loan_receipt') AS borrowed_ago,
        min(days_ago) FILTER (WHERE direction = 'out' AND kind = 'loan_repayment') AS repaid_ago
    FROM asked LEFT JOIN flow USING (party_no) GROUP BY asked.party_no
),
elsewhere AS (
    SELECT party_no, sum(amount) AS income
    FROM (SELECT asked.party_no, as_of, booked_on, direction, kind, amount
          FROM asked JOIN bank_flow_files AS told USING (party_no) WHERE told.known_on <= as_of
          QUALIFY row_number() OVER (
              PARTITION BY asked.party_no, bank, flow_no ORDER BY told.known_on DESC) = 1) AS newest
    WHERE booked_on BETWEEN as_of - 179 AND as_of AND direction = 'in' AND kind IN ('salary', 'trade')
    GROUP BY party_no
),
statement AS (
    SELECT party_no, as_of - statement_on AS days_ago, state, "limit", cash
    FROM (SELECT asked.party_no, as_of, statement_on, state, "limit", cash
          FROM asked JOIN card_statements AS told USING (party_no) WHERE told.known_on <= as_of
          QUALIFY row_number() OVER (
              PARTITION BY asked.party_no, card_no, statement_on ORDER BY told.known_on DESC) = 1) AS newest
    WHERE statement_on BETWEEN as_of - 364 AND as_of
),
card AS (
    SELECT
        asked.party_no, count(state) AS n, count(*) FILTER (WHERE state = 'minimum') AS at_minimum,
        coalesce(sum("limit") FILTER (WHERE days_ago < 92), 0) AS limits,
        coalesce(sum(cash) FILTER (WHERE days_ago < 92), 0) AS cash
    FROM asked LEFT JOIN statement USING (party_no) GROUP BY asked.party_no
),
put_together AS (  -- in fen; null is unknown
    SELECT
        party_no, asked.as_of, known.flows AS flows_known,
        CASE WHEN known.accounts THEN owed END AS o,
        CASE WHEN known.months THEN repaying END AS r,
        CASE WHEN known.flows THEN money END AS m,
        CASE WHEN known.cards THEN card END AS c,
        CASE WHEN known.queries THEN (SELECT count(*) FROM query
            WHERE query.party_no = asked.party_no AND days_ago < 90) END AS queries_90d,
        CASE WHEN known.queries THEN (SELECT count(*) FROM query
            WHERE query.party_no = asked.party_no AND days_ago < 180) END AS queries_180d,
        CASE WHEN known.queries THEN (SELECT count(DISTINCT institution) FROM query
            WHERE query.party_no = asked.party_no AND days_ago < 90) END AS asking_90d,
        CASE WHEN known.flows THEN CAST(100 * (money.income
            + CASE WHEN known.elsewhere THEN coalesce(elsewhere.income, 0) ELSE 0 END) AS HUGEINT) END AS income_fen
    FROM asked JOIN known USING (party_no) JOIN owed USING (party_no) JOIN repaying USING (party_no)
    JOIN money USING (party_no) JOIN card USING (party_no) LEFT JOIN elsewhere USING (party_no)
),
in_fen AS (
    SELECT
        *, CAST(100 * o.balance AS HUGEINT) AS balance, CAST(100 * o.at_banks AS HUGEINT) AS at_banks,
        CAST(100 * o.granted AS HUGEINT) AS granted, CAST(100 * o.granted_180d AS HUGEINT) AS granted_180d,
        CAST(100 * o.loans_180d AS HUGEINT) AS loans_180d, CAST(100 * o.due AS HUGEINT) AS due_month,
        CAST(100 * o.card_limits AS HUGEINT) AS card_limits, CAST(100 * o.card_balances AS HUGEINT) AS card_balances,
        CAST(100 * r.due AS HUGEINT) AS due_year, CAST(100 * r.paid AS HUGEINT) AS paid_year,
        CAST(100 * m.borrowed AS HUGEINT) AS borrowed, CAST(100 * m.repaid AS HUGEINT) AS repaid,
        CAST(100 * c.limits AS HUGEINT) AS statement_limits, CAST(100 * c.cash AS HUGEINT) AS cash
    FROM put_together
),
said AS (
    SELECT
        party_no,
        o.lenders AS lenders_count,
        o.nonbank AS accounts_nonbank,
        (2000000000 * o.nonbank + o.n) // nullif(2 * o.n, 0) AS nonbank_accounts_share,
        CASE WHEN balance > 0 THEN (2000000000 * (balance - at_banks) + balance) // nullif(2 * balance, 0) END
            AS nonbank_balance_share,
        balance AS owed_fen,
        CAST(100 * o.overdue AS HUGEINT) AS overdue_now_fen,
        o.online AS online_lender_accounts,
        o.opened_30d AS opened_30d,
        o.opened_90d AS opened_90d,
        o.opened_180d AS opened_180d,
        o.lenders_90d AS lenders_new_90d,
        CASE WHEN o.opened_365d = 0 THEN 0
            ELSE (2000000000 * o.opened_90d + o.opened_365d) // nullif(2 * o.opened_365d, 0)
        END AS opened_recently_share,
        queries_90d,
        CASE WHEN o.opened_180d >= 0
            THEN (2000000000 * queries_180d + greatest(o.opened_180d, 1)) // (2 * greatest(o.opened_180d, 1))
        END AS queries_per_opening_180d,
        CASE WHEN queries_90d > o.opened_90d THEN queries_90d - o.opened_90d
            WHEN queries_90d <= o.opened_90d THEN 0 END AS queries_unanswered_90d,
        asking_90d AS lenders_querying_90d,
        CASE WHEN card_limits <= 0 THEN 0 WHEN card_balances < 0 THEN 0
            ELSE (2000000000 * card_balances + card_limits) // nullif(2 * card_limits, 0) END AS card_utilisation,
        (2000000000 * granted_180d + granted) // nullif(2 * granted, 0) AS granted_recently_share,
        income_fen AS income_180d_fen,
        CASE WHEN income_fen >= 300000
            THEN (6 * due_month * 2000000000 + income_fen) // nullif(2 * income_fen, 0) END AS due_to_income,
        CASE WHEN income_fen >= 300000
            THEN (2000000000 * balance + 2 * income_fen) // nullif(4 * income_fen, 0) END AS debt_to_income,
        r.late AS months_late,
        r.on_time AS months_on_time,
        (2000000000 * r.on_time + r.on_time + r.late) // nullif(2 * (r.on_time + r.late), 0) AS on_time_share,
        CASE WHEN r.on_time + r.late > 0 THEN r.most_late END AS periods_late,
        CASE WHEN paid_year >= due_year AND due_year > 0 THEN 1000000000
            WHEN due_year > 0 THEN (2000000000 * paid_year + due_year) // nullif(2 * due_year, 0) END AS paid_of_due,
        CASE WHEN repaid <= 0 THEN 0 WHEN borrowed >= 10 * repaid THEN 10000000000
            ELSE (2000000000 * borrowed + repaid) // nullif(2 * repaid, 0) END AS borrowed_of_repaid,
        CASE WHEN due_month <= 0 THEN 0 WHEN loans_180d >= 60 * due_month THEN 10000000000
            ELSE (2000000000 * loans_180d + 6 * due_month) // nullif(12 * due_month, 0) END AS granted_of_due,
        m.loans AS loans_received_count,
        CASE WHEN flows_known THEN coalesce(m.borrowed_ago - m.repaid_ago BETWEEN 0 AND 15, false) END
            AS repaid_soon_after,
        CASE WHEN statement_limits > 0
            THEN (2000000000 * cash + statement_limits) // nullif(2 * statement_limits, 0) END AS cash_of_limit,
        (2000000000 * c.at_minimum + c.n) // nullif(2 * c.n, 0) AS minimum_paid_share
    FROM in_fen
),
judged AS (  -- each row of the classification: true, false, or undecided
    SELECT
        party_no,
        lenders_count < 3 AS few,
        opened_180d >= 3 AND accounts_nonbank > 0 AND (borrowed_of_repaid >= 500000000 OR repaid_soon_after
            OR (granted_of_due >= 500000000 AND queries_90d >= 4)) AS borrows_to_repay,
        months_late > 2 OR periods_late >= 2 OR overdue_now_fen > 0 AS late,
        card_utilisation > 900000000 AS used_up,
        months_on_time >= 24 AND months_late = 0 AND opened_180d < 3 AND queries_90d < 4 AS proven,
        due_to_income > 550000000 AS too_much_due
    FROM said
)
SELECT said.*,
    CASE
        WHEN few IS NULL THEN 'unknown' WHEN few THEN 'not_multi'
        WHEN borrows_to_repay IS NULL THEN 'unknown' WHEN borrows_to_repay THEN 'rolling_over'
        WHEN late IS NULL THEN 'unknown' WHEN late THEN 'stretched'
        WHEN used_up IS NULL THEN 'unknown' WHEN used_up THEN 'stretched'
        WHEN proven IS NULL THEN 'unknown' WHEN proven THEN 'disciplined'
        WHEN too_much_due IS NULL THEN 'unknown' WHEN too_much_due THEN 'stretched'
        ELSE 'disciplined'
    END AS multi_lender_class
FROM said JOIN judged USING (party_no)
