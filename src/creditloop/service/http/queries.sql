-- name: find_party_of_case$
-- The party of a collection case, if there is such a case.
SELECT party_id FROM recover.case WHERE case_id = :case_id;
