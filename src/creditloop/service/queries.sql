-- name: last_access_no$
-- The number of the last read logged so far, by anybody.
SELECT last_value FROM data.access_no;

-- name: accesses_at
-- The reads logged from a number on, at the moment of a piece of work; a sequence nobody used yet says 1.
SELECT batch_id FROM data.access_log WHERE access_no >= :after AND at = :now ORDER BY access_no;

-- name: lock_limit_order^
-- Let one transaction at a time acknowledge what is decided about limits, until it ends.
SELECT pg_advisory_xact_lock(hashtext('creditloop limit order'));

-- name: lock_classifying^
-- Let one transaction at a time record a classification, until it ends: two stages may come to need one at once.
SELECT pg_advisory_xact_lock(hashtext('creditloop classifying'));

-- name: lock_opening^
-- Let one process at a time open this bank, until its transaction ends.
SELECT pg_advisory_xact_lock(hashtext('creditloop opening'));

-- name: insert_job_failure!
-- Keep why a job failed: the worker's own tables only say that it did.
INSERT INTO procrastinate.job_failure (job_no, job, failed_at, code, text)
VALUES (:job_no, :job, :failed_at, :code, :text);

-- name: job_failures
-- Why jobs failed from a moment on, oldest first.
SELECT job_no, job, failed_at, code, text FROM procrastinate.job_failure
WHERE failed_at >= :since ORDER BY failed_at, job_no;

-- name: find_said_fact^
-- What a fact said, by its id; nothing if it was not said.
SELECT payload FROM kernel.fact WHERE fact_id = :fact_id;
