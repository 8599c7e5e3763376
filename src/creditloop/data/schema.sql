-- data: what was imported, what was wrong with it, and who read it. `source` holds the tables that the
-- contracts describe; they are made by the first import under a contract (data/source_tables.py).
CREATE SCHEMA data;
CREATE SCHEMA source;

-- One row an imported file. The batch's id is made from the contract's text and the file's bytes.
CREATE TABLE data.import_batch (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no = 0),
    contract text NOT NULL,
    contract_version integer NOT NULL,
    contract_hash text NOT NULL CHECK (contract_hash ~ '^[0-9a-f]{64}$'),
    file_name text NOT NULL,
    file_format text NOT NULL,
    file_sha256 text NOT NULL CHECK (file_sha256 ~ '^[0-9a-f]{64}$'),
    file_bytes bigint NOT NULL,
    rows_read bigint NOT NULL CHECK (rows_read > 0),
    rows_rejected bigint NOT NULL CHECK (rows_rejected BETWEEN 0 AND rows_read),
    tables text NOT NULL,
    findings_by_code text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no)
);
CREATE INDEX import_batch_file ON data.import_batch (file_sha256);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON data.import_batch
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Everything that was noticed about a row of a file, whether the row was kept or not.
CREATE TABLE data.finding (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    file_name text NOT NULL,
    source_row bigint NOT NULL CHECK (source_row > 0),
    table_name text,
    field text NOT NULL,
    code text NOT NULL,
    got text,
    expected text NOT NULL,
    effect text NOT NULL CHECK (effect IN ('keep', 'reject')),
    message text NOT NULL,
    PRIMARY KEY (batch_id, row_no)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON data.finding
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Every read of source data, allowed or denied: one row, its own batch.
CREATE SEQUENCE data.access_no;
CREATE TABLE data.access_log (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no = 0),
    access_no bigint NOT NULL UNIQUE,
    reader text NOT NULL,
    purpose text NOT NULL,
    reason text NOT NULL,
    contract text NOT NULL,
    contract_hash text NOT NULL,
    table_name text NOT NULL,
    columns text NOT NULL,
    masked_columns text NOT NULL,
    parties_count bigint NOT NULL CHECK (parties_count >= 0),
    party_token text,
    known_by timestamptz NOT NULL,
    allowed boolean NOT NULL,
    refusal text,
    at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (allowed = (refusal IS NULL)),
    CHECK (allowed OR parties_count = 0)
);
CREATE INDEX access_log_party ON data.access_log (party_token) WHERE party_token IS NOT NULL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON data.access_log
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Consent (授权) of a party, given or withdrawn, for sources (by contract) and purposes; what is live is derived.
CREATE SEQUENCE data.consent_no;
CREATE TABLE data.consent (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    consent_no bigint NOT NULL UNIQUE,
    consent_id text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('given', 'withdrawn')),
    party_id text COLLATE "C" NOT NULL,
    contracts text[] NOT NULL CHECK (cardinality(contracts) > 0),
    purposes text[] NOT NULL CHECK (cardinality(purposes) > 0),
    valid_from timestamptz NOT NULL,
    valid_until timestamptz CHECK (valid_until > valid_from),
    wording_version text,
    wording_hash text CHECK (wording_hash ~ '^[0-9a-f]{64}$'),
    channel text NOT NULL,
    evidence text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK ((kind = 'given') = (wording_version IS NOT NULL)),
    CHECK ((kind = 'given') = (wording_hash IS NOT NULL)),
    CHECK (kind = 'given' OR valid_until IS NULL)
);
CREATE INDEX consent_party ON data.consent (party_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON data.consent
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- How many parties a read left out because they do not consent; of the same batch as the read it is about.
-- A table of its own: rows of the log that were sealed before it was kept stay as they were sealed.
CREATE TABLE data.access_withheld (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no = 0),
    parties_withheld bigint NOT NULL CHECK (parties_withheld > 0),
    PRIMARY KEY (batch_id, row_no),
    FOREIGN KEY (batch_id, row_no) REFERENCES data.access_log (batch_id, row_no)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON data.access_withheld
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- What was deleted when its time was over (保存期限): one row a table of a source, one number a run.
CREATE SEQUENCE data.deletion_no;
CREATE TABLE data.deletion (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    deletion_no bigint NOT NULL,
    contract text NOT NULL,
    contract_hash text NOT NULL CHECK (contract_hash ~ '^[0-9a-f]{64}$'),
    table_name text NOT NULL,
    as_of date NOT NULL,
    cut_day date NOT NULL CHECK (cut_day < as_of),
    retention_months integer NOT NULL CHECK (retention_months > 0),
    basis text NOT NULL,
    rows_deleted bigint NOT NULL CHECK (rows_deleted > 0),
    parties_count bigint NOT NULL CHECK (parties_count > 0),
    totals text NOT NULL,
    deleted_by text NOT NULL,
    reason text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (deletion_no, table_name)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON data.deletion
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Which rows they were: stretches of row numbers of a batch, and nothing else of them.
CREATE TABLE data.deleted_rows (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    deletion_no bigint NOT NULL,
    table_name text NOT NULL,
    source_batch_id uuid NOT NULL,
    first_row integer NOT NULL CHECK (first_row >= 0),
    last_row integer NOT NULL CHECK (last_row >= first_row),
    PRIMARY KEY (batch_id, row_no)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON data.deleted_rows
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- What was emptied when the time of its class was over (按敏感级别到期清空): rows stay, values of some columns go.
-- One row a table and class; the numbers are those of deletions, one a run.
CREATE TABLE data.emptying (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    deletion_no bigint NOT NULL,
    contract text NOT NULL,
    contract_hash text NOT NULL CHECK (contract_hash ~ '^[0-9a-f]{64}$'),
    table_name text NOT NULL,
    sensitivity integer NOT NULL CHECK (sensitivity BETWEEN 1 AND 5),
    as_of date NOT NULL,
    cut_day date NOT NULL CHECK (cut_day < as_of),
    retention_months integer NOT NULL CHECK (retention_months > 0),
    versions text NOT NULL CHECK (versions IN ('all', 'superseded')),
    basis text NOT NULL,
    rows_emptied bigint NOT NULL CHECK (rows_emptied > 0),
    parties_count bigint NOT NULL CHECK (parties_count > 0),
    values_by_column text NOT NULL,
    deleted_by text NOT NULL,
    reason text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (deletion_no, table_name, sensitivity)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON data.emptying
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Which rows they were and what of each is gone; and, where the row itself changed, a salted hash of the row as it
-- was left, by which a later change of it is found.
CREATE TABLE data.emptied_row (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no >= 0),
    deletion_no bigint NOT NULL,
    table_name text COLLATE "C" NOT NULL,
    source_batch_id uuid NOT NULL,
    source_row_no integer NOT NULL,
    columns text[] NOT NULL CHECK (cardinality(columns) > 0),
    salt bytea,
    left_hash bytea,
    PRIMARY KEY (batch_id, row_no),
    CHECK ((salt IS NULL) = (left_hash IS NULL))
);
CREATE INDEX emptied_row_place ON data.emptied_row (table_name, source_batch_id, source_row_no);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON data.emptied_row
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Data keys, wrapped under a root key that is not in the database. Only the wrapping is ever replaced.
CREATE TABLE data.data_key (
    use text NOT NULL CHECK (use IN ('seal', 'token')),
    key_no integer NOT NULL CHECK (key_no > 0),
    algorithm text NOT NULL,
    root_id text NOT NULL CHECK (root_id ~ '^[0-9a-f]{16}$'),
    wrapped text NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (use, key_no)
);
CREATE TRIGGER same_key BEFORE UPDATE OF use, key_no, algorithm, made_at ON data.data_key
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER never_gone BEFORE DELETE OR TRUNCATE ON data.data_key
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- What was done about keys and encrypted values: one row, its own batch.
CREATE TABLE data.key_act (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no = 0),
    act_no bigint NOT NULL UNIQUE,
    act text NOT NULL CHECK (act IN ('made', 'rewrapped', 'recrypted', 'erased')),
    use text CHECK (use IN ('seal', 'token')),
    key_no integer,
    root_id text,
    values_count bigint NOT NULL CHECK (values_count >= 0),
    by text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON data.key_act
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Identifiers of source rows, each encrypted and bound to its row. A value may be encrypted anew or erased;
-- it never moves to another place.
CREATE TABLE data.sealed_value (
    source_table text COLLATE "C" NOT NULL,
    column_name text COLLATE "C" NOT NULL,
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    key_no integer NOT NULL,
    sealed text NOT NULL,
    PRIMARY KEY (source_table, column_name, batch_id, row_no)
);
CREATE INDEX sealed_value_key ON data.sealed_value (key_no);
CREATE TRIGGER same_place BEFORE UPDATE OF source_table, column_name, batch_id, row_no ON data.sealed_value
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER not_all BEFORE TRUNCATE ON data.sealed_value
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A source row that is deleted takes what it stands for with it, whoever deletes it.
CREATE FUNCTION data.erase_sealed_values() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM data.sealed_value AS value USING gone
    WHERE value.source_table = TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME
      AND value.batch_id = gone.batch_id AND value.row_no = gone.row_no;
    RETURN NULL;
END
$$;

-- Documents of window features as published (特征发布): each with the proof that both executions agree and the
-- probe that the future changes nothing. The version published last of a document is the one in production.
CREATE TABLE data.feature_version (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no = 0),
    document text COLLATE "C" NOT NULL,
    version_no integer NOT NULL CHECK (version_no > 0),
    path text NOT NULL,
    document_hash text NOT NULL CHECK (document_hash ~ '^[0-9a-f]{64}$'),
    contract text NOT NULL,
    contract_hash text NOT NULL CHECK (contract_hash ~ '^[0-9a-f]{64}$'),
    features integer NOT NULL CHECK (features > 0),
    proof text NOT NULL CHECK ((proof::jsonb ->> 'differences')::bigint = 0),
    probe text NOT NULL CHECK ((probe::jsonb ->> 'leaks')::bigint = 0),
    engines text NOT NULL,
    published_by text NOT NULL CHECK (btrim(published_by) <> ''),
    simulated boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    UNIQUE (document, version_no)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON data.feature_version
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Imports of files that say of themselves that they are made up (模拟); beside the record of the import, whose
-- rows stay as they were sealed.
CREATE TABLE data.import_simulated (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no = 0),
    PRIMARY KEY (batch_id, row_no)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON data.import_simulated
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
