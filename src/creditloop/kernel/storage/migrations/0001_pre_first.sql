-- kernel: documents in force, facts and their delivery.
CREATE SCHEMA kernel;

CREATE FUNCTION kernel.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table %.% is append-only: corrections are added, nothing is changed', TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

-- The very text of every policy and contract that was in force: what a past decision is replayed from.
CREATE TABLE kernel.document (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    document_hash text NOT NULL UNIQUE CHECK (document_hash ~ '^[0-9a-f]{64}$'),
    kind text NOT NULL,
    path text NOT NULL,
    body text NOT NULL,
    adopted_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel.document
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- What happened, said once.
CREATE TABLE kernel.fact (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    fact_no bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    fact_id uuid NOT NULL UNIQUE,
    kind text NOT NULL,
    key text NOT NULL,
    occurred_at timestamptz NOT NULL,
    known_at timestamptz NOT NULL CHECK (known_at >= occurred_at),
    payload text NOT NULL,
    PRIMARY KEY (batch_id, row_no)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel.fact
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Who still has to act on a fact: leased, so that a dead worker's work is taken up by another.
CREATE TABLE kernel.delivery (
    subscriber text NOT NULL,
    fact_id uuid NOT NULL REFERENCES kernel.fact (fact_id),
    fact_no bigint NOT NULL,
    leased_until timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    last_error text,
    delivered_at timestamptz,
    PRIMARY KEY (subscriber, fact_id)
);
CREATE INDEX delivery_open ON kernel.delivery (fact_no) WHERE delivered_at IS NULL;
