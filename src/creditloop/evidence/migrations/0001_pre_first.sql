-- evidence: the log's entries, what they seal, and copies of the signed checkpoints.
CREATE SCHEMA evidence;

-- One leaf of the hash tree each: what was sealed, in canonical JSON, signed with the key outside.
CREATE TABLE evidence.entry (
    entry_no bigint PRIMARY KEY CHECK (entry_no >= 0),
    body text NOT NULL,
    leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
    signature bytea NOT NULL
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence.entry
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- The rows an entry seals: one salt (16 bytes) and one hash (32 bytes) per row.
CREATE TABLE evidence.chunk (
    entry_no bigint PRIMARY KEY REFERENCES evidence.entry (entry_no),
    table_name text NOT NULL,
    batch_id uuid NOT NULL,
    first_row integer NOT NULL CHECK (first_row >= 0),
    salts bytea NOT NULL,
    row_hashes bytea NOT NULL,
    UNIQUE (batch_id, table_name, first_row)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence.chunk
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A copy of every signed checkpoint: it shows when the folder outside is put back to an older one.
CREATE TABLE evidence.checkpoint (
    size bigint PRIMARY KEY CHECK (size >= 0),
    note text NOT NULL
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence.checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
