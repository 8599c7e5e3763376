-- name: lock_keys^
-- Let one transaction at a time make or change data keys, until it ends.
SELECT pg_advisory_xact_lock(hashtext('creditloop data keys'));

-- name: list_keys
-- Every data key, wrapped, by use and number.
SELECT use, key_no, algorithm, root_id, wrapped, made_at FROM data.data_key ORDER BY use, key_no;

-- name: insert_key!
-- Keep a new data key, wrapped under the root key.
INSERT INTO data.data_key (use, key_no, algorithm, root_id, wrapped, made_at)
VALUES (:use, :key_no, :algorithm, :root_id, :wrapped, :made_at);

-- name: rewrap_key!
-- Keep a data key wrapped under another root key instead.
UPDATE data.data_key SET root_id = :root_id, wrapped = :wrapped WHERE use = :use AND key_no = :key_no;

-- name: count_values
-- How many values are encrypted with each key.
SELECT key_no, count(*) FROM data.sealed_value GROUP BY key_no ORDER BY key_no;

-- name: next_act_no$
-- The number of the next act about keys.
SELECT coalesce(max(act_no), 0) + 1 FROM data.key_act;

-- name: insert_act!
-- Record an act about keys.
INSERT INTO data.key_act (batch_id, row_no, act_no, act, use, key_no, root_id, values_count, by, reason, at)
VALUES (:batch_id, 0, :act_no, :act, :use, :key_no, :root_id, :values_count, :by, :reason, :at);

-- name: list_acts
-- Acts about keys, oldest first.
SELECT batch_id, act, use, key_no, root_id, values_count, by, reason, at FROM data.key_act ORDER BY act_no;

-- name: find_values
-- Values of a column in rows of a source table, with the place of each in the list asked for.
SELECT place.at - 1, value.key_no, value.sealed
FROM unnest(:batch_ids::uuid[], :row_nos::integer[]) WITH ORDINALITY AS place (batch_id, row_no, at)
JOIN data.sealed_value AS value USING (batch_id, row_no)
WHERE value.source_table = :source_table AND value.column_name = :column_name;

-- name: take_old_values
-- Values under older keys than one, at most so many, held until the transaction ends. In the order of the index
-- by key: in any other each call would pass over all that is done already.
SELECT source_table, column_name, batch_id, row_no, key_no, sealed FROM data.sealed_value
WHERE key_no < :key_no ORDER BY key_no LIMIT :most FOR UPDATE;

-- name: replace_values!
-- Keep values of a column encrypted with another key.
UPDATE data.sealed_value AS value SET key_no = :key_no, sealed = new.sealed
FROM unnest(:batch_ids::uuid[], :row_nos::integer[], :sealed::text[]) AS new (batch_id, row_no, sealed)
WHERE value.source_table = :source_table AND value.column_name = :column_name
  AND value.batch_id = new.batch_id AND value.row_no = new.row_no;
