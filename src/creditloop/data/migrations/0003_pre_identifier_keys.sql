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
