-- name: find_last_close^
-- How a loan stood at its last close: class, stage, days past due.
SELECT business_date, tier, stage, dpd FROM book.loan_day
WHERE shard = :shard AND loan_no = :loan_no ORDER BY business_date DESC LIMIT 1;

-- name: lock_party^
-- Let one loan of a party be checked and opened at a time, until the transaction ends: the book's own lock of a party.
SELECT pg_advisory_xact_lock(hashtextextended('creditloop.book.party ' || :party_id, 0));
