"""Retention (保存期限): what is older than its contract lets the bank keep it is deleted, on record.

`delete_expired` is the one function that may delete rows of source tables and what findings quote of them
(`deleting`), and empty values of a class that is kept for less than its row (`emptying`); only here the
`guard` of such a table is put aside. It counts from the day something became known and deletes in one
transaction with a record of it (`deletions`): which tables and classes, how many rows, the cut day, the
ground, who and why, and totals without personal data. Which rows they were is kept (`deleted_rows`,
`emptied_rows`), so that whoever verifies the evidence can tell what was deleted under retention from what was
made away with, and whoever reads can tell a value that was deleted (`emptied_values`) from one never there.
"""

from creditloop.data.retention.deleting import delete_expired
from creditloop.data.retention.emptied import (
    EmptiedRow,
    check_provable,
    emptied_columns,
    emptied_rows,
    emptied_values,
)
from creditloop.data.retention.records import (
    RECORD_TABLES,
    DeletedRows,
    Deletion,
    DeletionOfTable,
    EmptiedClass,
    deleted_rows,
    deletions,
)

__all__ = [
    "RECORD_TABLES",
    "DeletedRows",
    "Deletion",
    "DeletionOfTable",
    "EmptiedClass",
    "EmptiedRow",
    "check_provable",
    "delete_expired",
    "deleted_rows",
    "deletions",
    "emptied_columns",
    "emptied_rows",
    "emptied_values",
]
