-- Consent (授权) of a party, given or withdrawn, for sources (by contract) and purposes; what is live is derived.
CREATE SEQUENCE data.consent_no;
CREATE TABLE data.consent (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no = 0),
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
