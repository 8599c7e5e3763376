-- name: lock_log#
-- Nobody else seals or starts to verify until the transaction ends.
LOCK TABLE evidence.entry IN SHARE ROW EXCLUSIVE MODE;

-- name: lock_checkpoints#
-- Nobody else extends or starts to verify until the transaction ends; who seals goes on.
LOCK TABLE evidence.checkpoint IN SHARE ROW EXCLUSIVE MODE;

-- name: log_end^
-- The last entry, if any.
SELECT entry_no, body, signature FROM evidence.entry ORDER BY entry_no DESC LIMIT 1;

-- name: sealed_counts
-- How many rows of some batches were sealed, table by table.
SELECT batch_id, table_name, sum(octet_length(row_hashes) / 32)::bigint AS row_count, count(*) AS entry_count
FROM evidence.chunk WHERE batch_id = ANY(:batch_ids::uuid[]) GROUP BY batch_id, table_name;

-- name: hold_log#
-- Wait for whoever seals or extends, and keep them waiting until the transaction or savepoint ends.
LOCK TABLE evidence.entry, evidence.checkpoint IN SHARE MODE;

-- name: entries
-- Every entry, in order; what cannot be NULL is shown as empty if somebody made it so.
SELECT coalesce(entry_no, -1) AS entry_no, coalesce(body, '') AS body, coalesce(leaf_hash, '') AS leaf_hash,
    coalesce(signature, '') AS signature
FROM evidence.entry ORDER BY entry_no;

-- name: entries_from
-- Entries from a number on, in order.
SELECT entry_no, body, leaf_hash, signature FROM evidence.entry WHERE entry_no >= :first ORDER BY entry_no;

-- name: entry_body^
-- What one entry says.
SELECT body FROM evidence.entry WHERE entry_no = :entry_no;

-- name: last_checkpoint_size$
-- Entries under the newest checkpoint copied, 0 if there is none.
SELECT coalesce(max(size), 0) FROM evidence.checkpoint;

-- name: insert_checkpoint!
-- Keep a copy of a signed checkpoint.
INSERT INTO evidence.checkpoint (size, note) VALUES (:size, :note) ON CONFLICT (size) DO NOTHING;

-- name: all_checkpoints
-- The copies of the signed checkpoints.
SELECT coalesce(size, -1) AS size, coalesce(note, '') AS note FROM evidence.checkpoint ORDER BY size;

-- name: chunk_index
-- Which rows each chunk says it is about.
SELECT coalesce(entry_no, -1) AS entry_no, table_name, batch_id::text AS batch, first_row, (octet_length(row_hashes) / 32)::integer AS row_count
FROM evidence.chunk ORDER BY entry_no;

-- name: chunks_of
-- Salts and row hashes of some entries.
SELECT entry_no, coalesce(salts, '') AS salts, coalesce(row_hashes, '') AS row_hashes
FROM evidence.chunk WHERE entry_no = ANY(:entry_nos);

-- name: find_chunk^
-- The chunk that holds a row.
SELECT chunk.entry_no, chunk.first_row, chunk.salts, chunk.row_hashes, entry.body
FROM evidence.chunk AS chunk JOIN evidence.entry AS entry USING (entry_no)
WHERE chunk.table_name = :table_name AND chunk.batch_id = :batch_id AND chunk.first_row <= :row_no
ORDER BY chunk.first_row DESC LIMIT 1;

-- name: table_columns
-- The columns that listed tables have in this database, what kind of relation each is, whether rows are filtered.
SELECT space.nspname || '.' || class.relname AS table_name, class.relkind::text AS kind,
    class.relrowsecurity AS filtered, attribute.attname::text AS column_name,
    pg_catalog.format_type(attribute.atttypid, NULL) AS type_name
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS space ON space.oid = class.relnamespace
JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = class.oid
WHERE space.nspname || '.' || class.relname = ANY(:tables) AND attribute.attnum > 0 AND NOT attribute.attisdropped
ORDER BY table_name, attribute.attnum;

-- name: guarded_tables
-- The tables whose append-only trigger is there and fires.
SELECT space.nspname || '.' || class.relname AS table_name
FROM pg_catalog.pg_trigger AS guard
JOIN pg_catalog.pg_class AS class ON class.oid = guard.tgrelid
JOIN pg_catalog.pg_namespace AS space ON space.oid = class.relnamespace
WHERE space.nspname || '.' || class.relname = ANY(:tables) AND guard.tgname = 'append_only'
  AND guard.tgenabled IN ('O', 'A') AND guard.tgfoid = pg_catalog.to_regproc('kernel.refuse_change');
