-- name: insert_batch!
-- Record a run of the classification.
INSERT INTO monitor.classification_batch (
    batch_id, row_no, product, business_date, rules_as_of, currency, delinquency_policy_hash,
    five_tier_policy_hash, customers, content_hash, recorded_at
) VALUES (
    :batch_id, 0, :product, :business_date, :rules_as_of, :currency, :delinquency_policy_hash,
    :five_tier_policy_hash, :customers, :content_hash, :recorded_at
);

-- name: find_runs
-- Every run, oldest business date first; of the same dates the last recorded comes last.
SELECT batch_id, product, business_date, rules_as_of, currency, delinquency_policy_hash, five_tier_policy_hash,
    customers, content_hash
FROM monitor.classification_batch
ORDER BY business_date, rules_as_of, recorded_at, batch_id;

-- name: portfolio_by_class
-- Customers and amounts of a run by bucket and class, in fen.
SELECT bucket, regulatory_class, bank_class, count(*) AS customers,
    sum(owed_fen)::bigint AS owed_fen, sum(credit_fen)::bigint AS credit_fen, sum(limit_fen)::bigint AS limit_fen,
    count(*) FILTER (WHERE owed_fen > 0) AS owing, count(*) FILTER (WHERE credit_fen > 0) AS in_credit,
    count(*) FILTER (WHERE owed_fen > limit_fen) AS above_limit
FROM monitor.classification
WHERE batch_id = :batch_id
GROUP BY bucket, regulatory_class, bank_class
ORDER BY bucket, regulatory_class, bank_class;

-- name: find_verdict^
-- The verdict on one customer in a run, with the rules that decided.
SELECT party_id, source_ref, limit_fen, owed_fen, credit_fen, months_late, days_past_due_low, days_past_due,
    bucket, bucket_rule, regulatory_class, regulatory_rule, bank_class, bank_rule
FROM monitor.classification
WHERE batch_id = :batch_id AND party_id = :party_id;
