-- name: list_loans
-- A page of loans, the last opened first, each as it stood at its last close, or at a later event.
WITH chosen AS (
    SELECT loan.*, programme.product
    FROM book.loan AS loan JOIN book.programme AS programme USING (programme_no)
    WHERE (CAST(:text AS text) IS NULL OR loan.loan_id = :text OR loan.party_id = :text)
        AND (CAST(:product AS text) IS NULL OR programme.product = :product)
    ORDER BY loan.loan_no DESC LIMIT :most OFFSET :skip
)
SELECT chosen.loan_no, chosen.loan_id, chosen.party_id, chosen.product, chosen.paid_out_on,
    chosen.principal_fen AS paid_out_fen, at.business_date, at.is_closed, at.principal_fen, at.interest_fen, at.fee_fen,
    at.penalty_fen, CASE WHEN at.is_closed THEN at.dpd END AS dpd, CASE WHEN at.is_closed THEN at.tier END AS tier,
    CASE WHEN isfinite(at.next_due) THEN at.next_due END AS next_due, at.batch_id, at.row_no
FROM chosen
LEFT JOIN LATERAL (
    (SELECT business_date, true AS is_closed, principal_fen, interest_fen, fee_fen, penalty_fen, dpd, tier, next_due,
        batch_id, row_no
    FROM book.loan_day WHERE shard = chosen.shard AND loan_no = chosen.loan_no ORDER BY business_date DESC LIMIT 1)
    UNION ALL
    (SELECT business_date, false, principal_fen, interest_fen, fee_fen, penalty_fen, 0, tier, next_due, batch_id, row_no
    FROM book.loan_position WHERE loan_no = chosen.loan_no ORDER BY sequence DESC LIMIT 1)
    ORDER BY business_date DESC, is_closed DESC LIMIT 1
) AS at ON true
ORDER BY chosen.loan_no DESC;

-- name: count_loans$
-- How many loans fit.
SELECT count(*)
FROM book.loan AS loan JOIN book.programme AS programme USING (programme_no)
WHERE (CAST(:text AS text) IS NULL OR loan.loan_id = :text OR loan.party_id = :text)
    AND (CAST(:product AS text) IS NULL OR programme.product = :product);

-- name: holds_loan_of$
-- Whether a debtor of some loan has an id that begins in a way; by the index, as many loans as there are.
SELECT EXISTS (
    SELECT 1 FROM book.loan
    WHERE party_id >= CAST(:beginning AS text) AND party_id < CAST(:beginning AS text) || chr(1114111)
);

-- name: find_closes
-- A page of the days a loan was closed on, newest first.
SELECT business_date, principal_fen, interest_fen, fee_fen, penalty_fen, due_principal_fen, due_interest_fen,
    interest_total_fen, penalty_total_fen, interest_accrued_fen, penalty_accrued_fen, own_interest_fen, own_penalty_fen,
    dpd, tier, stage, batch_id, row_no
FROM book.loan_day
WHERE shard = :shard AND loan_no = :loan_no
    AND (CAST(:business_date AS date) IS NULL OR business_date = CAST(:business_date AS date))
ORDER BY business_date DESC LIMIT :most OFFSET :skip;

-- name: count_closes$
-- On how many days a loan was closed.
SELECT count(*) FROM book.loan_day WHERE shard = :shard AND loan_no = :loan_no;

-- name: find_plan_rows
-- Every version of a loan's plan, with the event that made it.
SELECT instalment.version, instalment.instalment_no, instalment.from_date, instalment.due_date,
    instalment.principal_fen, instalment.interest_fen, instalment.batch_id, instalment.row_no, event.event_id
FROM book.instalment AS instalment
LEFT JOIN book.loan_event AS event ON event.loan_no = instalment.loan_no AND event.batch_id = instalment.batch_id
WHERE instalment.loan_no = :loan_no
ORDER BY instalment.version, instalment.instalment_no;

-- name: find_places^
-- Where a loan's own rows lie: loan, programme, terms, rules.
SELECT loan.batch_id AS loan_batch, loan.row_no AS loan_row, programme.batch_id AS programme_batch,
    programme.row_no AS programme_row, programme.document_hash, terms.batch_id AS terms_batch, terms.row_no AS terms_row,
    rules.batch_id AS rules_batch, rules.row_no AS rules_row
FROM book.loan AS loan
JOIN book.programme AS programme USING (programme_no)
LEFT JOIN book.loan_terms AS terms USING (loan_no)
LEFT JOIN book.loan_rules AS rules USING (rules_hash)
WHERE loan.loan_no = :loan_no;
