"""The repayment record (还款记录): a status for each month, without a gap, and overdue totals."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any, NoReturn

from msgspec import Struct

from creditloop.data.bureau.reading import scalars
from creditloop.data.bureau.reading.fault import Fault, shown
from creditloop.data.bureau.reading.forms import list_of, make_form
from creditloop.data.bureau.reading.places import RecordKeys
from creditloop.kernel.money import Fen


class RepaymentRecord(Struct, frozen=True, kw_only=True):
    """A record from its first month on, without a gap.

    Attributes:
        first_month: first day of the first month.
        statuses: one repayment status (还款状态) a month, oldest first.
        overdue_fen: overdue or overdrawn total (逾期(透支)总额) of each month, None where it has none;
            None as a whole where this kind of record gives no amounts.
    """

    first_month: date
    statuses: str
    overdue_fen: tuple[Fen | None, ...] | None

    @property
    def last_month(self) -> date:
        """First day of the last month."""
        return scalars.MONTH_DAYS[scalars.index_of(self.first_month) + len(self.statuses) - 1]

    def months(self) -> Iterator[date]:
        """Give the first day of each month, oldest first."""
        first = scalars.index_of(self.first_month)
        return iter(scalars.MONTH_DAYS[first : first + len(self.statuses)])


@lru_cache(maxsize=1 << 16)  # the amounts of a record repeat
def _overdue(raw: str | None) -> Fen | None:
    return None if raw is None or raw in scalars.EMPTY else scalars.amount(raw)


def read_record(raw: Any, keys: RecordKeys) -> RepaymentRecord:
    """Read a record: its frame, then its months in one go; if they do not fit, one by one to find the fault.

    The months may be written oldest or newest first; they must be all from the first to the last one stated.
    """
    _check_keys(raw, keys.frame)
    first, last = _month_index(raw, keys.first), _month_index(raw, keys.last)
    items = raw[keys.items]
    if type(items) is not list or not 1 <= len(items) <= keys.months_max:
        expected = f"a list of 1 to {keys.months_max} months"
        raise Fault("is not the list of months", got=shown(items), expected=expected).at(keys.items)
    if keys.count and raw[keys.count] != str(len(items)):
        _refuse_count(raw, keys.count, len(items))
    months = scalars.MONTHS[first : last + 1]
    columns = _columns(items, keys)
    if columns is None or (step := _direction(columns[0], months)) is None:
        _find_fault(items, keys, months)
    return _as_record(columns, first, step)


def quick_record(keys: RecordKeys) -> tuple[Any, Callable[[Any], RepaymentRecord]]:
    """Make the form a record is decoded into, and what reads it; its faults have no place."""
    month_keys = [(keys.month, str, True), (keys.status, str, True)]
    month = make_form("month", [*month_keys, *([(keys.overdue, str | None, True)] if keys.overdue else [])])
    frame = [(key, str, True) for key in (keys.first, keys.last, keys.count) if key]
    form = make_form("record", [*frame, (keys.items, list_of(month), True)])
    month_of, status_of = attrgetter(keys.month), attrgetter(keys.status)
    overdue_of = attrgetter(keys.overdue) if keys.overdue else None
    items_of, bounds_of = attrgetter(keys.items), attrgetter(keys.first, keys.last)
    count_of = attrgetter(keys.count) if keys.count else None

    def quick(given: Any) -> RepaymentRecord:
        items = items_of(given)
        first, last = map(scalars.MONTH_INDEX.get, bounds_of(given))
        statuses = [*map(status_of, items)]
        if first is None or last is None or not 1 <= len(items) <= keys.months_max:
            raise _unfit()
        if not keys.known.issuperset(statuses) or (count_of and count_of(given) != str(len(items))):
            raise _unfit()
        months = tuple(map(month_of, items))
        step = _direction(months, scalars.MONTHS[first : last + 1])
        if step is None:
            raise _unfit()
        overdue = _amounts([*map(overdue_of, items)]) if overdue_of else None
        return _as_record((months, statuses, overdue), first, step)

    return form, quick


def _unfit() -> Fault:
    return Fault("the record does not fit", got="a record", expected="months from the first to the last")


def _direction(found: tuple[str, ...], months: tuple[str, ...]) -> int | None:
    """Say which way round the months stand: 1 oldest first, -1 newest first; None if they are not these."""
    if found == months:
        return 1
    return -1 if found == months[::-1] else None


def _as_record(columns: "Columns", first: int, step: int) -> RepaymentRecord:
    overdue = None if columns[2] is None else columns[2][::step]
    return RepaymentRecord(
        first_month=scalars.MONTH_DAYS[first], statuses="".join(columns[1][::step]), overdue_fen=overdue
    )


Columns = tuple[tuple[str, ...], list[str], tuple[Fen | None, ...] | None]


def _columns(items: list[Any], keys: RecordKeys) -> Columns | None:
    """Take the months apart into columns, or give None if any item is not as it should be."""
    width = len(keys.item)
    try:
        months = tuple([item[keys.month] for item in items])
        statuses = [item[keys.status] for item in items]
        overdue = _amounts([item[keys.overdue] for item in items]) if keys.overdue else None
        sound = keys.known.issuperset(statuses) and {*map(len, items)} == {width}
    except (Fault, LookupError, TypeError):
        return None
    return (months, statuses, overdue) if sound else None


def _amounts(raw: list[Any]) -> tuple[Fen | None, ...]:
    """Read the amounts of a record; in most records nothing was ever overdue."""
    if raw.count("0") == len(raw):
        return (Fen(0),) * len(raw)
    return tuple(map(_overdue, raw))


def _find_fault(items: list[Any], keys: RecordKeys, months: tuple[str, ...]) -> NoReturn:
    """Go through the months one by one and raise what is wrong with the first that is wrong."""
    newest_first = bool(months) and type(items[0]) is dict and items[0].get(keys.month) == months[-1]
    expected = months[::-1] if newest_first else months
    for index, item in enumerate(items):
        try:
            _check_item(item, keys, expected[index] if index < len(expected) else "none left")
        except Fault as fault:
            raise fault.at(keys.items, index) from None
    raise _gap(f"{len(items)} months", f"{len(months)} months, from the first to the last stated").at(
        keys.items
    )


def _check_item(item: Any, keys: RecordKeys, month: str) -> None:
    _check_keys(item, keys.item)
    if scalars.MONTHS[_month_index(item, keys.month)] != month:
        raise _gap(shown(item[keys.month]), month).at(keys.month)
    for key, convert in ((keys.status, keys.status_door), (keys.overdue, _overdue)):
        try:
            if key:
                convert(item[key])
        except TypeError:  # not hashable: neither a text nor nothing
            raise Fault("is not a text", got=shown(item[key]), expected="a text").at(key) from None
        except Fault as fault:
            raise fault.at(key) from None


def _gap(got: str, expected: str) -> Fault:
    what = "the months of the record do not follow one another"
    return Fault(what, got=got, expected=expected, rule="months_contiguous")


def _check_keys(raw: Any, keys: frozenset[str]) -> None:
    if type(raw) is dict and raw.keys() == keys:
        return
    if type(raw) is not dict:
        raise Fault("is not an element", got=shown(raw), expected="an element with " + " ".join(sorted(keys)))
    if missing := sorted(keys - raw.keys()):
        raise Fault("is missing", got="nothing", expected="the key must be there").at(missing[0])
    if unknown := sorted(raw.keys() - keys):
        raise Fault("is a key never seen", got="the key", expected=" ".join(sorted(keys))).at(unknown[0])


def _month_index(raw: Any, key: str) -> int:
    try:
        return scalars.MONTH_INDEX[raw[key]]
    except (KeyError, TypeError):
        return scalars.index_of(_by(scalars.month, raw, key))


def _by(convert: scalars.Convert, raw: Any, key: str) -> Any:
    """Read what stands at a key, and name the key if it does not fit."""
    try:
        return convert(raw[key])
    except Fault as fault:
        raise fault.at(key) from None


def _refuse_count(raw: Any, key: str, items: int) -> NoReturn:
    stated = _by(scalars.count, raw, key)
    what = "the count is not the number of items"
    raise Fault(what, got=str(stated), expected=str(items), rule="count_equals_items").at(key)
