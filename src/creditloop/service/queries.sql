-- name: last_access_no$
-- The number of the last read logged so far, by anybody.
SELECT last_value FROM data.access_no;

-- name: accesses_at
-- The reads logged from a number on, at the moment of a piece of work; a sequence nobody used yet says 1.
SELECT batch_id FROM data.access_log WHERE access_no >= :after AND at = :now ORDER BY access_no;
