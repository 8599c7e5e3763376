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
