-- name: lock_limits!
-- Let one writer change limits at a time, until the end of the caller's transaction.
LOCK TABLE lend.limit_event IN SHARE ROW EXCLUSIVE MODE;

-- name: insert_batch!
-- Record a run.
INSERT INTO lend.batch (
    batch_id, row_no, kind, product, business_date, rules_as_of, source, policy_hash, letter_policy_hash,
    acts, events, agreements, letters, simulated, content_hash, recorded_at
) VALUES (
    :batch_id, 0, :kind, :product, :business_date, :rules_as_of, :source, :policy_hash, :letter_policy_hash,
    :acts, :events, :agreements, :letters, :simulated, :content_hash, :recorded_at
);

-- name: find_batch^
-- A run that was recorded.
SELECT batch_id, kind, product, business_date, rules_as_of, source, policy_hash, letter_policy_hash,
    acts, events, agreements, letters, simulated, content_hash
FROM lend.batch WHERE batch_id = :batch_id;

-- name: find_batches
-- Every run, oldest business date first.
SELECT batch_id, kind, product, business_date, rules_as_of, source, policy_hash, letter_policy_hash,
    acts, events, agreements, letters, simulated, content_hash
FROM lend.batch ORDER BY business_date, recorded_at, batch_id;

-- name: find_limits
-- How every customer's limit, or that of some, stood at the end of a day: the state after the last event by then.
SELECT DISTINCT ON (party_id) party_id, limit_fen, frozen, offered_fen, sequence
FROM lend.limit_event
WHERE occurred_on <= :on AND (CAST(:party_ids AS text[]) IS NULL OR party_id = ANY(CAST(:party_ids AS text[])))
ORDER BY party_id, sequence DESC;

-- name: find_change_after^
-- The first of some customers whose limit has changed after a day, and when it last did.
SELECT party_id, max(occurred_on) FROM lend.limit_event
WHERE occurred_on > :on AND party_id = ANY(CAST(:party_ids AS text[]))
GROUP BY party_id ORDER BY party_id LIMIT 1;

-- name: find_limit_history
-- One customer's limit events in order.
SELECT party_id, sequence, kind, occurred_on, change_fen, limit_fen, frozen, offered_fen, decision_id, source_ref,
    simulated, batch_id
FROM lend.limit_event WHERE party_id = :party_id ORDER BY sequence;

-- name: find_act^
-- What was done last about a decision.
SELECT act.party_id, act.rate_annual_nano, act.limit_proposed_fen, batch.product
FROM lend.limit_act AS act JOIN lend.batch AS batch USING (batch_id)
WHERE act.party_id = :party_id AND act.decision_id = :decision_id
ORDER BY batch.recorded_at DESC LIMIT 1;

-- name: find_offers
-- Raises that nobody has answered by the end of a day, with the decision behind each.
SELECT party_id, limit_fen, offered_fen, decision_id, occurred_on FROM (
    SELECT DISTINCT ON (party_id) party_id, limit_fen, offered_fen, decision_id, occurred_on
    FROM lend.limit_event WHERE occurred_on <= :on
    ORDER BY party_id, sequence DESC
) AS latest WHERE offered_fen IS NOT NULL ORDER BY party_id;

-- name: find_agreements
-- One customer's agreements, oldest first.
SELECT agreement_id, party_id, decision_id, product, made_on, limit_fen, rate_annual_nano, basis, terms_hash, simulated,
    batch_id
FROM lend.agreement WHERE party_id = :party_id ORDER BY made_on, agreement_id;

-- name: find_letters
-- One customer's letters, oldest first.
SELECT letter_id, party_id, decision_id, language, written_on, body, body_hash, simulated, batch_id
FROM lend.letter WHERE party_id = :party_id ORDER BY written_on, decision_id, language DESC;

-- name: count_acts
-- Decisions by what was done about them, in one run or in all.
SELECT act, count(*) FROM lend.limit_act
WHERE CAST(:batch_id AS uuid) IS NULL OR batch_id = :batch_id GROUP BY act ORDER BY act;

-- name: count_events
-- Limit events by kind, in one run or in all.
SELECT kind, count(*) FROM lend.limit_event
WHERE CAST(:batch_id AS uuid) IS NULL OR batch_id = :batch_id GROUP BY kind ORDER BY kind;

-- name: count_papers^
-- Agreements and letters, in one run or in all.
SELECT
    (SELECT count(*) FROM lend.agreement WHERE CAST(:batch_id AS uuid) IS NULL OR batch_id = :batch_id),
    (SELECT count(*) FROM lend.letter WHERE CAST(:batch_id AS uuid) IS NULL OR batch_id = :batch_id);
