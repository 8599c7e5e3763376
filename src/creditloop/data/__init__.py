"""What the bank knows (数据): records under a contract, checked, classified, traced, read on record.

`read_contract` reads what a source gives (`contract_reading`, `table_reading`, `row_rules`,
`contract_checks`). `import_file` takes a file (`readers`), types cells (`doors`), checks batches (`checks`,
`shaping`) and the whole (`file_checks`), stores `identifiers` as tokens and puts rows aside (`staging`) until
all is known to be good; then they move into `source_tables`, on record (`batches`, `findings`, `lineage`).
`read_table` (`access`) is the only door to what was loaded: purpose, consent (`consents`), protected
attributes and `masking` are enforced there, and every read, allowed or denied, is in `access_log`. Texts
become rows before they are imported: bureau reports (`bureau`), judgments and notes (`texts`). How old, how
long kept, how good: `freshness`, `retention`, `quality`. What is computed: `features` of rows; `windows` of a
party's `events`, found and published in the `catalogue`; `derived` of several sources; `portraits` of those.
"""

from creditloop.data.access import findings, needs_consent, read_table, withheld_parties
from creditloop.data.access_log import (
    Access,
    RecordDenial,
    accesses,
    denials_kept_at,
    party_token,
    record_access,
)
from creditloop.data.batches import ImportResult, find_batch, imports
from creditloop.data.contract_reading import parse_contract, read_contract
from creditloop.data.contracts import Column, ColumnType, Contract, Effect, Table, WhenStale
from creditloop.data.finding_store import FindingCount, finding_counts
from creditloop.data.findings import Finding
from creditloop.data.importing import Progress, import_file
from creditloop.data.lineage import LoadedRow, RowOrigin, lineage, rows_from
from creditloop.data.moments import last_instant
from creditloop.data.purposes import PURPOSES, Purpose
from creditloop.data.source_tables import source_table_name, source_tables
from creditloop.data.staging import TableCount
from creditloop.data.store import TABLES

__all__ = [
    "PURPOSES",
    "TABLES",
    "Access",
    "Column",
    "ColumnType",
    "Contract",
    "Effect",
    "Finding",
    "FindingCount",
    "ImportResult",
    "LoadedRow",
    "Progress",
    "Purpose",
    "RecordDenial",
    "RowOrigin",
    "Table",
    "TableCount",
    "WhenStale",
    "accesses",
    "denials_kept_at",
    "find_batch",
    "finding_counts",
    "findings",
    "import_file",
    "imports",
    "last_instant",
    "lineage",
    "needs_consent",
    "parse_contract",
    "party_token",
    "read_contract",
    "read_table",
    "record_access",
    "rows_from",
    "source_table_name",
    "source_tables",
    "withheld_parties",
]
