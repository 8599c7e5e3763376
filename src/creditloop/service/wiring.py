"""Who answers which fact, and which tables are sealed: the whole loop, readable in one file."""

from creditloop import book, data, monitor
from creditloop.kernel.storage import KERNEL_TABLES, AppendOnlyTable, Connection
from creditloop.service.classifying import classify_month
from creditloop.service.work import Reaction

REACTIONS = (
    # a month was posted → every customer's debt is classified by the rules in force
    Reaction(subscriber="monitor.classification", kind="MonthPosted", react=classify_month),
)
"""Who acts on which fact."""


def sealed_tables(connection: Connection) -> tuple[AppendOnlyTable, ...]:
    """Return every append-only table there is, source tables of imported contracts among them."""
    return (*KERNEL_TABLES, *data.TABLES, *data.source_tables(connection), *book.TABLES, *monitor.TABLES)
