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

-- name: find_verdicts
-- Every verdict of a run, by party: what a warning reads of it.
SELECT party_id, months_late, bank_class, owed_fen
FROM monitor.classification
WHERE batch_id = :batch_id
ORDER BY row_no;

-- name: list_verdicts
-- Verdicts of a run, those chosen by bucket, class, kind or part of the party's name; who owes most first.
SELECT batch_id, row_no, party_id, source_ref, limit_fen, owed_fen, credit_fen, months_late, days_past_due_low,
    days_past_due, bucket, bucket_rule, regulatory_class, regulatory_rule, bank_class, bank_rule
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
-- Every verdict on one party, oldest business date first.
SELECT batch_id, verdict.row_no, party_id, source_ref, limit_fen, owed_fen, credit_fen, months_late, days_past_due_low,
    days_past_due, bucket, bucket_rule, regulatory_class, regulatory_rule, bank_class, bank_rule
FROM monitor.classification AS verdict JOIN monitor.classification_batch AS run USING (batch_id)
WHERE party_id = :party_id
ORDER BY business_date, rules_as_of, recorded_at, batch_id;

-- name: count_late
-- On how many statements each customer was late over these runs; null where a verdict did not know.
SELECT party_id,
    CASE WHEN bool_or(months_late IS NULL) THEN NULL ELSE count(*) FILTER (WHERE months_late >= 1) END
FROM monitor.classification
WHERE batch_id = ANY(:batch_ids)
GROUP BY party_id;

-- name: insert_warning_batch!
-- Record a month of warnings.
INSERT INTO monitor.warning_batch (
    batch_id, row_no, product, business_date, rules_as_of, policy_hash, features_hash, contract_hash,
    classification_batch, evaluated, alerts, watches, notices, referred, content_hash, recorded_at
) VALUES (
    :batch_id, 0, :product, :business_date, :rules_as_of, :policy_hash, :features_hash, :contract_hash,
    :classification_batch, :evaluated, :alerts, :watches, :notices, :referred, :content_hash, :recorded_at
);

-- name: find_warning_runs
-- Every month of warnings, of one product or of all, oldest first; of the same dates the last recorded comes last.
SELECT batch_id, product, business_date, rules_as_of, policy_hash, features_hash, contract_hash,
    classification_batch, evaluated, alerts, watches, notices, referred, content_hash
FROM monitor.warning_batch
WHERE :product::text IS NULL OR product = :product
ORDER BY business_date, rules_as_of, recorded_at, batch_id;

-- name: find_warnings
-- Warnings of a run, gravest first, perhaps of one level or with one signal.
SELECT batch_id, party_id, level, level_rule, risk, signals, measures, values_read
FROM monitor.warning
WHERE batch_id = :batch_id
    AND (:level::text IS NULL OR level = :level)
    AND (:signal::text IS NULL OR jsonb_exists(signals::jsonb, :signal))
ORDER BY array_position(ARRAY['alert', 'watch', 'notice', 'refer'], level), risk DESC, party_id
LIMIT :most OFFSET :skip;

-- name: find_warning^
-- The warning on one customer in a run.
SELECT batch_id, party_id, level, level_rule, risk, signals, measures, values_read
FROM monitor.warning
WHERE party_id = :party_id AND batch_id = :batch_id;

-- name: find_party_warnings
-- Every warning on one customer, oldest first.
SELECT warning.batch_id, party_id, level, level_rule, risk, signals, measures, values_read
FROM monitor.warning
JOIN monitor.warning_batch AS batch ON batch.batch_id = warning.batch_id
WHERE party_id = :party_id
ORDER BY business_date, rules_as_of, recorded_at, batch.batch_id;

-- name: count_warning_levels
-- Warnings of a run by level.
SELECT level, count(*) FROM monitor.warning WHERE batch_id = :batch_id
GROUP BY level ORDER BY array_position(ARRAY['alert', 'watch', 'notice', 'refer'], level);

-- name: count_warning_signals
-- How many warnings of a run carry each signal, the most frequent first.
SELECT signal, count(*)
FROM monitor.warning CROSS JOIN LATERAL jsonb_array_elements_text(signals::jsonb) AS listed (signal)
WHERE batch_id = :batch_id
GROUP BY signal ORDER BY count(*) DESC, signal;

-- name: count_warning_measures
-- How many warnings of a run suggest each measure, the most frequent first.
SELECT measure, count(*)
FROM monitor.warning CROSS JOIN LATERAL jsonb_array_elements_text(measures::jsonb) AS listed (measure)
WHERE batch_id = :batch_id
GROUP BY measure ORDER BY count(*) DESC, measure;
