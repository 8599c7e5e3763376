"""How the console writes figures: amounts, shares, counts, dates, hashes. Rounding happens here."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from creditloop.formula import Kind
from creditloop.kernel.money import divide_half_away, text_from_fen

NOTHING = "–"
"""What stands where there is no value."""


def money(amount_fen: int | None) -> str:
    """Write fen as units of the currency, with separators and two decimals.

    >>> money(-123456789)
    '-1,234,567.89'
    """
    if amount_fen is None:
        return NOTHING
    units, _, decimals = text_from_fen(amount_fen).partition(".")
    sign, digits = ("-", units[1:]) if units.startswith("-") else ("", units)
    return f"{sign}{int(digits):,}.{decimals}"


def percent(nano: int | None, decimals: int = 2) -> str:
    """Write a ratio in nano as a percentage, rounded half away from zero.

    >>> percent(123_456_789), percent(-5_000, 3)
    ('12.35%', '-0.001%')
    """
    if nano is None:
        return NOTHING
    parts = divide_half_away(nano, 10 ** (7 - decimals))
    whole, rest = divmod(abs(parts), 10**decimals)
    return f"{'-' if parts < 0 else ''}{whole:,}{f'.{rest:0{decimals}d}' if decimals else ''}%"


def ratio(part: int, whole: int) -> int | None:
    """Return a share in nano, rounded half away from zero; None of nothing.

    >>> ratio(1, 3), ratio(1, 0)
    (333333333, None)
    """
    return divide_half_away(part * 10**9, whole) if whole else None


def decimal(nano: int | None, decimals: int = 4) -> str:
    """Write a value in nano as a decimal number, rounded half away from zero.

    >>> decimal(774_312_345)
    '0.7743'
    """
    if nano is None:
        return NOTHING
    parts = divide_half_away(nano, 10 ** (9 - decimals))
    whole, rest = divmod(abs(parts), 10**decimals)
    return f"{'-' if parts < 0 else ''}{whole:,}.{rest:0{decimals}d}"


def count(number: int | None) -> str:
    """Write a whole number with separators.

    >>> count(30000)
    '30,000'
    """
    return NOTHING if number is None else f"{number:,}"


def moment(value: datetime | None) -> str:
    """Write an instant in UTC, to the second."""
    return NOTHING if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def short(value: str | UUID | None) -> str:
    """Write the first characters of a hash or id; the whole stands in the link and the title."""
    return NOTHING if value is None else str(value)[:10]


def written(value: object) -> str:
    """Write a value of a row as it stands, by its type."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    return moment(value) if isinstance(value, datetime) else str(value)


def by_kind(kind: object, value: object) -> str:
    """Write a value of a strategy by its kind, nothing rounded away: money in units, ratios as decimals.

    >>> by_kind(Kind.MONEY, 123456), by_kind(Kind.NANO, [300_000_000, 300_000_001, None])
    ('1,234.56', '0.3000, 0.300000001, –')
    """
    if isinstance(value, list | tuple):
        return ", ".join(by_kind(kind, one) for one in value) or NOTHING
    if isinstance(value, int) and not isinstance(value, bool):
        if kind is Kind.MONEY:
            return money(value)
        if kind is Kind.NANO:
            whole = decimal(value, 9)
            return whole[:-5] + whole[-5:].rstrip("0")
    return written(value)


def first_part(text: str) -> str:
    """Return a text up to its first semicolon: the heading of a longer explanation.

    >>> first_part("账单金额；负数为溢缴款")
    '账单金额'
    """
    return re.split("[；;]", text, maxsplit=1)[0].strip()


FILTERS: Mapping[str, Callable[..., str]] = {
    "money": money,
    "percent": percent,
    "decimal": decimal,
    "count_of": count,
    "moment": moment,
    "instant": lambda text: moment(datetime.fromisoformat(text)),
    "short": short,
    "first_part": first_part,
    "written": written,
    "by_kind": lambda value, kind: by_kind(kind, value),
}
"""What a template may call on a value."""
