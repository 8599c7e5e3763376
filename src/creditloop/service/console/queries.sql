-- name: list_verdicts
-- A page of a classification run's verdicts, those chosen by bucket, class or part of the party's name; who owes most first.
SELECT row_no, party_id, source_ref, limit_fen, owed_fen, credit_fen, months_late, days_past_due_low, days_past_due,
    bucket, bucket_rule, regulatory_class, regulatory_rule, bank_class, bank_rule
FROM monitor.classification
WHERE batch_id = :batch_id
  AND (:bucket::text IS NULL OR bucket = :bucket)
  AND (:regulatory_class::text IS NULL OR regulatory_class = :regulatory_class)
  AND (:bank_class::text IS NULL OR bank_class = :bank_class)
  AND (:party::text IS NULL OR strpos(party_id, :party) > 0)
  AND (:kind::text IS NULL OR CASE :kind
        WHEN 'owing' THEN owed_fen > 0 WHEN 'in_credit' THEN credit_fen > 0 WHEN 'above_limit' THEN owed_fen > limit_fen
        WHEN 'late' THEN months_late >= 1 END)
ORDER BY owed_fen DESC, party_id
LIMIT :most OFFSET :skip;

-- name: count_verdicts^
-- How many verdicts of a run are chosen, and what they add up to.
SELECT count(*), coalesce(sum(owed_fen), 0)::bigint, coalesce(sum(limit_fen), 0)::bigint
FROM monitor.classification
WHERE batch_id = :batch_id
  AND (:bucket::text IS NULL OR bucket = :bucket)
  AND (:regulatory_class::text IS NULL OR regulatory_class = :regulatory_class)
  AND (:bank_class::text IS NULL OR bank_class = :bank_class)
  AND (:party::text IS NULL OR strpos(party_id, :party) > 0)
  AND (:kind::text IS NULL OR CASE :kind
        WHEN 'owing' THEN owed_fen > 0 WHEN 'in_credit' THEN credit_fen > 0 WHEN 'above_limit' THEN owed_fen > limit_fen
        WHEN 'late' THEN months_late >= 1 END);

-- name: verdicts_of
-- Every verdict on one party, by business date, with the run that gave it.
SELECT run.batch_id, verdict.row_no, run.business_date, run.rules_as_of, run.delinquency_policy_hash,
    run.five_tier_policy_hash, verdict.source_ref, verdict.limit_fen, verdict.owed_fen, verdict.credit_fen,
    verdict.months_late, verdict.days_past_due_low, verdict.days_past_due, verdict.bucket, verdict.bucket_rule,
    verdict.regulatory_class, verdict.regulatory_rule, verdict.bank_class, verdict.bank_rule
FROM monitor.classification_batch AS run JOIN monitor.classification AS verdict USING (batch_id)
WHERE verdict.party_id = :party_id
ORDER BY run.business_date, run.rules_as_of, run.recorded_at;

-- name: list_documents
-- The archive of documents that decided, without their texts, newest first.
SELECT document_hash, kind, path, length(body), adopted_at FROM kernel.document
ORDER BY adopted_at DESC, path;

-- name: find_event_rows
-- Where one party's events stand: batch and row by sequence.
SELECT sequence, batch_id, row_no FROM book.event WHERE party_id = :party_id ORDER BY sequence;
