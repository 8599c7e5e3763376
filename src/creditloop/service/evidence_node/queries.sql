-- name: take_turn^
-- Be the one process that writes to this node's store, for as long as the connection lives.
SELECT pg_try_advisory_lock(hashtext('creditloop evidence node'));

-- name: find_note^
-- The notes of a log.
SELECT latest, final FROM node.note WHERE origin = :origin;

-- name: lock_size^
-- The entries of a log, nobody else changing it until the transaction ends.
SELECT size FROM node.note WHERE origin = :origin FOR UPDATE;

-- name: find_rounds
-- The rounds of a log from the one that holds an entry on, so many at once, in order.
SELECT first, after, body FROM node.round
WHERE origin = :origin AND after > :first ORDER BY after LIMIT :rounds_max;

-- name: find_rounds_before
-- The last rounds of a log that end at or before an entry, the newest first.
SELECT first, after, body FROM node.round
WHERE origin = :origin AND after <= :before ORDER BY after DESC LIMIT :rounds_max;

-- name: find_objected_rounds
-- The same among the rounds that begin at some places, of those that have objections.
SELECT first, after, body FROM node.round
WHERE origin = :origin AND after <= :before AND first = ANY(:firsts)
    AND position('"late":[],"objections":[],'::bytea IN body) = 0
ORDER BY after DESC LIMIT :rounds_max;

-- name: save_latest!
-- Replace a log's last checkpoint, or write down its first.
INSERT INTO node.note (origin, size, latest, final) VALUES (:origin, :size, :latest, '')
ON CONFLICT (origin) DO UPDATE SET size = excluded.size, latest = excluded.latest;

-- name: save_final!
-- Replace the last checkpoint of a log that a quorum cosigned.
INSERT INTO node.note (origin, size, latest, final) VALUES (:origin, 0, '', :final)
ON CONFLICT (origin) DO UPDATE SET final = excluded.final;

-- name: insert_proposal!
-- Keep a batch that waits.
INSERT INTO node.proposal (batch, body) VALUES (:batch, :body);

-- name: delete_proposal!
-- Forget a batch that is decided.
DELETE FROM node.proposal WHERE batch = :batch;

-- name: find_proposals
-- The batches that wait, in the order they came.
SELECT body FROM node.proposal ORDER BY proposal_no;

-- name: insert_verdict!
-- Keep a verdict that is about to be given.
INSERT INTO node.verdict (origin, size, batch_hash, header, verdict)
VALUES (:origin, :size, :batch_hash, :header, :verdict);

-- name: find_verdict^
-- The verdict given on a batch on top of a size.
SELECT verdict FROM node.verdict WHERE origin = :origin AND size = :size AND batch_hash = :batch_hash;

-- name: find_headers
-- The headers of the batches on which a verdict was given on top of a size or a later one.
SELECT header FROM node.verdict WHERE origin = :origin AND size >= :size ORDER BY verdict_no;

-- name: insert_contradiction!
-- Keep the proof that a party contradicted itself.
INSERT INTO node.contradiction (body) VALUES (:body);

-- name: find_contradictions
-- The proofs, in the order they were kept.
SELECT body FROM node.contradiction ORDER BY contradiction_no;

-- name: insert_audit_line!
-- Keep a line about a refused message, or for a person.
INSERT INTO node.audit_line (at, party, what, detail) VALUES (:at, :party, :what, :detail);

-- name: find_audit_lines
-- The last lines, the newest first.
SELECT at, party, what, detail FROM node.audit_line ORDER BY line_no DESC LIMIT :lines_max;

-- name: all_rounds
-- Every round there is, log by log, in order, for the check of the store.
SELECT origin, first, after, body FROM node.round ORDER BY origin, first;

-- name: all_notes
-- Every log's notes, for the check of the store.
SELECT origin, size, latest, final FROM node.note ORDER BY origin;

-- name: all_verdicts
-- Every verdict there is, for the check of the store.
SELECT origin, size, batch_hash, header, verdict FROM node.verdict ORDER BY origin, size, batch_hash;

-- name: all_contradictions
-- Every proof there is, for the check of the store.
SELECT contradiction_no, body FROM node.contradiction ORDER BY contradiction_no;

-- name: all_proposals
-- Every batch that waits, for the check of the store.
SELECT proposal_no, batch, body FROM node.proposal ORDER BY proposal_no;

-- name: guarded_tables
-- The tables whose guard against changes stands and is switched on.
SELECT class.relname FROM pg_catalog.pg_trigger AS guard
JOIN pg_catalog.pg_class AS class ON class.oid = guard.tgrelid
JOIN pg_catalog.pg_namespace AS space ON space.oid = class.relnamespace
WHERE space.nspname = 'node' AND guard.tgname = 'append_only' AND guard.tgenabled IN ('O', 'A')
    AND guard.tgfoid = pg_catalog.to_regproc('kernel.refuse_change');
