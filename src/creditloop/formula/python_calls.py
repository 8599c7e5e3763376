"""What the generated Python calls by name: the few operations that are more than one expression.

Each takes values that are there; the generated lines have seen to nulls before.
"""

from collections.abc import Mapping
from datetime import date

from creditloop.formula.kinds import INT64_MAX, INT64_MIN, State, join_states
from creditloop.kernel.dates import add_months
from creditloop.kernel.errors import InputError
from creditloop.kernel.money import divide_half_away

WHITESPACE = " \t\r\n"
"""What `trim` takes away."""
_OK, _BROKEN = State.OK.value, State.BROKEN_INPUT.value
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_UPPER = {code + 32: code for code in range(ord("A"), ord("Z") + 1)}


def number_given(value: object, null: int) -> tuple[int | None, int]:
    """Return an input's number and state: itself, the null of its policy, or broken.

    The generated line calls it for what is no small integer, so that the common case costs no call.
    """
    if type(value) is int and INT64_MIN <= value <= INT64_MAX:
        return value, _OK
    return None, null if value is None else _BROKEN


def remainder(dividend: int, divisor: int) -> int:
    """Return what is left of a division towards zero: it has the sign of the dividend.

    >>> remainder(-7, 2), remainder(7, -2)
    (-1, 1)
    """
    rest = abs(dividend) % abs(divisor)
    return -rest if dividend < 0 else rest


def months_later(day: date, months: int) -> date | None:
    """Return the same day so many months later, or that month's last; None outside the calendar."""
    try:
        return add_months(day, months)
    except InputError:
        return None


def months_between(first: date, last: date) -> int:
    """Count the whole months from one day to another, towards zero; a month's last day completes it.

    >>> january = date(2005, 1, 31)
    >>> months_between(january, date(2005, 2, 28)), months_between(january, date(2005, 1, 1))
    (1, 0)
    """
    count = 12 * (last.year - first.year) + last.month - first.month
    if count > 0 and add_months(first, count) > last:
        return count - 1
    return count + 1 if count < 0 and add_months(first, count) < last else count


def lower_ascii(text: str) -> str:
    """Return the text with A–Z in lower case, and nothing else changed."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def upper_ascii(text: str) -> str:
    """Return the text with a–z in upper case, and nothing else changed."""
    return text.upper() if text.isascii() else text.translate(_UPPER)


CALLS: Mapping[str, object] = {
    "date": date,
    "divide_half_away": divide_half_away,
    "lower_ascii": lower_ascii,
    "months_between": months_between,
    "months_later": months_later,
    "number_given": number_given,
    "remainder": remainder,
    "upper_ascii": upper_ascii,
    "worst": join_states,
}
"""The names the generated source may use."""
