-- name: lock_membership#
-- Let one piece of work at a time change whether the bank takes part, until its transaction ends.
LOCK TABLE attesting.membership IN SHARE ROW EXCLUSIVE MODE;

-- name: find_membership^
-- Whether the bank takes part now, under which name, and whose key submits.
SELECT version, origin, submitter, active FROM attesting.membership ORDER BY version DESC LIMIT 1;

-- name: insert_membership!
-- Record that the bank takes part from now on, or does so no more.
INSERT INTO attesting.membership (
    batch_id, row_no, version, origin, submitter, active, changed_by, reason, changed_at
) VALUES (:batch_id, 0, :version, :origin, :submitter, :active, :changed_by, :reason, :changed_at);

-- name: lock_loan^
-- Let one piece of work at a time note steps of a loan or end its waiting, until its transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('creditloop.attesting.loan ' || :loan_id, 0));

-- name: find_loans_named
-- The loans of some names on the logs.
SELECT pseudonym, loan_id FROM attesting.loan WHERE pseudonym = ANY(:pseudonyms);

-- name: find_pseudonym^
-- A loan's name on the logs.
SELECT pseudonym FROM attesting.loan WHERE loan_id = :loan_id;

-- name: insert_loan!
-- Give a loan a name on the logs.
INSERT INTO attesting.loan (batch_id, row_no, loan_id, pseudonym, noted_at)
VALUES (:batch_id, 0, :loan_id, :pseudonym, :noted_at);

-- name: find_step^
-- The number of a step that was noted before.
SELECT step_no FROM attesting.step WHERE step_id = :step_id;

-- name: next_step_no$
-- The number of a loan's next step.
SELECT coalesce(max(step_no), 0) + 1 FROM attesting.step WHERE loan_id = :loan_id;

-- name: insert_step!
-- Note a step of a loan.
INSERT INTO attesting.step (
    batch_id, row_no, step_id, loan_id, step_no, step, kind, occurred_at, policy_hash
) VALUES (:step_id, 0, :step_id, :loan_id, :step_no, :step, :kind, :occurred_at, :policy_hash);

-- name: insert_secret!
-- Keep what a commitment is to, once.
INSERT INTO attesting.secret (commitment, salt, body) VALUES (:commitment, :salt, :body)
ON CONFLICT (commitment) DO NOTHING;

-- name: find_secret^
-- What a commitment is to, if it was not deleted.
SELECT salt, body FROM attesting.secret WHERE commitment = :commitment;

-- name: delete_secret!
-- Delete what a commitment was to.
DELETE FROM attesting.secret WHERE commitment = :commitment;

-- name: find_deletion^
-- Whether what a commitment was to was deleted before.
SELECT reason FROM attesting.deletion WHERE commitment = :commitment;

-- name: insert_deletion!
-- Record that what a commitment was to is deleted.
INSERT INTO attesting.deletion (batch_id, row_no, commitment, reason, deleted_by, deleted_at)
VALUES (:batch_id, 0, :commitment, :reason, :deleted_by, :deleted_at);

-- name: insert_pending!
-- Put a step among those to be sent.
INSERT INTO attesting.pending (step_id, loan_id) VALUES (:step_id, :loan_id);

-- name: lock_sending#
-- Let one process at a time make batches, until its transaction ends.
LOCK TABLE attesting.batch IN SHARE ROW EXCLUSIVE MODE;

-- name: find_sendable
-- Steps that may be sent now, in order: none of a loan before one of its own that is under way or put off.
SELECT pending.step_id, pending.loan_id, loan.pseudonym, step.kind, step.occurred_at
FROM attesting.pending AS pending
JOIN attesting.step AS step USING (step_id)
JOIN attesting.loan AS loan ON loan.loan_id = pending.loan_id
WHERE pending.batch IS NULL AND (pending.not_before IS NULL OR pending.not_before <= :now)
  AND NOT EXISTS (
    SELECT 1 FROM attesting.pending AS earlier
    WHERE earlier.loan_id = pending.loan_id AND earlier.pending_no < pending.pending_no
      AND (earlier.batch IS NOT NULL OR earlier.not_before > :now)
  )
ORDER BY pending.pending_no LIMIT :records_max;

-- name: find_commitments
-- The commitments of some steps, in order of their names.
SELECT step_id, name, commitment FROM attesting.document WHERE step_id = ANY(:step_ids) ORDER BY step_id, name COLLATE "C";

-- name: find_heads
-- The last record of each of some loans that is final on our log.
SELECT DISTINCT ON (step.loan_id) step.loan_id, sent.sequence, sent.record_hash
FROM attesting.sent AS sent
JOIN attesting.outcome AS outcome USING (batch, step_id)
JOIN attesting.step AS step USING (step_id)
JOIN attesting.batch AS batch USING (batch)
WHERE step.loan_id = ANY(:loan_ids) AND outcome.ended = 'final' AND batch.origin = :origin
ORDER BY step.loan_id, sent.sequence DESC;

