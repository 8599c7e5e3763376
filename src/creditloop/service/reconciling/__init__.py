"""The book beside the core (影子台账): what the core says comes in, what we say goes out, both compared.

`files` reads the day's files under their contracts, each right in every row or refused. `running` puts them
beside our closed day, compares to the fen and keeps what came of it: a break is opened once, seen again, and
closed by a person. `report` writes the open breaks as a workbook, CSV and PDF. `exporting` writes our own
balances and transactions in the same shape, with the day's summary for the general ledger and a manifest.
"""

from creditloop.service.reconciling.exporting import MANIFEST, Manifest, export_book
from creditloop.service.reconciling.files import CONTRACTS, DayFiles, read_day_files
from creditloop.service.reconciling.report import report_record, write_report
from creditloop.service.reconciling.running import Reconciled, close_one_break, open_breaks, reconcile_day

__all__ = [
    "CONTRACTS",
    "MANIFEST",
    "DayFiles",
    "Manifest",
    "Reconciled",
    "close_one_break",
    "export_book",
    "open_breaks",
    "read_day_files",
    "reconcile_day",
    "report_record",
    "write_report",
]
