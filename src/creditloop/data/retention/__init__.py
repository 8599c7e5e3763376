"""Retention (保存期限): what is older than its contract lets the bank keep it is deleted, on record.

`delete_expired` is the one function that may delete rows of source tables, and what findings quote of them.
It counts from the day something became known and deletes in one transaction with a record of it
(`deletions`): which tables, how many rows, the cut day, the ground, who and why, and totals without personal
data. Which rows they were is kept as stretches of row numbers (`deleted_rows`), so that whoever verifies the
evidence can tell a row deleted under retention from one that was made away with.
"""

from creditloop.data.retention.deleting import delete_expired
from creditloop.data.retention.records import (
    RECORD_TABLES,
    DeletedRows,
    Deletion,
    DeletionOfTable,
    deleted_rows,
    deletions,
)

__all__ = [
    "RECORD_TABLES",
    "DeletedRows",
    "Deletion",
    "DeletionOfTable",
    "delete_expired",
    "deleted_rows",
    "deletions",
]
