-- name: contract_findings
-- The findings of all imports of a contract, by code, field and effect.
SELECT finding.code, finding.field, finding.effect, count(*)
FROM data.finding AS finding JOIN data.import_batch AS batch USING (batch_id)
WHERE batch.contract = :contract
GROUP BY finding.code, finding.field, finding.effect
ORDER BY count(*) DESC, finding.code, finding.field, finding.effect;

-- name: contract_imports^
-- How many files of a contract were imported, their rows, and those rejected.
SELECT count(*), coalesce(sum(rows_read), 0)::bigint, coalesce(sum(rows_rejected), 0)::bigint,
    max(recorded_at)
FROM data.import_batch WHERE contract = :contract;

-- name: contract_reads
-- Who read a source from an instant on: by purpose, allowed or denied, and how many parties were left out.
SELECT purpose, count(*) FILTER (WHERE allowed), count(*) FILTER (WHERE NOT allowed),
    coalesce(sum(parties_withheld), 0)::bigint, max(at)
FROM data.access_log LEFT JOIN data.access_withheld USING (batch_id, row_no)
WHERE contract = :contract AND at >= :since
GROUP BY purpose ORDER BY purpose;
