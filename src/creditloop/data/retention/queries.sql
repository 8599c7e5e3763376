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
