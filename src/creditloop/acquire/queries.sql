-- name: lock_product^
-- Let one screening or answer of a product be recorded at a time; held to the end of the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('creditloop.acquire/' || :product, 0));

-- name: list_screenings
-- Every screening, of one product if asked for, in the order they were recorded.
SELECT batch_id, product, screening_no, trigger, business_date, rules_as_of, plan_hash, contract_hash, features_hash,
    card_hash, portrait_policy_hash, whitelist_policy_hash, rescreen_policy_hash, considered, screened, content_hash
FROM acquire.screening_batch
WHERE :product::text IS NULL OR product = :product
ORDER BY product, screening_no;

-- name: find_screening^
-- One screening.
SELECT batch_id, product, screening_no, trigger, business_date, rules_as_of, plan_hash, contract_hash, features_hash,
    card_hash, portrait_policy_hash, whitelist_policy_hash, rescreen_policy_hash, considered, screened, content_hash
FROM acquire.screening_batch WHERE batch_id = :batch_id;

-- name: insert_screening!
-- Record a screening.
INSERT INTO acquire.screening_batch (
    batch_id, row_no, product, screening_no, trigger, business_date, rules_as_of, plan_hash, contract_hash,
    features_hash, card_hash, portrait_policy_hash, whitelist_policy_hash, rescreen_policy_hash, considered, screened,
    content_hash, recorded_at
) VALUES (
    :batch_id, 0, :product, :screening_no, :trigger, :business_date, :rules_as_of, :plan_hash, :contract_hash,
    :features_hash, :card_hash, :portrait_policy_hash, :whitelist_policy_hash, :rescreen_policy_hash, :considered,
    :screened, :content_hash, :recorded_at
);

-- name: whitelist
-- Where each party stands at the end of a day: its last screening by then, and the last event of its invitation.
WITH last_batch AS (
    SELECT DISTINCT ON (screening.party_id)
        screening.party_id, screening.batch_id, batch.trigger, batch.business_date
    FROM acquire.screening AS screening
    JOIN acquire.screening_batch AS batch USING (batch_id)
    WHERE batch.product = :product AND batch.business_date <= :day
        AND (:party_id::text IS NULL OR screening.party_id = :party_id)
    ORDER BY screening.party_id, batch.screening_no DESC
), last_screened AS (
    SELECT screening.*, last_batch.trigger, last_batch.business_date
    FROM last_batch JOIN acquire.screening AS screening USING (party_id, batch_id)
), last_event AS (
    SELECT DISTINCT ON (party_id) party_id, event_no, kind, occurred_on, simulated
    FROM acquire.invitation
    WHERE product = :product AND occurred_on <= :day AND (:party_id::text IS NULL OR party_id = :party_id)
    ORDER BY party_id, event_no DESC
)
SELECT screened.party_id,
    CASE WHEN event.kind IN ('accepted', 'declined') THEN event.kind ELSE screened.outcome END AS status,
    CASE WHEN event.occurred_on >= screened.business_date THEN event.occurred_on ELSE screened.business_date END
        AS since,
    screened.segment, screened.utilisation_band, screened.payment_habit, screened.trend, screened.score,
    screened.pd_nano, screened.outcome, screened.rule, screened.reasons, screened.trigger, screened.cause,
    screened.business_date AS screened_on, screened.batch_id::text AS batch_id, event.event_no, event.kind AS event,
    coalesce(event.simulated, false) AS simulated, screened.inputs
FROM last_screened AS screened
LEFT JOIN last_event AS event USING (party_id)
ORDER BY screened.party_id COLLATE "C";

-- name: last_events
-- The last event of each party's invitation.
SELECT DISTINCT ON (party_id) party_id, event_no, kind, occurred_on
FROM acquire.invitation WHERE product = :product
ORDER BY party_id, event_no DESC;

-- name: list_invitation_events
-- What happened to one party's invitation, in order.
SELECT event_no, kind, occurred_on, trigger, simulated, source, batch_id
FROM acquire.invitation WHERE product = :product AND party_id = :party_id
ORDER BY event_no;

-- name: find_screened^
-- What a screening said of one party.
SELECT party_id, batch_id, segment, utilisation_band, payment_habit, trend, score, pd_nano, outcome, rule, reasons,
    cause, inputs
FROM acquire.screening WHERE party_id = :party_id AND batch_id = :batch_id;

-- name: find_answers
-- The answers recorded in one batch.
SELECT party_id, kind, occurred_on FROM acquire.invitation WHERE batch_id = :batch_id ORDER BY row_no;

-- name: event_counts
-- The events of a product's invitations, of one batch if asked for, by trigger and kind.
SELECT trigger, kind, simulated, count(*) FROM acquire.invitation
WHERE product = :product AND (:batch_id::uuid IS NULL OR batch_id = :batch_id)
GROUP BY trigger, kind, simulated ORDER BY trigger, kind, simulated;

-- name: outcome_counts
-- What a screening said, by segment, outcome and rule.
SELECT segment, outcome, rule, count(*) FROM acquire.screening
WHERE batch_id = :batch_id
GROUP BY segment, outcome, rule ORDER BY segment, outcome, rule;

-- name: screening_of_batch
-- What a screening said of everybody in it, and what it was made from.
SELECT party_id, segment, utilisation_band, payment_habit, trend, score, pd_nano, outcome, rule, reasons, cause, inputs
FROM acquire.screening WHERE batch_id = :batch_id;
