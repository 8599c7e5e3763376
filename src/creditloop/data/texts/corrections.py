"""Corrections (更正): what a later version of a text no longer tells is taken back.

A version is what a text said from the day it became known. Its events have the keys of the version before and
supersede them; of an event whose number it does not have, a row is added that takes it back: the same key,
known on the version's day, `withdrawn`, without a day it happened. Nothing counts an event without a day, so
that by the days before it stands, and from that day on neither it nor the row is in any window.

A version that could not be read takes nothing back: it is a finding, and a person looks at it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from creditloop.data.texts.definitions import STANDS, WITHDRAWN, SourceText

Row = Mapping[str, object]
Versions = dict[date, dict[object, Row]]
"""The rows of one text of one party by the day they became known, then by the event's number."""


class Corrections:
    """The versions of each text that were read, and what became of their events."""

    def __init__(self) -> None:
        self._texts: defaultdict[tuple[object, object], Versions] = defaultdict(dict)
        self._read: set[tuple[object, object, date]] = set()

    def has_read(self, source: SourceText) -> bool:
        """Say whether a version of this text known on the same day was read already."""
        return (source.party_no, source.document_no, source.known_on) in self._read

    def add_version(self, source: SourceText, *, rows: Iterable[Row]) -> None:
        """Add a version that was read, with all its events; it may have none."""
        self._read.add((source.party_no, source.document_no, source.known_on))
        told: dict[object, Row] = {row["event_no"]: row for row in rows}
        self._texts[source.party_no, source.document_no][source.known_on] = told

    def add_earlier(self, row: Row) -> None:
        """Add a row that was made when another file was read, standing or taken back."""
        known_on = row["known_on"]
        assert isinstance(known_on, date), "a row of EVENT_SCHEMA"
        key = (row["party_no"], row["document_no"])
        if (*key, known_on) not in self._read:
            self._texts[key].setdefault(known_on, {})[row["event_no"]] = row

    def withdrawals(self) -> Iterator[dict[str, object]]:
        """Give the rows that take events back, text by text, in the order they became known."""
        for versions in self._texts.values():
            standing: dict[object, Row] = {}
            for known_on in sorted(versions):
                told = versions[known_on]
                for number in sorted(standing.keys() - told.keys(), key=str):
                    yield _taken_back(standing[number], known_on)
                standing = {number: row for number, row in told.items() if row["standing"] == STANDS}


def _taken_back(row: Row, known_on: date) -> dict[str, object]:
    nothing = {"happened_on": None, "stage": None, "amount": None}
    return {**row, **nothing, "standing": WITHDRAWN, "adverse": "no", "known_on": known_on}
