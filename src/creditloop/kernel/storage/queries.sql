-- name: insert_document!
-- Keep a document's text once; a repeat of the same text changes nothing.
INSERT INTO kernel.document (batch_id, row_no, document_hash, kind, path, body, adopted_at)
VALUES (:batch_id, 0, :document_hash, :kind, :path, :body, :adopted_at)
ON CONFLICT DO NOTHING;

-- name: list_documents
-- What the archive keeps, without the texts, newest first; all, or of one kind.
SELECT document_hash, kind, path, length(body), adopted_at FROM kernel.document
WHERE :kind::text IS NULL OR kind = :kind
ORDER BY adopted_at DESC, path, document_hash;

-- name: find_document^
-- The text of a document that was adopted, by its hash.
SELECT body, path FROM kernel.document WHERE document_hash = :document_hash;

-- name: find_fact^
-- The fact said before under this id, if any.
SELECT occurred_at, known_at, payload FROM kernel.fact WHERE fact_id = :fact_id;

-- name: insert_fact^
-- Say a fact; its order of arrival comes back, nothing if it was said before.
INSERT INTO kernel.fact (batch_id, row_no, fact_id, kind, key, occurred_at, known_at, payload)
VALUES (:fact_id, 0, :fact_id, :kind, :key, :occurred_at, :known_at, :payload)
ON CONFLICT DO NOTHING
RETURNING fact_no;

-- name: insert_delivery!
-- Note that a subscriber has to act on a fact.
INSERT INTO kernel.delivery (subscriber, fact_id, fact_no)
VALUES (:subscriber, :fact_id, :fact_no);

-- name: claim_deliveries
-- Lease up to :most open deliveries to the subscribers given, oldest first, skipping what others hold.
WITH open AS MATERIALIZED (  -- computed once, whatever the plan; rescanned, it would lease too many
    SELECT delivery.subscriber, delivery.fact_id
    FROM kernel.delivery AS delivery
    JOIN kernel.fact AS fact ON fact.fact_id = delivery.fact_id
    WHERE delivery.delivered_at IS NULL AND (delivery.leased_until IS NULL OR delivery.leased_until <= :now)
      AND (delivery.subscriber, fact.kind) IN (SELECT * FROM unnest(:subscribers::text[], :kinds::text[]))
      AND delivery.attempts < :attempts_max
    ORDER BY delivery.fact_no, delivery.subscriber
    LIMIT :most
    FOR UPDATE OF delivery SKIP LOCKED
)
UPDATE kernel.delivery AS taken
SET leased_until = :leased_until, attempts = taken.attempts + 1
FROM open JOIN kernel.fact AS fact ON fact.fact_id = open.fact_id
WHERE taken.subscriber = open.subscriber AND taken.fact_id = open.fact_id
RETURNING taken.subscriber, taken.attempts, fact.fact_no, fact.kind, fact.key, fact.occurred_at, fact.known_at,
    fact.payload;

-- name: hold_delivery^
-- Lock a delivery for acting on it, if the lease is still ours and nobody finished it.
SELECT 1 FROM kernel.delivery
WHERE subscriber = :subscriber AND fact_id = :fact_id AND attempts = :attempts AND delivered_at IS NULL
FOR UPDATE;

-- name: finish_delivery!
-- Note that a subscriber has acted.
UPDATE kernel.delivery SET delivered_at = :now, leased_until = NULL, last_error = NULL
WHERE subscriber = :subscriber AND fact_id = :fact_id;

-- name: fail_delivery!
-- Note why a subscriber could not act, and when it may be tried again, unless another worker has taken it up.
UPDATE kernel.delivery SET leased_until = :retry_at, last_error = :error
WHERE subscriber = :subscriber AND fact_id = :fact_id AND attempts = :attempts AND delivered_at IS NULL;

-- name: open_deliveries
-- What is still to be acted on, and why it failed if it did.
SELECT delivery.subscriber, delivery.attempts, delivery.last_error, fact.kind, fact.key
FROM kernel.delivery AS delivery JOIN kernel.fact AS fact USING (fact_id)
WHERE delivery.delivered_at IS NULL
ORDER BY fact.fact_no, delivery.subscriber;
