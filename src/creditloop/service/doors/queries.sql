-- name: insert_person!
-- Record a person, or a change of one.
INSERT INTO doors.person (
    batch_id, row_no, login, version, display_name, roles, active, password_sha256, password_hash, changed_by,
    changed_at
) VALUES (
    :batch_id, 0, :login, :version, :display_name, :roles, :active, :password_sha256, :password_hash,
    :changed_by, :changed_at
);

-- name: lock_person^
-- Let one piece of work at a time change a person or count wrong passwords, until its transaction ends.
SELECT pg_advisory_xact_lock(hashtext('creditloop person'), hashtext(:login));

-- name: find_person^
-- A person as in force.
SELECT login, display_name, roles, active, version, password_sha256, password_hash
FROM doors.person WHERE login = :login ORDER BY version DESC LIMIT 1;

-- name: find_people
-- Everybody as in force, by login.
SELECT DISTINCT ON (login) login, display_name, roles, active, version, password_sha256, password_hash
FROM doors.person ORDER BY login, version DESC;

-- name: insert_session!
-- Begin a session.
INSERT INTO doors.session (token_sha256, login, began_at, expires_at)
VALUES (:token_sha256, :login, :began_at, :expires_at);

-- name: find_session^
-- Whose session a token is, if it has not ended or expired.
SELECT login FROM doors.session
WHERE token_sha256 = :token_sha256 AND ended_at IS NULL AND expires_at > :now;

-- name: end_session!
-- End a session, if it has not ended.
UPDATE doors.session SET ended_at = :now WHERE token_sha256 = :token_sha256 AND ended_at IS NULL;

-- name: end_sessions!
-- End every session of a person.
UPDATE doors.session SET ended_at = :now WHERE login = :login AND ended_at IS NULL;

-- name: delete_old_sessions!
-- Forget sessions that expired before a moment.
DELETE FROM doors.session WHERE expires_at < :before;

-- name: count_failures$
-- How many wrong passwords were given for a login since a moment.
SELECT count(*) FROM doors.sign_in_failure WHERE login = :login AND failed_at > :since;

-- name: insert_failure!
-- Note a wrong password.
INSERT INTO doors.sign_in_failure (login, failed_at) VALUES (:login, :now);

-- name: delete_failures!
-- Forget a login's wrong passwords: those of before a moment.
DELETE FROM doors.sign_in_failure WHERE login = :login AND failed_at <= :until;

-- name: insert_key!
-- Record a new API key.
INSERT INTO doors.api_key (batch_id, row_no, key_id, holder, scopes, secret_sha256, created_by, created_at)
VALUES (:batch_id, 0, :key_id, :holder, :scopes, :secret_sha256, :created_by, :created_at);

-- name: insert_revocation!
-- Record the end of an API key.
INSERT INTO doors.api_key_revocation (batch_id, row_no, key_id, reason, revoked_by, revoked_at)
VALUES (:batch_id, 0, :key_id, :reason, :revoked_by, :revoked_at);

-- name: find_key^
-- An API key, with its end if it was revoked.
SELECT api_key.key_id, holder, scopes, secret_sha256, created_at, revoked_at, reason
FROM doors.api_key LEFT JOIN doors.api_key_revocation USING (key_id)
WHERE api_key.key_id = :key_id;

-- name: find_keys
-- Every API key, oldest first.
SELECT api_key.key_id, holder, scopes, secret_sha256, created_at, revoked_at, reason
FROM doors.api_key LEFT JOIN doors.api_key_revocation USING (key_id)
ORDER BY created_at, api_key.key_id;

-- name: lock_key^
-- Let one piece of work at a time revoke an API key, until its transaction ends.
SELECT pg_advisory_xact_lock(hashtext('creditloop api key'), hashtext(:key_id));

-- name: lock_request^
-- Let one piece of work at a time answer a request, until its transaction ends.
SELECT pg_advisory_xact_lock(hashtext('creditloop request ' || :key_id), hashtext(:idempotency_key));

-- name: find_request^
-- The answer given before under a caller's key, if any.
SELECT method, path, body_hash, status, response
FROM doors.request WHERE key_id = :key_id AND idempotency_key = :idempotency_key;

-- name: insert_request!
-- Record a request with its answer.
INSERT INTO doors.request (
    batch_id, row_no, key_id, idempotency_key, method, path, body_hash, status, response, answered_at
) VALUES (
    :batch_id, 0, :key_id, :idempotency_key, :method, :path, :body_hash, :status, :response, :answered_at
);
