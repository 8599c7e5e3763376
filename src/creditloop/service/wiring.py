"""Who owns tables, and who answers which fact: the whole loop, readable in one file."""

from creditloop import book, data, monitor
from creditloop.kernel.storage import KERNEL_TABLES, AppendOnlyTable, Connection, Room
from creditloop.service.classifying import classify_month
from creditloop.service.work import Reaction

ROOMS = (
    Room(package="creditloop.kernel.storage"),
    Room(package="creditloop.data"),
    Room(package="creditloop.book"),
    Room(package="creditloop.evidence"),
    Room(package="creditloop.monitor"),
)
"""The rooms that own tables, in the order their schemas stand on each other."""

REACTIONS = (
    # a month was posted → every customer's debt is classified by the rules in force
    Reaction(subscriber="monitor.classification", kind="MonthPosted", react=classify_month),
)
"""Who acts on which fact."""


def sealed_tables(connection: Connection) -> tuple[AppendOnlyTable, ...]:
    """Return every append-only table there is, source tables of imported contracts among them."""
    return (*KERNEL_TABLES, *data.TABLES, *data.source_tables(connection), *book.TABLES, *monitor.TABLES)