-- name: insert_batch!
-- Write a signed batch down before it is sent.
INSERT INTO attesting.batch (batch_id, row_no, batch, origin, body, made_at)
VALUES (:batch_id, 0, :batch, :origin, :body, :made_at);

-- name: lock_batch^
-- Let one piece of work at a time hand a batch in or withdraw it, until its transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('creditloop.attesting.batch ' || :batch, 0));

-- name: find_batch_to_submit^
-- A batch as it was written down, unless it was withdrawn.
SELECT body FROM attesting.batch AS batch
WHERE batch.batch = :batch
  AND NOT EXISTS (SELECT 1 FROM attesting.withdrawal AS withdrawal WHERE withdrawal.batch = batch.batch);

-- name: find_withdrawal^
-- Who withdrew a batch, why, and what our node had said to it.
SELECT answer, records, withdrawn_by, reason, withdrawn_at FROM attesting.withdrawal WHERE batch = :batch;

-- name: insert_withdrawal!
-- Record that a batch is submitted no more.
INSERT INTO attesting.withdrawal (batch_id, row_no, batch, answer, records, withdrawn_by, reason, withdrawn_at)
VALUES (:batch_id, 0, :batch, :answer, :records, :withdrawn_by, :reason, :withdrawn_at);

-- name: find_batches_withdrawn
-- The withdrawn batches that any of some steps was in, the oldest first.
SELECT DISTINCT withdrawal.batch FROM attesting.withdrawal AS withdrawal
JOIN attesting.sent AS sent ON sent.batch = withdrawal.batch
WHERE sent.step_id = ANY(:step_ids) ORDER BY withdrawal.batch;

-- name: mark_sent!
-- Steps are under way in a batch.
UPDATE attesting.pending SET batch = :batch, not_before = NULL WHERE step_id = ANY(:step_ids);

-- name: find_open_batches
-- The batches under way, the oldest first.
SELECT batch FROM attesting.batch
WHERE batch IN (SELECT pending.batch FROM attesting.pending WHERE pending.batch IS NOT NULL)
ORDER BY made_at, batch;

-- name: find_recalled_batches
-- The withdrawn batches with records that are not decided, unless what came of the batch is written down.
SELECT withdrawal.batch FROM attesting.withdrawal AS withdrawal
WHERE EXISTS (
    SELECT 1 FROM attesting.sent AS sent JOIN attesting.pending AS pending USING (step_id)
    WHERE sent.batch = withdrawal.batch
  ) AND NOT EXISTS (SELECT 1 FROM attesting.outcome AS outcome WHERE outcome.batch = withdrawal.batch)
ORDER BY withdrawal.withdrawn_at, withdrawal.batch;

-- name: hold_back!
-- Steps of a withdrawn batch that are in no other one are not sent before a moment.
UPDATE attesting.pending SET not_before = :not_before
WHERE batch IS NULL AND step_id IN (SELECT sent.step_id FROM attesting.sent AS sent WHERE sent.batch = :batch);

-- name: lock_recalled
-- The records of a withdrawn batch that are not decided, by their places; nobody else decides them until the transaction ends.
SELECT sent.row_no, sent.step_id, step.loan_id, waiting_now.loan_id IS NOT NULL AS is_awaited
FROM attesting.pending AS pending
JOIN attesting.sent AS sent ON sent.batch = :batch AND sent.step_id = pending.step_id
JOIN attesting.step AS step ON step.step_id = pending.step_id
LEFT JOIN attesting.waiting AS waiting ON waiting.step_id = pending.step_id
LEFT JOIN attesting.waiting_now ON waiting_now.loan_id = waiting.loan_id
WHERE NOT EXISTS (SELECT 1 FROM attesting.outcome AS outcome WHERE outcome.batch = :batch)
ORDER BY sent.row_no FOR UPDATE OF pending;

-- name: lock_open
-- The records of a batch that are not decided yet, by their places; nobody else decides them until the transaction ends.
SELECT sent.row_no, sent.step_id, step.loan_id, waiting_now.loan_id IS NOT NULL AS is_awaited
FROM attesting.pending AS pending
JOIN attesting.sent AS sent ON sent.batch = pending.batch AND sent.step_id = pending.step_id
JOIN attesting.step AS step ON step.step_id = pending.step_id
LEFT JOIN attesting.waiting AS waiting ON waiting.step_id = pending.step_id
LEFT JOIN attesting.waiting_now ON waiting_now.loan_id = waiting.loan_id
WHERE pending.batch = :batch ORDER BY sent.row_no FOR UPDATE OF pending;

