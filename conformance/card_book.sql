-- Every balance of the card book, for every customer and month, from the Parquet alone (DuckDB).
-- BILL_AMT1 is September's bill, BILL_AMT6 April's; PAY_AMTi is paid in the month of BILL_AMTi.
-- Amounts become fen by way of exact decimals; debit is positive; `$file` is the Parquet.
WITH months(i, month_end) AS (
    VALUES (6, DATE '2005-04-30'), (5, DATE '2005-05-31'), (4, DATE '2005-06-30'),
           (3, DATE '2005-07-31'), (2, DATE '2005-08-31'), (1, DATE '2005-09-30')
),
statement AS (  -- one row a customer and month
    SELECT customer.ID AS id, months.i, months.month_end,
        100 * CAST([BILL_AMT1, BILL_AMT2, BILL_AMT3, BILL_AMT4, BILL_AMT5, BILL_AMT6][months.i] AS DECIMAL(18, 2)) AS bill,
        100 * CAST([PAY_AMT1, PAY_AMT2, PAY_AMT3, PAY_AMT4, PAY_AMT5, PAY_AMT6][months.i] AS DECIMAL(18, 2)) AS payment
    FROM read_parquet($file) AS customer CROSS JOIN months
),
change AS (  -- what the month adds: April opens the book, later months bring a payment and net charges
    SELECT id, month_end,
        CASE WHEN i = 6 THEN bill ELSE 0 END AS opening,
        CASE WHEN i = 6 THEN 0 ELSE payment END AS paid,
        CASE WHEN i = 6 THEN 0 ELSE bill - lag(bill) OVER (PARTITION BY id ORDER BY month_end) + payment END AS net
    FROM statement
),
so_far AS (
    SELECT id, month_end,
        sum(opening) OVER past AS opened, sum(paid) OVER past AS paid,
        sum(greatest(net, 0)) OVER past AS charged, sum(greatest(-net, 0)) OVER past AS refunded
    FROM change WINDOW past AS (PARTITION BY id ORDER BY month_end)
)
SELECT CAST(id AS BIGINT) AS id, month_end,
    CAST(greatest(opened - paid + charged - refunded, 0) AS BIGINT) AS card_receivable,
    CAST(least(opened - paid + charged - refunded, 0) AS BIGINT) AS customer_credit,
    CAST(-opened AS BIGINT) AS migration_clearing, CAST(paid AS BIGINT) AS payment_clearing,
    CAST(-charged AS BIGINT) AS charges_clearing, CAST(refunded AS BIGINT) AS adjustment_clearing
FROM so_far ORDER BY id, month_end
