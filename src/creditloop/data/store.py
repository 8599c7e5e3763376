"""The room's own append-only tables, for whoever seals them; the tables of contracts are `source_tables`."""

from creditloop.kernel.storage import AppendOnlyTable

TABLES: tuple[AppendOnlyTable, ...] = (
    AppendOnlyTable(
        name="data.import_batch",
        key=("batch_id",),
        columns=(
            "batch_id",
            "row_no",
            "contract",
            "contract_version",
            "contract_hash",
            "file_name",
            "file_format",
            "file_sha256",
            "file_bytes",
            "rows_read",
            "rows_rejected",
            "tables",
            "findings_by_code",
            "recorded_at",
        ),
    ),
    AppendOnlyTable(
        name="data.finding",
        key=("batch_id", "row_no"),
        columns=(
            "batch_id",
            "row_no",
            "file_name",
            "source_row",
            "table_name",
            "field",
            "code",
            "got",
            "expected",
            "effect",
            "message",
        ),
    ),
    AppendOnlyTable(
        name="data.access_log",
        key=("access_no",),
        columns=(
            "batch_id",
            "row_no",
            "access_no",
            "reader",
            "purpose",
            "reason",
            "contract",
            "contract_hash",
            "table_name",
            "columns",
            "masked_columns",
            "parties_count",
            "party_token",
            "known_by",
            "allowed",
            "refusal",
            "at",
        ),
    ),
)
"""What evidence seals of this room, besides the tables of `source_tables`."""