-- name: delete_pending!
-- Steps that are decided are to be sent no more.
DELETE FROM attesting.pending WHERE step_id = ANY(:step_ids);

-- name: put_back!
-- A step is to be sent again, not before a moment.
UPDATE attesting.pending SET batch = NULL, not_before = :not_before WHERE step_id = :step_id;

-- name: find_committed
-- The documents of a loan that final records of our log commit to, with what is left of their secrets.
SELECT sent.sequence, document.name, document.commitment, document.kind, document.media_type,
    document.title_zh, document.title_en, secret.salt, secret.body
FROM attesting.step AS step
JOIN attesting.outcome AS outcome ON outcome.step_id = step.step_id AND outcome.ended = 'final'
JOIN attesting.sent AS sent ON sent.step_id = step.step_id AND sent.batch = outcome.batch
JOIN attesting.document AS document ON document.step_id = step.step_id
LEFT JOIN attesting.secret AS secret ON secret.commitment = document.commitment
WHERE step.loan_id = :loan_id ORDER BY sent.sequence, document.name COLLATE "C";

-- name: find_step_documents
-- The documents of a step, with what is left of their secrets.
SELECT document.name, document.commitment, document.kind, document.media_type, document.title_zh, document.title_en,
    secret.salt, secret.body
FROM attesting.document AS document LEFT JOIN attesting.secret AS secret USING (commitment)
WHERE document.step_id = :step_id ORDER BY document.name COLLATE "C";

-- name: find_steps
-- The steps of a loan in their order: how far each is, under which number it stands on our log, who objected why.
SELECT step.step_id, step.step_no, step.step, step.kind, step.occurred_at, pending.batch IS NOT NULL AS is_sent,
    last.ended, sent.batch, sent.sequence, sent.record_hash, last.log_index, last.reasons, last.decided_at
FROM attesting.step AS step
LEFT JOIN attesting.pending AS pending USING (step_id)
LEFT JOIN LATERAL (
    SELECT outcome.ended, outcome.batch, outcome.log_index, outcome.reasons, outcome.decided_at
    FROM attesting.outcome AS outcome WHERE outcome.step_id = step.step_id
    ORDER BY outcome.decided_at DESC, outcome.ended LIMIT 1
) AS last ON true
LEFT JOIN attesting.sent AS sent ON sent.step_id = step.step_id AND sent.batch = coalesce(pending.batch, last.batch)
WHERE step.loan_id = :loan_id ORDER BY step.step_no;

-- name: count_pending^
-- How many steps are not decided, how many of them are under way, and since when the oldest is there.
SELECT count(*), count(pending.batch), min(step.occurred_at)
FROM attesting.pending AS pending JOIN attesting.step AS step USING (step_id);

-- name: find_pending
-- The steps that are not decided, the oldest first, so many at most.
SELECT step.loan_id, step.step, step.occurred_at, pending.batch, pending.not_before
FROM attesting.pending AS pending JOIN attesting.step AS step USING (step_id)
ORDER BY pending.pending_no LIMIT :steps_max;

-- name: insert_waiting!
-- A loan's payout waits from now on.
INSERT INTO attesting.waiting (
    batch_id, row_no, loan_id, party_id, step_id, agreement_hash, principal_fen, payout_order, within_seconds,
    persons, roles, policy_hash, since
) VALUES (
    :batch_id, 0, :loan_id, :party_id, :step_id, :agreement_hash, :principal_fen, :payout_order,
    :within_seconds, :persons, :roles, :policy_hash, :since
);

-- name: find_waiting^
-- A loan whose payout waits or waited, and how that ended.
SELECT waiting.loan_id, party_id, step_id, agreement_hash, principal_fen, payout_order, within_seconds, persons,
    roles, policy_hash, since, ending.ended, ending.by_break_glass, ending.detail, ending.ended_at
FROM attesting.waiting AS waiting LEFT JOIN attesting.waiting_end AS ending USING (loan_id)
WHERE waiting.loan_id = :loan_id;

-- name: find_all_waiting
-- The loans whose payout waits now, of one party or of all, the oldest first.
SELECT waiting.loan_id FROM attesting.waiting_now JOIN attesting.waiting AS waiting USING (loan_id)
WHERE waiting_now.party_id = :party_id OR :party_id::text IS NULL ORDER BY waiting.since, waiting.loan_id;

-- name: find_last_ended
-- The loans whose payout waits no more, the last ended first, so many at most.
SELECT loan_id FROM attesting.waiting_end ORDER BY ended_at DESC, loan_id LIMIT :most;

-- name: sum_waiting$
-- What the payouts of a party that wait now come to, fen.
SELECT coalesce(sum(waiting.principal_fen), 0)::bigint
FROM attesting.waiting_now JOIN attesting.waiting AS waiting USING (loan_id)
WHERE waiting_now.party_id = :party_id;

