"""Notes and statements (标注及声明) on an item: what kind, and since when; never the free text."""

from datetime import date
from typing import Annotated, Generic, TypeVar

from msgspec import Struct

from creditloop.data.bureau.codes import NOTE_KINDS
from creditloop.data.bureau.reading import scalars
from creditloop.data.bureau.reading.places import FILLED, code, counted, own_part, value

Item = TypeVar("Item")


class Note(Struct, frozen=True):
    """A note on an item; its keys begin with the key of the notes it stands in (PD01Z, PE01Z, …)."""

    kind: Annotated[str, code("D01", NOTE_KINDS, FILLED)]
    added: Annotated[date | None, value("R01", scalars.day)]


class Noted(Struct, Generic[Item], frozen=True):
    """An item of the report with its notes; its keys begin with the item's (PF01A, PF01Z)."""

    terms: Annotated[Item, own_part("A", FILLED)]
    notes: Annotated[tuple[Note, ...], counted("Z", Note, prefixed=True)]
