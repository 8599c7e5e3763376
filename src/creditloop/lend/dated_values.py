"""Values of a document that change over time: each with the day it came into force, and where it is from.

Written as a list of `{from, value, source}`. Every entry is read, also those not in force on the day asked
for: their day will come, and a mistake should not wait for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Generic, TypeVar

from creditloop.book.interest import Rounding, divide
from creditloop.formula import NANO, NANO_DECIMALS, Kind, constant_from_node, placed
from creditloop.kernel.documents import Node, Source, in_force, source_from_node
from creditloop.kernel.errors import InputError
from creditloop.kernel.money import Fen, fen
from creditloop.risk import Wording

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated(Generic[T]):
    """A value in force, with where it is from.

    Attributes:
        since: the day it came into force.
        until: the day another value takes its place; None while nobody has said one.
    """

    value: T
    since: date
    until: date | None
    source: Source


def dated_from_node(node: Node, *, on: date, read: Callable[[Node], T]) -> Dated[T]:
    """Read a list of `{from, value, source}` and return the entry in force on a day.

    Raises: PolicyError naming file, line and field: nothing in force, out of order, a source that was never
        looked up, or whatever `read` refuses, of any entry.
    """
    chosen = in_force(node, on=on).mapping()["from"].day()
    listed = {entry.mapping()["from"].day(): _entry(entry, read) for entry in node.items()}
    value, source = listed[chosen]
    until = next((day for day in listed if day > chosen), None)
    return Dated(value=value, since=chosen, until=until, source=source)


def _entry(node: Node, read: Callable[[Node], T]) -> tuple[T, Source]:
    parts = node.mapping(required=["from", "value", "source"], optional=[])
    source = source_from_node(parts["source"])
    if source.checked is None:
        raise parts["source"].fail("nobody says when the source was looked up", expected="checked: a date")
    return read(parts["value"]), source


def change_days(node: Node) -> tuple[date, ...]:
    """Return the days on which a dated value changes, as written."""
    return tuple(entry.mapping(required=["from"])["from"].day() for entry in node.items())


def money_from_node(node: Node) -> Fen:
    """Read an amount (`yuan(500)`), >= 0, as fen."""
    amount = _constant(node, Kind.MONEY)
    if amount < 0:
        raise node.fail("an amount below 0", got=node.value, expected=">= 0")
    return fen(amount)


def ratio_from_node(node: Node) -> Decimal:
    """Read a ratio (`0.072`), >= 0, exactly; at most nine decimals."""
    nano = _constant(node, Kind.NANO)
    if nano < 0:
        raise node.fail("a ratio below 0", got=node.value, expected=">= 0")
    return ratio_from_nano(nano)


def ratio_from_nano(nano: int) -> Decimal:
    """Return billionths as an exact ratio.

    >>> ratio_from_nano(72_000_000)
    Decimal('0.072')
    """
    return Decimal(nano).scaleb(-NANO_DECIMALS).normalize() if nano else Decimal(0)


def nano_from_ratio(ratio: Decimal, *, what: str) -> int:
    """Return a ratio in billionths, as policies read it.

    Args:
        what: the ratio's name, for the error.
    Raises: InputError if it is no whole number of billionths: a rule would judge another number.

    >>> nano_from_ratio(Decimal("0.072"), what="rate")
    72000000
    """
    if not ratio.is_finite():
        raise InputError(f"{what} is no number", got=ratio)
    numerator, denominator = ratio.as_integer_ratio()
    nano, rest = divmod(numerator * NANO, denominator)
    if rest:
        raise InputError(f"{what} has too many decimals", got=ratio, expected="at most nine")
    return nano


def rounded_nano(ratio: Decimal, *, what: str) -> int:
    """Return a computed ratio in billionths, half away from zero: a yearly cost has no end of decimals.

    Raises: InputError if it is no number.

    >>> rounded_nano(Decimal("0.2400000000001"), what="cost")
    240000000
    """
    if not ratio.is_finite():
        raise InputError(f"{what} is no number", got=ratio)
    numerator, denominator = ratio.as_integer_ratio()
    return divide(numerator=numerator * NANO, denominator=denominator, rounding=Rounding.HALF_AWAY)


def wording_from_node(node: Node) -> Wording:
    """Read a text in both languages ({zh, en})."""
    parts = node.mapping(required=["zh", "en"], optional=[])
    return Wording(zh=parts["zh"].text(), en=parts["en"].text())


def words_from_node(node: Node, *, among: Sequence[str] | None = None) -> tuple[str, ...]:
    """Read a list of words, at least one, each once."""
    words = tuple(item.text(among=among) for item in node.items())
    if not words:
        raise node.fail("there is no word here", expected="at least one")
    if twice := next((word for word in words if words.count(word) > 1), None):
        raise node.fail("a word stands twice", got=twice)
    return words


def plain(value: object) -> object:
    """Return a value of a document as plain data: mappings, lists, texts, whole numbers, true and false.

    A ratio becomes its decimal text, a day its ISO text, a word its name.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def _constant(node: Node, kind: Kind) -> int:
    try:
        value = constant_from_node(node, kind=kind)
    except InputError as error:
        raise placed(error, node) from error
    if not isinstance(value, int):
        raise node.fail("expected a number here", got=node.value)
    return value
