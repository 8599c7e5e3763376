-- name: lock_document^
-- Let one publication of a document run at a time; held to the end of the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('creditloop.features/' || :document, 0));

-- name: insert_version!
-- Publish a document of window features.
INSERT INTO data.feature_version (batch_id, row_no, document, version_no, path, document_hash, contract,
    contract_hash, features, proof, probe, engines, published_by, simulated, recorded_at)
VALUES (:batch_id, 0, :document, :version_no, :path, :document_hash, :contract,
    :contract_hash, :features, :proof, :probe, :engines, :published_by, :simulated, :recorded_at);

-- name: list_versions
-- Versions as published, of a document or one alone if asked for: by document, the oldest first.
SELECT batch_id, document, version_no, path, document_hash, contract, contract_hash, features, proof, probe,
    engines, published_by, simulated, recorded_at
FROM data.feature_version
WHERE (:document::text IS NULL OR document = :document)
  AND (:batch_id::uuid IS NULL OR batch_id = :batch_id)
ORDER BY document, version_no;
