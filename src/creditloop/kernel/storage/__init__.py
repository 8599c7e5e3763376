"""Where things are kept: PostgreSQL, and nothing else.

`server` starts the embedded database or finds yours; `pool` hands out connections with pinned settings, and
`spare` the same ones again; `queries` loads a room's named SQL; `rooms` brings a database to the rooms'
schema and proves that the schema files and the migrations agree; `copying` is the bulk door in; `tables`
describes append-only tables to whoever seals them; `repeats` tells a repeat from another result under the
same id; `outbox` carries facts to their subscribers; `archive` keeps every document's very text.

The caller owns the transaction: functions take the connection first and never commit.
"""

from creditloop.kernel.storage.archive import (
    ArchivedDocument,
    adopt_document,
    find_document_text,
    list_documents,
)
from creditloop.kernel.storage.copying import copy_frame, copy_rows
from creditloop.kernel.storage.outbox import (
    ATTEMPTS_MAX,
    Claim,
    OpenDelivery,
    Subscription,
    deliver,
    find_open_deliveries,
    publish,
)
from creditloop.kernel.storage.pool import Connection, connect, open_pool
from creditloop.kernel.storage.queries import load_queries
from creditloop.kernel.storage.repeats import Recorded, first_recorded
from creditloop.kernel.storage.rooms import Room, migrate
from creditloop.kernel.storage.spare import SpareConnections
from creditloop.kernel.storage.tables import KERNEL_TABLES, AppendOnlyTable

__all__ = [
    "ATTEMPTS_MAX",
    "KERNEL_TABLES",
    "AppendOnlyTable",
    "ArchivedDocument",
    "Claim",
    "Connection",
    "OpenDelivery",
    "Recorded",
    "Room",
    "SpareConnections",
    "Subscription",
    "adopt_document",
    "connect",
    "copy_frame",
    "copy_rows",
    "deliver",
    "find_document_text",
    "find_open_deliveries",
    "first_recorded",
    "list_documents",
    "load_queries",
    "migrate",
    "open_pool",
    "publish",
]
