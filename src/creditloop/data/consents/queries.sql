-- name: lock_party^
-- Let one record about a party be taken at a time, so that their order is the order of their numbers.
SELECT pg_advisory_xact_lock(hashtextextended('creditloop.data.consents/' || :party_id, 0));

-- name: find_record^
-- The record of this id, if there is one.
SELECT kind, consent_id, party_id, contracts, purposes, channel, evidence, valid_from, valid_until,
    wording_version, wording_hash, consent_no, recorded_at
FROM data.consent WHERE consent_id = :consent_id;

-- name: records_of
-- A party's records in the order in which they were taken.
SELECT kind, consent_id, party_id, contracts, purposes, channel, evidence, valid_from, valid_until,
    wording_version, wording_hash, consent_no, recorded_at
FROM data.consent WHERE party_id = :party_id ORDER BY consent_no;

-- name: insert_record!
-- Take a record.
INSERT INTO data.consent (batch_id, row_no, consent_no, consent_id, kind, party_id, contracts, purposes,
    valid_from, valid_until, wording_version, wording_hash, channel, evidence, recorded_at)
VALUES (:batch_id, 0, nextval('data.consent_no'), :consent_id, :kind, :party_id, :contracts, :purposes,
    :valid_from, :valid_until, :wording_version, :wording_hash, :channel, :evidence, :recorded_at);

-- name: consenting_parties
-- Who consents to a source being read for a purpose, of all parties or of some.
SELECT DISTINCT given.party_id FROM data.consent AS given
WHERE given.kind = 'given' AND (:everybody OR given.party_id = ANY(:party_ids))
  AND :contract = ANY(given.contracts) AND :purpose = ANY(given.purposes)
  AND given.valid_from <= :at AND (given.valid_until IS NULL OR given.valid_until > :at)
  AND NOT EXISTS (
    SELECT FROM data.consent AS withdrawn
    WHERE withdrawn.party_id = given.party_id AND withdrawn.kind = 'withdrawn'
      AND withdrawn.consent_no > given.consent_no
      AND :contract = ANY(withdrawn.contracts) AND :purpose = ANY(withdrawn.purposes)
  )
ORDER BY given.party_id;
