-- name: lock_contract^
-- Let one import of a contract run at a time; held to the end of the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('creditloop.data/' || :contract, 0));

-- name: find_batch^
-- The import of this file under this contract, if there was one.
SELECT batch_id, contract, contract_version, contract_hash, file_name, file_format, file_sha256, file_bytes,
    rows_read, rows_rejected, tables, findings_by_code, recorded_at,
    EXISTS (SELECT FROM data.import_simulated AS made_up WHERE made_up.batch_id = import_batch.batch_id)
FROM data.import_batch WHERE batch_id = :batch_id;

-- name: insert_batch!
-- Record an import, as its last step.
INSERT INTO data.import_batch (batch_id, row_no, contract, contract_version, contract_hash, file_name, file_format,
    file_sha256, file_bytes, rows_read, rows_rejected, tables, findings_by_code, recorded_at)
VALUES (:batch_id, 0, :contract, :contract_version, :contract_hash, :file_name, :file_format,
    :file_sha256, :file_bytes, :rows_read, :rows_rejected, :tables, :findings_by_code, :recorded_at);

-- name: insert_simulated!
-- Mark an import as simulated, beside its record.
INSERT INTO data.import_simulated (batch_id, row_no) VALUES (:batch_id, 0);

-- name: list_batches
-- Every import, oldest first.
SELECT batch_id, contract, contract_version, contract_hash, file_name, file_format, file_sha256, file_bytes,
    rows_read, rows_rejected, tables, findings_by_code, recorded_at,
    EXISTS (SELECT FROM data.import_simulated AS made_up WHERE made_up.batch_id = import_batch.batch_id)
FROM data.import_batch ORDER BY recorded_at, batch_id;

-- name: list_findings
-- A batch's findings in order, of one code or field if asked for.
SELECT file_name, source_row, table_name, field, code, got, expected, effect, message
FROM data.finding
WHERE batch_id = :batch_id
  AND (:code::text IS NULL OR code = :code)
  AND (:field::text IS NULL OR field = :field)
ORDER BY row_no
LIMIT :most OFFSET :skip;

-- name: count_findings
-- A batch's findings by code, field and effect.
SELECT code, field, effect, count(*) FROM data.finding
WHERE batch_id = :batch_id GROUP BY code, field, effect ORDER BY code, field, effect;

-- name: insert_access$
-- Log one read, allowed or denied, under the next number and the id that names it (`kernel.ids.content_id`).
INSERT INTO data.access_log (batch_id, row_no, access_no, reader, purpose, reason, contract, contract_hash,
    table_name, columns, masked_columns, parties_count, party_token, known_by, allowed, refusal, at)
SELECT encode(set_byte(set_byte(digest, 6, get_byte(digest, 6) & 15 | 128), 8, get_byte(digest, 8) & 63 | 128),
    'hex')::uuid, 0, access_no, :reader, :purpose, :reason, :contract, :contract_hash,
    :table_name, :columns, :masked_columns, :parties_count, :party_token, :known_by, :allowed, :refusal, :at
FROM (
    SELECT access_no, substring(
        sha256(convert_to(:before_number::text || access_no || :after_number::text, 'UTF8')) FOR 16) AS digest
    FROM (SELECT nextval('data.access_no') AS access_no) AS numbered
) AS named
RETURNING batch_id;

-- name: insert_withheld!
-- Say how many parties a read left out because they do not consent.
INSERT INTO data.access_withheld (batch_id, row_no, parties_withheld)
VALUES (:batch_id, 0, :parties_withheld);

-- name: list_accesses
-- The log of reads in order, of one party if asked for.
SELECT reader, purpose, reason, contract, contract_hash, table_name, columns, masked_columns,
    parties_count, party_token, known_by, refusal, at, coalesce(parties_withheld, 0)
FROM data.access_log LEFT JOIN data.access_withheld USING (batch_id, row_no)
WHERE :party_token::text IS NULL OR party_token = :party_token
ORDER BY access_no;

-- name: list_source_tables
-- The tables made from contracts, with what was noted of them when they were made, and their columns in order.
SELECT relation.relname, obj_description(relation.oid, 'pg_class'), ARRAY(
    SELECT attribute.attname::text FROM pg_attribute AS attribute
    WHERE attribute.attrelid = relation.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
    ORDER BY attribute.attnum)
FROM pg_class AS relation
WHERE relation.relnamespace = 'source'::regnamespace AND relation.relkind = 'r'
ORDER BY relation.relname;

-- name: describe_source_table
-- One such table: its note with each of its columns in order, as name, type and whether it may be null.
SELECT obj_description(relation.oid, 'pg_class'), attribute.attname,
    format_type(attribute.atttypid, attribute.atttypmod), NOT attribute.attnotnull
FROM pg_class AS relation JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid
WHERE relation.relnamespace = 'source'::regnamespace AND relation.relkind = 'r' AND relation.relname = :short
  AND attribute.attnum > 0 AND NOT attribute.attisdropped
ORDER BY attribute.attnum;

-- name: is_source_table_described$
-- Whether such a table has this note and, in order, exactly these columns, a line each.
SELECT obj_description(relation.oid, 'pg_class') = :note::text AND :columns::text = (
    SELECT string_agg(concat(attribute.attname, ' ', format_type(attribute.atttypid, attribute.atttypmod),
        CASE WHEN attribute.attnotnull THEN ' NOT NULL' END), chr(10) ORDER BY attribute.attnum)
    FROM pg_attribute AS attribute
    WHERE attribute.attrelid = relation.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped)
FROM pg_class AS relation
WHERE relation.relnamespace = 'source'::regnamespace AND relation.relkind = 'r'
  AND relation.relname = :short::text;
