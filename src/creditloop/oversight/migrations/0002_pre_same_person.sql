-- Whoever proposed cannot approve, however the name is written.
ALTER TABLE oversight.approval DROP CONSTRAINT approval_check;
ALTER TABLE oversight.approval ADD CONSTRAINT approval_check CHECK (lower(btrim(approver)) <> lower(btrim(proposer)));
