-- Imports of files that say of themselves that they are made up (模拟); beside the record of the import, whose
-- rows stay as they were sealed.
CREATE TABLE data.import_simulated (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL CHECK (row_no = 0),
    PRIMARY KEY (batch_id, row_no)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON data.import_simulated
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
