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
