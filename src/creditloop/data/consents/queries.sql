-- name: lock_party^
-- Let one record about a party be taken at a time, so that their order is the order of their numbers.
SELECT pg_advisory_xact_lock(hashtextextended('creditloop.data.consents/' || :party_id, 0));

-- name: lock_out_bulk!
-- Let no bulk be taken while one record is: from here on what stands is seen. Other records are not kept waiting.
LOCK TABLE data.consent IN ROW EXCLUSIVE MODE;

-- name: lock_out_all!
-- Let nobody else take a record while a bulk is taken; reading goes on.
LOCK TABLE data.consent IN SHARE ROW EXCLUSIVE MODE;

-- name: find_record^
-- The record of this id, if there is one.
SELECT kind, consent_id, party_id, contracts, purposes, channel, evidence, valid_from, valid_until,
    wording_version, wording_hash, consent_no, recorded_at, batch_id
FROM data.consent WHERE consent_id = :consent_id;

-- name: records_of
-- A party's records in the order in which they were taken.
SELECT kind, consent_id, party_id, contracts, purposes, channel, evidence, valid_from, valid_until,
    wording_version, wording_hash, consent_no, recorded_at, batch_id
FROM data.consent WHERE party_id = :party_id ORDER BY consent_no;

-- name: find_records
-- The records of these ids.
SELECT kind, consent_id, party_id, contracts, purposes, channel, evidence, valid_from, valid_until,
    wording_version, wording_hash, consent_no, recorded_at, batch_id
FROM data.consent WHERE consent_id = ANY(:consent_ids);

-- name: next_numbers
-- The next so many places among all records.
SELECT nextval('data.consent_no') FROM generate_series(1, :count);

-- name: insert_record!
-- Take a record.
INSERT INTO data.consent (batch_id, row_no, consent_no, consent_id, kind, party_id, contracts, purposes,
    valid_from, valid_until, wording_version, wording_hash, channel, evidence, recorded_at)
VALUES (:batch_id, 0, nextval('data.consent_no'), :consent_id, :kind, :party_id, :contracts, :purposes,
    :valid_from, :valid_until, :wording_version, :wording_hash, :channel, :evidence, :recorded_at);

-- name: consenting_parties
-- Who consents to a source being read for a purpose, of all parties or of some; the door's reads stand on it.
SELECT DISTINCT given.party_id FROM data.consent AS given
WHERE given.kind = 'given' AND (:everybody OR given.party_id IN (SELECT unnest(CAST(:party_ids AS text[]))))
  AND :contract = ANY(given.contracts) AND :purpose = ANY(given.purposes)
  AND given.valid_from <= :at AND (given.valid_until IS NULL OR given.valid_until > :at)
  AND NOT EXISTS (
    SELECT FROM data.consent AS withdrawn
    WHERE withdrawn.party_id = given.party_id AND withdrawn.kind = 'withdrawn'
      AND withdrawn.consent_no > given.consent_no
      AND :contract = ANY(withdrawn.contracts) AND :purpose = ANY(withdrawn.purposes)
  );
