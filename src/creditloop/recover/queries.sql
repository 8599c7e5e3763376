-- name: insert_batch!
-- Record a month's routing.
INSERT INTO recover.routing_batch (
    batch_id, row_no, product, business_date, rules_as_of, policy_hash, warning_batch, parties, cases, content_hash,
    recorded_at
) VALUES (
    :batch_id, 0, :product, :business_date, :rules_as_of, :policy_hash, :warning_batch, :parties, :cases,
    :content_hash, :recorded_at
);

-- name: find_runs
-- Every routing, oldest business date first; of the same date the last recorded comes last.
SELECT batch_id, product, business_date, rules_as_of, policy_hash, warning_batch, parties, cases, content_hash
FROM recover.routing_batch ORDER BY business_date, recorded_at, batch_id;

-- name: routing_counts
-- Cases and amounts of a routing by route and the rule that decided, in fen.
SELECT route, rule, count(*) AS cases, CAST(sum(amount_fen) AS bigint) AS amount_fen,
    CAST(coalesce(sum(value_at_risk_fen), 0) AS bigint) AS value_at_risk_fen
FROM recover.case WHERE batch_id = :batch_id
GROUP BY route, rule ORDER BY route, rule;

-- name: find_queue
-- The cases open on a day, those of each product's last routing by then, largest value at risk first.
WITH latest AS (
    SELECT DISTINCT ON (product) batch_id FROM recover.routing_batch
    WHERE business_date <= :on ORDER BY product, business_date DESC, recorded_at DESC, batch_id DESC
), complaints AS (
    SELECT DISTINCT party_id FROM recover.contact_event AS said
    WHERE said.kind IN ('complaint', 'objection') AND said.on_day <= :on AND NOT EXISTS (
        SELECT 1 FROM recover.contact_event AS answer
        WHERE answer.party_id = said.party_id AND answer.resolves = said.event_id AND answer.on_day <= :on
    )
), contacts AS (
    SELECT party_id, count(*) AS contacts_on_day FROM recover.contact_event
    WHERE kind IN ('message', 'call') AND on_day = :on GROUP BY party_id
)
SELECT case_id, party_id, opened_on, months_late, amount_fen, value_at_risk_fen, grade, level, route, rule,
    reason_code, reason_zh, reason_en, complaints.party_id IS NOT NULL AS stopped,
    coalesce(contacts_on_day, 0) AS contacts_on_day, batch_id
FROM recover.case JOIN latest USING (batch_id)
    LEFT JOIN complaints USING (party_id) LEFT JOIN contacts USING (party_id)
WHERE CAST(:route AS text) IS NULL OR route = :route
ORDER BY value_at_risk_fen DESC NULLS FIRST, party_id
LIMIT CAST(:most AS bigint) OFFSET :skip;

-- name: find_cases
-- One customer's cases, oldest month first.
SELECT case_id, party_id, opened_on, months_late, amount_fen, value_at_risk_fen, grade, level, route, rule,
    reason_code, reason_zh, reason_en, batch_id
FROM recover.case JOIN recover.routing_batch AS batch USING (batch_id)
WHERE party_id = :party_id ORDER BY opened_on, batch.recorded_at, batch_id;

-- name: find_open_case^
-- One customer's case in the last routing by a day, if it is there.
SELECT case_id, party_id, opened_on, months_late, amount_fen, value_at_risk_fen, grade, level, route, rule,
    reason_code, reason_zh, reason_en, batch_id
FROM recover.case
WHERE party_id = :party_id AND batch_id IN (
    SELECT DISTINCT ON (product) batch_id FROM recover.routing_batch
    WHERE business_date <= :on ORDER BY product, business_date DESC, recorded_at DESC, batch_id DESC
)
ORDER BY opened_on DESC, batch_id LIMIT 1;

-- name: lock_contacts^
-- Let one writer at a time act on a customer, until the end of the caller's transaction.
SELECT pg_advisory_xact_lock(hashtextextended('recover ' || :party_id, 0));

-- name: insert_event!
-- Record a contact, a complaint, an objection or a resolution.
INSERT INTO recover.contact_event (
    batch_id, row_no, event_id, party_id, kind, at, on_day, case_id, resolves, person, note, rule, policy_hash,
    simulated, recorded_at
) VALUES (
    :batch_id, 0, :event_id, :party_id, :kind, :at, :on_day, :case_id, :resolves, :person, :note, :rule,
    :policy_hash, :simulated, :recorded_at
);

-- name: find_events
-- What happened between the bank and a customer, oldest first.
SELECT event_id, party_id, kind, at, on_day, case_id, resolves, person, note, rule, policy_hash, simulated, batch_id
FROM recover.contact_event WHERE party_id = :party_id ORDER BY at, recorded_at, event_id;

-- name: count_events
-- Contact events by kind, and how many of them are simulated.
SELECT kind, count(*), count(*) FILTER (WHERE simulated) FROM recover.contact_event GROUP BY kind ORDER BY kind;

-- name: cases_of_batch
-- The cases of a routing, with what they were routed by.
SELECT party_id, months_late, amount_fen, grade, level, value_at_risk_fen, route, rule, reason_code, reason_zh, reason_en
FROM recover.case WHERE batch_id = :batch_id;
