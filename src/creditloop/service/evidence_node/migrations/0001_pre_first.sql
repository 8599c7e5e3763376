-- node: what a party's node of the evidence network keeps, in a database of its own.
CREATE SCHEMA node;

-- The rounds of every log held, the party's own and the mirrors of the others', as their canonical texts.
CREATE TABLE node.round (
    origin text NOT NULL,
    first bigint NOT NULL CHECK (first >= 0),
    after bigint NOT NULL CHECK (after > first),
    body bytea NOT NULL,
    PRIMARY KEY (origin, first),
    UNIQUE (origin, after)
);
ALTER TABLE node.round ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON node.round
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- The last checkpoint of a log and the last that a quorum cosigned: a pointer each, replaced by a later one.
CREATE TABLE node.note (
    origin text PRIMARY KEY,
    size bigint NOT NULL CHECK (size >= 0),
    latest text NOT NULL,
    final text NOT NULL
);

-- Batches that wait for the party's own log; one that is decided stands in a round and goes from here.
CREATE TABLE node.proposal (
    proposal_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch text NOT NULL UNIQUE,
    body bytea NOT NULL
);

-- Verdicts given, with the header of the batch each is about.
CREATE TABLE node.verdict (
    origin text NOT NULL,
    size bigint NOT NULL CHECK (size >= 0),
    batch_hash text NOT NULL,
    verdict_no bigint GENERATED ALWAYS AS IDENTITY,
    header bytea NOT NULL,
    verdict bytea NOT NULL,
    PRIMARY KEY (origin, size, batch_hash)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON node.verdict
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Proofs that a party contradicted itself.
CREATE TABLE node.contradiction (
    contradiction_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body bytea NOT NULL
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON node.contradiction
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- Messages that were refused, and what a person should know of.
CREATE TABLE node.audit_line (
    line_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    party text NOT NULL,
    what text NOT NULL,
    detail text NOT NULL
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON node.audit_line
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
