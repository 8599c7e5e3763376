"""Acts about keys and encrypted values, on record: each one append-only row, a batch of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from creditloop.data.identifiers.key_ring import Use
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import InputError
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, load_queries

_PACKAGE = "creditloop.data.identifiers"


class ActKind(StrEnum):
    """What was done."""

    MADE = "made"
    REWRAPPED = "rewrapped"
    RECRYPTED = "recrypted"
    ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAct:
    """An act about keys.

    Attributes:
        use, key_no: the key made, or the key values were encrypted with anew; None of an act about all keys,
            or about none.
        root_id: the root key that wraps from then on; None if none was used.
        values_count: encrypted values it changed or erased.
    """

    batch_id: UUID
    act: ActKind
    use: Use | None
    key_no: int | None
    root_id: str | None
    values_count: int
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Who acts, why, and when."""

    by: str
    reason: str
    now: datetime

    def __post_init__(self) -> None:
        check_aware(self.now, name="now")
        if not self.by.strip() or not self.reason.strip():
            raise InputError(
                "an act about keys says who does it and why", got=f"{self.by!r}, {self.reason!r}"
            )


def recorded_act(
    connection: Connection,
    doing: Doing,
    *,
    act: ActKind,
    use: Use | None = None,
    key_no: int | None = None,
    root_id: str | None = None,
    values_count: int = 0,
) -> KeyAct:
    """Put an act on record and return it; the caller holds the keys' lock."""
    queries = load_queries(_PACKAGE)
    number = queries.next_act_no(connection)
    made = KeyAct(
        batch_id=content_id("key_act", number, act.value, doing.by, doing.now),
        act=act,
        use=use,
        key_no=key_no,
        root_id=root_id,
        values_count=values_count,
        by=doing.by,
        reason=doing.reason,
        at=doing.now,
    )
    queries.insert_act(
        connection, act_no=number, **{each.name: getattr(made, each.name) for each in fields(made)}
    )
    return made


def key_acts(connection: Connection) -> tuple[KeyAct, ...]:
    """Return every act about keys, oldest first."""
    return tuple(_acts(connection))


def _acts(connection: Connection) -> Iterator[KeyAct]:
    for row in load_queries(_PACKAGE).list_acts(connection):
        values = dict(zip((each.name for each in fields(KeyAct)), row, strict=True))
        values |= {
            "act": ActKind(values["act"]),
            "use": None if values["use"] is None else Use(values["use"]),
        }
        yield KeyAct(**values)
