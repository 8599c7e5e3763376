"""Notes and statements (标注及声明) on an item: what kind, and since when; never the free text."""

from datetime import date
from typing import Annotated

from msgspec import Struct

from creditloop.data.bureau.codes import NOTE_KINDS
from creditloop.data.bureau.reading import scalars
from creditloop.data.bureau.reading.places import FILLED, code, value


class Note(Struct, frozen=True):
    """A note on an item; its keys begin with the key of the notes it stands in (PD01Z, PE01Z, …)."""

    kind: Annotated[str, code("D01", NOTE_KINDS, FILLED)]
    added: Annotated[date | None, value("R01", scalars.day)]