-- name: insert_waiting_now!
-- Put a loan among those whose payout waits now.
INSERT INTO attesting.waiting_now (loan_id, party_id) VALUES (:loan_id, :party_id);

-- name: delete_waiting_now!
-- Take a loan from those whose payout waits now.
DELETE FROM attesting.waiting_now WHERE loan_id = :loan_id;

-- name: insert_waiting_end!
-- A loan's payout waits no more.
INSERT INTO attesting.waiting_end (batch_id, row_no, loan_id, ended, by_break_glass, detail, ended_at)
VALUES (:batch_id, 0, :loan_id, :ended, :by_break_glass, :detail, :ended_at);

-- name: insert_broken_glass!
-- A person answers for a payout whose record is not final.
INSERT INTO attesting.broken_glass (
    batch_id, row_no, loan_id, person_no, person, reason, simulated, broken_at
) VALUES (:batch_id, 0, :loan_id, :person_no, :person, :reason, :simulated, :broken_at);

-- name: find_broken_glass
-- Who answers for a payout whose record is not final, in order.
SELECT person_no, person, reason, simulated, broken_at
FROM attesting.broken_glass WHERE loan_id = :loan_id ORDER BY person_no;

-- name: lock_loans
-- As lock_loan, for many loans: always in one order, so that two who lock some never wait for each other.
SELECT pg_advisory_xact_lock(hashtextextended('creditloop.attesting.loan ' || sorted.loan_id, 0))::text
FROM (SELECT loan_id FROM unnest(CAST(:loan_ids AS text[])) AS listed (loan_id) ORDER BY loan_id) AS sorted;

-- name: find_last_steps
-- The last step's number of each of some loans that have a name on the logs.
SELECT loan.loan_id, coalesce(max(step.step_no), 0)
FROM attesting.loan AS loan LEFT JOIN attesting.step AS step USING (loan_id)
WHERE loan.loan_id = ANY(:loan_ids) GROUP BY loan.loan_id;

-- name: find_noted
-- Which of some steps were noted before.
SELECT step_id FROM attesting.step WHERE step_id = ANY(:step_ids);

-- name: find_loans_kept
-- Loans, or one, of which something is kept under a commitment, all steps decided and made before a moment; their last step.
SELECT loan.loan_id, max(step.occurred_at)
FROM attesting.loan AS loan JOIN attesting.step AS step USING (loan_id)
WHERE CAST(:loan_id AS text) IS NULL OR loan.loan_id = :loan_id
GROUP BY loan.loan_id, loan.pseudonym
HAVING max(step.occurred_at) < :before
  AND NOT EXISTS (SELECT 1 FROM attesting.pending AS pending WHERE pending.loan_id = loan.loan_id)
  AND (
    EXISTS (SELECT 1 FROM attesting.secret AS secret WHERE secret.commitment = loan.pseudonym)
    OR EXISTS (
        SELECT 1 FROM attesting.step AS own
        JOIN attesting.document AS document ON document.step_id = own.step_id
        JOIN attesting.secret AS secret ON secret.commitment = document.commitment
        WHERE own.loan_id = loan.loan_id
    )
  )
ORDER BY loan.loan_id COLLATE "C";

-- name: is_anything_kept$
-- Whether anything is kept under a commitment.
SELECT EXISTS (SELECT 1 FROM attesting.secret);

-- name: find_kept_commitments
-- Under which commitments something of a loan is kept; not what another loan commits to as well whose name is kept.
SELECT document.commitment
FROM attesting.step AS step
JOIN attesting.document AS document ON document.step_id = step.step_id
JOIN attesting.secret AS secret ON secret.commitment = document.commitment
WHERE step.loan_id = :loan_id AND NOT EXISTS (
    SELECT 1 FROM attesting.document AS same
    JOIN attesting.step AS of_other ON of_other.step_id = same.step_id AND of_other.loan_id <> step.loan_id
    JOIN attesting.loan AS other ON other.loan_id = of_other.loan_id
    JOIN attesting.secret AS name ON name.commitment = other.pseudonym
    WHERE same.commitment = document.commitment
)
UNION
SELECT secret.commitment FROM attesting.loan AS loan
JOIN attesting.secret AS secret ON secret.commitment = loan.pseudonym
WHERE loan.loan_id = :loan_id
ORDER BY 1;

-- name: find_document_deletions
-- What was deleted under commitments: when, by whom, why, how much, the oldest first.
SELECT deleted_at, deleted_by, reason, count(*) FROM attesting.deletion
GROUP BY deleted_at, deleted_by, reason ORDER BY deleted_at, deleted_by, reason;
