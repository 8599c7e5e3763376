-- name: insert_batch!
-- Record a run of decisions.
INSERT INTO admit.decision_batch (
    batch_id, row_no, product, plan, mode, request_id, business_date, rules_as_of, contract, currency,
    contract_hash, plan_hash, features_hash, policy_hash, card_hash, mandates_hash, customers, fitted_on, decided,
    content_hash, recorded_at
) VALUES (
    :batch_id, 0, :product, :plan, :mode, :request_id, :business_date, :rules_as_of, :contract, :currency,
    :contract_hash, :plan_hash, :features_hash, :policy_hash, :card_hash, :mandates_hash, :customers, :fitted_on,
    :decided, :content_hash, :recorded_at
);

-- name: find_batches
-- Runs of decisions, by business date and moment of recording; a parameter that is null leaves its column open.
SELECT batch_id, product, plan, mode, request_id, business_date, rules_as_of, contract, currency, contract_hash,
    plan_hash, features_hash, policy_hash, card_hash, mandates_hash, customers, fitted_on, decided, content_hash
FROM admit.decision_batch
WHERE (:batch_id::uuid IS NULL OR batch_id = :batch_id)
    AND (:product::text IS NULL OR product = :product)
    AND (:mode::text IS NULL OR mode = :mode)
    AND (:until::date IS NULL OR business_date <= :until)
ORDER BY business_date, recorded_at, batch_id;

-- name: find_last_batches
-- The runs of the last review of a book up to a day: one, or those recorded together, one for each arm.
WITH last AS (
    SELECT business_date, recorded_at, plan_hash FROM admit.decision_batch
    WHERE product = :product AND mode = :mode AND business_date <= :until
    ORDER BY business_date DESC, recorded_at DESC, batch_id DESC LIMIT 1
)
SELECT batch_id, product, plan, mode, request_id, business_date, rules_as_of, contract, currency, contract_hash,
    plan_hash, features_hash, policy_hash, card_hash, mandates_hash, customers, fitted_on, decided, content_hash
FROM admit.decision_batch JOIN last USING (business_date, recorded_at, plan_hash)
WHERE product = :product AND mode = :mode
ORDER BY batch_id;

-- name: find_outcomes
-- What was decided, of some decisions.
SELECT decision_id, outcome FROM admit.decision WHERE decision_id = ANY(:decision_ids);

-- name: find_decision^
-- One decision, with the dates of its run.
SELECT decision_id, batch_id, product, business_date, rules_as_of, party_id, inputs, score, pd_nano, scope, grade,
    outcome, outcome_proposed, limit_fen, limit_proposed_fen, rate_annual_nano, rule, reasons, factors
FROM admit.decision JOIN admit.decision_batch USING (batch_id)
WHERE decision_id = :decision_id;

-- name: find_decisions
-- Every decision about a party, oldest business date first; of the same date the last recorded comes last.
SELECT decision_id, batch_id, product, business_date, rules_as_of, party_id, inputs, score, pd_nano, scope, grade,
    outcome, outcome_proposed, limit_fen, limit_proposed_fen, rate_annual_nano, rule, reasons, factors
FROM admit.decision JOIN admit.decision_batch USING (batch_id)
WHERE party_id = :party_id
ORDER BY business_date, recorded_at, batch_id;

-- name: decisions_of_batch
-- All decisions of a run, by party.
SELECT decision_id::text, party_id, inputs, score, pd_nano, scope, grade, outcome, outcome_proposed, limit_fen,
    limit_proposed_fen, rate_annual_nano, rule, reasons, factors
FROM admit.decision WHERE batch_id = :batch_id ORDER BY row_no;

-- name: decision_counts
-- Decisions of a run by scope, grade, outcome and rule, with the limits in force and proposed, in fen.
SELECT scope, grade, outcome, rule, count(*), coalesce(sum(limit_fen), 0)::bigint,
    coalesce(sum(limit_proposed_fen), 0)::bigint
FROM admit.decision WHERE batch_id = :batch_id
GROUP BY scope, grade, outcome, rule ORDER BY scope, grade, outcome, rule;

-- name: find_cases
-- Cases with their state: how many actions, whether closed, who signed last; overdue cases first, then by party.
WITH told AS (
    SELECT case_id, bool_or(closes) AS closed FROM admit.review_action GROUP BY case_id
)
SELECT c.case_id, c.decision_id, c.party_id, c.product, c.opened_on, c.due_on, c.amount_fen, c.mandate,
    c.mandates_hash, c.outcome_proposed, c.limit_fen, c.limit_proposed_fen, c.reasons
FROM admit.review_case c LEFT JOIN told USING (case_id)
WHERE (:case_id::uuid IS NULL OR c.case_id = :case_id)
    AND (:decision_id::uuid IS NULL OR c.decision_id = :decision_id)
    AND (:party_id::text IS NULL OR c.party_id = :party_id)
    AND (:product::text IS NULL OR c.product = :product)
    AND (:closed::boolean IS NULL OR coalesce(told.closed, false) = :closed)
ORDER BY c.due_on, c.amount_fen DESC, c.party_id, c.case_id
LIMIT :most OFFSET :skip;

-- name: lock_case^
-- Hold a case until the transaction ends: two persons acting at once act one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('admit.review_case ' || :case_id::text, 0));

-- name: find_actions
-- What was done about some cases, in order.
SELECT case_id, party_id, action_no, action, person, role, outcome, limit_fen, reason, acted_on, closes, overrides,
    simulated
FROM admit.review_action WHERE case_id = ANY(:case_ids) ORDER BY case_id, action_no;

-- name: insert_action!
-- Record what a person did about a case.
INSERT INTO admit.review_action (
    batch_id, row_no, case_id, party_id, action_no, action, person, role, outcome, limit_fen, reason, acted_on,
    closes, overrides, simulated, recorded_at
) VALUES (
    :batch_id, 0, :case_id, :party_id, :action_no, :action, :person, :role, :outcome, :limit_fen, :reason,
    :acted_on, :closes, :overrides, :simulated, :recorded_at
);

-- name: case_counts^
-- Cases by state on a day, and closed ones by whether the strategy's proposal was overridden.
WITH told AS (
    SELECT case_id, bool_or(closes) AS closed, bool_or(overrides) AS overrides, bool_or(simulated) AS simulated,
        count(*) FILTER (WHERE action = 'signed') - count(*) FILTER (WHERE action = 'withdrawn') AS signatures
    FROM admit.review_action WHERE acted_on <= :on GROUP BY case_id
)
SELECT count(*) FILTER (WHERE NOT coalesce(told.closed, false) AND coalesce(told.signatures, 0) = 0),
    count(*) FILTER (WHERE NOT coalesce(told.closed, false) AND coalesce(told.signatures, 0) > 0),
    count(*) FILTER (WHERE told.closed),
    count(*) FILTER (WHERE NOT coalesce(told.closed, false) AND c.due_on < :on),
    count(*) FILTER (WHERE told.overrides IS NOT NULL),
    count(*) FILTER (WHERE told.overrides),
    count(*) FILTER (WHERE told.closed AND told.simulated)
FROM admit.review_case c LEFT JOIN told USING (case_id)
WHERE c.opened_on <= :on AND (:product::text IS NULL OR c.product = :product);
