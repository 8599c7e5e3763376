-- name: next_deletion_no$
-- The number of the next deletion.
SELECT nextval('data.deletion_no');

-- name: insert_deletion!
-- Put on record what was deleted of one table.
INSERT INTO data.deletion (batch_id, row_no, deletion_no, contract, contract_hash, table_name, as_of, cut_day,
    retention_months, basis, rows_deleted, parties_count, totals, deleted_by, reason, recorded_at)
VALUES (:batch_id, :row_no, :deletion_no, :contract, :contract_hash, :table_name, :as_of, :cut_day,
    :retention_months, :basis, :rows_deleted, :parties_count, :totals, :deleted_by, :reason, :recorded_at);

-- name: list_deletions
-- Every deletion on record, table by table, in order.
SELECT batch_id, deletion_no, contract, contract_hash, as_of, cut_day, retention_months, basis, deleted_by,
    reason, recorded_at, table_name, rows_deleted, parties_count, totals
FROM data.deletion ORDER BY deletion_no, row_no;

-- name: list_deleted_rows
-- Which rows were deleted: stretches of row numbers.
SELECT deletion_no, table_name, source_batch_id, first_row, last_row
FROM data.deleted_rows ORDER BY table_name, source_batch_id, first_row;

-- name: insert_emptying!
-- Put on record what of a class was emptied in one table.
INSERT INTO data.emptying (batch_id, row_no, deletion_no, contract, contract_hash, table_name, sensitivity, as_of,
    cut_day, retention_months, versions, basis, rows_emptied, parties_count, values_by_column, deleted_by, reason,
    recorded_at)
VALUES (:batch_id, :row_no, :deletion_no, :contract, :contract_hash, :table_name, :sensitivity, :as_of,
    :cut_day, :retention_months, :versions, :basis, :rows_emptied, :parties_count, :values_by_column, :deleted_by,
    :reason, :recorded_at);

-- name: list_emptyings
-- What was emptied by class on record, table by table, in order.
SELECT batch_id, deletion_no, contract, contract_hash, as_of, deleted_by, reason, recorded_at, table_name,
    sensitivity, cut_day, retention_months, versions, basis, rows_emptied, parties_count, values_by_column
FROM data.emptying ORDER BY deletion_no, row_no;

-- name: find_emptied
-- What of some rows of a table was emptied, the last deletion last.
SELECT gone.source_batch_id, gone.source_row_no, gone.deletion_no, gone.columns
FROM unnest(:batch_ids::uuid[], :row_nos::integer[]) AS place (batch_id, row_no)
JOIN data.emptied_row AS gone ON gone.source_batch_id = place.batch_id AND gone.source_row_no = place.row_no
WHERE gone.table_name = :table_name
ORDER BY gone.deletion_no, gone.row_no;

-- name: find_emptied_tables
-- Those of some tables of which values were emptied.
SELECT name FROM unnest(:tables::text[]) AS name
WHERE EXISTS (SELECT FROM data.emptied_row WHERE table_name = name) ORDER BY name;
