"""Products with all their rules as in force on a day, read once for as long as none of their texts changes.

Reading a product with every rule it names takes some thirty milliseconds; seeing that nobody wrote to its
files takes a twentieth of one. So a document that is changed holds from the next request on.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from creditloop.book.calendars import EVERY_DAY, BusinessDays, read_business_days
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError
from creditloop.kernel.files import FileStamp, file_stamp
from creditloop.lend.products import Product, ProductRules, read_product_rules
from creditloop.service.lending.products import product_document
from creditloop.service.places import Places

_KEPT_MOST = 256
"""Values kept: five products on fifty days."""
T = TypeVar("T")
Find = Callable[[str], Document]


def rules_in_force(places: Places, *, product: str, on: date, field: str) -> ProductRules:
    """Return a product with every rule it names, as in force on a day.

    Args:
        field: what the caller calls the day, for the error.
    Raises: UnknownId for a product there is not; InputError if it is not sold on the day; PolicyError naming
        the file of what is wrong.
    """

    def read(find: Find) -> ProductRules:
        document = product_document(places, product=product)
        _check_sold(document, on=on, field=field)
        return read_product_rules(find(document.path), on=on, find=find)

    return _RULES.of(places, key=(product, on), read=read)


def business_days_of(places: Places, *, product: Product) -> BusinessDays:
    """Return the business days of the calendar that a product names; every day, if it names none.

    Raises: PolicyError naming the file of what is wrong.
    """
    calendar = product.terms.holidays.value.calendar
    if calendar is None:
        return EVERY_DAY

    def read(find: Find) -> BusinessDays:
        return read_business_days(find(f"policies/calendars/{calendar}.yaml"))

    return _CALENDARS.of(places, key=(calendar,), read=read)


def _check_sold(document: Document, *, on: date, field: str) -> None:
    """Refuse a day on which a product is not sold: the caller's mistake, not the document's."""
    head = document.root.mapping(required=["effective"])["effective"].mapping(required=["from"])
    since = head["from"].day()
    until = head["to"].day() if "to" in head else None
    if on < since or (until is not None and on >= until):
        raise InputError(
            "the product is not sold on this day",
            got=on,
            expected=f"from {since}" + (f", before {until}" if until is not None else ""),
            where={"field": field},
        )


@dataclass(frozen=True, slots=True)
class _Read(Generic[T]):
    """A value, and the files it was read from as they were seen before they were read."""

    value: T
    files: tuple[tuple[Path, FileStamp | None], ...]

    def is_current(self) -> bool:
        """Whether no file was written to, moved or replaced since."""
        return all(file_stamp(file) == before for file, before in self.files)


class _Kept(Generic[T]):
    """Values read from documents; the oldest goes when there are too many."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Path, tuple[object, ...]], _Read[T]] = OrderedDict()
        self._lock = Lock()

    def of(self, places: Places, *, key: tuple[object, ...], read: Callable[[Find], T]) -> T:
        """Return the value of a key, read again if one of its texts is another than it was."""
        place = (places.documents, key)
        with self._lock:
            kept = self._kept.get(place)
        if kept is not None and kept.is_current():
            return kept.value
        found: list[tuple[Path, FileStamp | None]] = []

        def find(path: str) -> Document:
            file = places.documents / path
            found.append((file, file_stamp(file)))
            return places.document(path)

        fresh = _Read(read(find), tuple(found))
        with self._lock:
            self._kept[place] = fresh
            while len(self._kept) > _KEPT_MOST:
                self._kept.popitem(last=False)
        return fresh.value


_RULES: _Kept[ProductRules] = _Kept()
_CALENDARS: _Kept[BusinessDays] = _Kept()
