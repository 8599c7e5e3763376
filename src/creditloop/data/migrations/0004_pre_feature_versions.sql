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
