"""From a text of the report to a value: one strict door for each kind; what does not fit is a fault.

The report writes everything as text. Amounts are in yuan and become fen exactly; months become their first
day; the report's time is read as Beijing time (the report states no zone; our reading). What is not a text
is refused by every door.
"""

import re
from collections.abc import Callable
from datetime import date, datetime

from creditloop.data.bureau.reading.code_table import CodeTable
from creditloop.data.bureau.reading.fault import Fault, shown
from creditloop.kernel.dates import BEIJING_UTC_OFFSET_HOURS, check_aware, date_from_text, start_of_day
from creditloop.kernel.errors import InputError
from creditloop.kernel.money import Fen, fen_from_text

EMPTY = frozenset({"", "--"})
"""Texts that stand for a value that is not there."""
TEXT_MAX = 2_000
"""Longest text, in characters; our own bound, the published fields are shorter."""

_AMOUNT = re.compile(r"(0|[1-9]\d{0,14})(\.\d{1,2})?", re.ASCII)
_COUNT = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)
_YEAR = re.compile(r"(19|20)\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", re.ASCII)
_SHARE_DECIMALS = 4
_NANO_OF_LAST_DECIMAL = 1_000
_SHARE = re.compile(r"(0|[1-9]\d{0,2}|1000)(?:\.(\d{1,4}))?%?", re.ASCII)
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_FIRST_YEAR, _YEARS = 1900, 200
MONTHS = tuple(f"{_FIRST_YEAR + n // 12}-{n % 12 + 1:02d}" for n in range(_YEARS * 12))
"""Every month a report can name, in order."""
MONTH_INDEX = {text: index for index, text in enumerate(MONTHS)}
MONTH_DAYS = tuple(date(_FIRST_YEAR + n // 12, n % 12 + 1, 1) for n in range(_YEARS * 12))
"""The first day of each of `MONTHS`."""

Convert = Callable[[str], object]


def _texts_only(raw: object, expected: str) -> str:
    if type(raw) is not str:
        raise Fault("is not a text", got=shown(raw), expected=expected)
    return raw


def text(raw: str) -> str:
    """Take a text as it stands; control characters other than tab and line feed are refused."""
    _texts_only(raw, "a text")
    if not raw.strip():
        raise Fault("is blank", got=shown(raw), expected="a text, or nothing at all")
    if len(raw) > TEXT_MAX:
        raise Fault("is too long", got=f"{len(raw)} characters", expected=f"at most {TEXT_MAX}")
    if found := _FORBIDDEN.search(raw):
        got = f"U+{ord(found.group()):04X} at {found.start()}"
        raise Fault("holds a character no report has", got=got, expected="printable text")
    return raw


def amount(raw: str) -> Fen:
    """Read yuan as fen, exactly."""
    expected = "yuan, at least 0, at most 2 decimals"
    if not _AMOUNT.fullmatch(_texts_only(raw, expected)):
        raise Fault("is not an amount", got=shown(raw), expected=expected)
    return fen_from_text(raw)


def balance(raw: str) -> Fen:
    """Read yuan as fen, exactly; below zero if more was paid than owed."""
    if type(raw) is str and raw.startswith("-"):
        return Fen(-amount(raw[1:]))
    return amount(raw)


def count(raw: str) -> int:
    """Read a whole number from 0."""
    expected = "a whole number from 0"
    if not _COUNT.fullmatch(_texts_only(raw, expected)):
        raise Fault("is not a count", got=shown(raw), expected=expected)
    return int(raw)


def day(raw: str) -> date:
    """Read a day of the calendar."""
    expected = "YYYY-MM-DD, a day of the calendar"
    try:
        return date_from_text(_texts_only(raw, expected))
    except InputError as error:
        raise Fault("is not a day", got=shown(raw), expected=expected) from error


def month(raw: str) -> date:
    """Read a month as its first day."""
    expected = f"YYYY-MM, {MONTHS[0]} to {MONTHS[-1]}"
    index = MONTH_INDEX.get(_texts_only(raw, expected))
    if index is None:
        raise Fault("is not a month", got=shown(raw), expected=expected)
    return MONTH_DAYS[index]


def index_of(day: date) -> int:
    """Return the place in `MONTHS` of the month a day lies in; below 0 or past its end if it is not there."""
    return (day.year - _FIRST_YEAR) * 12 + day.month - 1


def year(raw: str) -> int:
    """Read a year, 1900 to 2099."""
    if not _YEAR.fullmatch(_texts_only(raw, "YYYY")):
        raise Fault("is not a year", got=shown(raw), expected="YYYY, 1900 to 2099")
    return int(raw)


def moment(raw: str) -> datetime:
    """Read the report's time, written in Beijing time, as an instant in UTC."""
    expected = "YYYY-MM-DDThh:mm:ss"
    try:
        if not _MOMENT.fullmatch(_texts_only(raw, expected)):
            raise ValueError(raw)
        written = datetime.fromisoformat(f"{raw}+{BEIJING_UTC_OFFSET_HOURS:02d}:00")
        return check_aware(written, name="report time")
    except (ValueError, InputError) as error:
        raise Fault("is not a time", got=shown(raw), expected=expected) from error


def percentile(raw: str) -> int:
    """Read the place of the bureau's score among all (相对位置): `>50%` or `50` is 50."""
    expected = "0 to 100, or >0% to >100%"
    digits = _texts_only(raw, expected).removeprefix(">").removesuffix("%")
    if not _COUNT.fullmatch(digits) or int(digits) > 100:
        raise Fault("is not a share", got=shown(raw), expected=expected)
    return int(digits)


def share(raw: str) -> int:
    """Read a share in percent as nano, exactly: `33.33` is 333,300,000; at most 1,000 percent."""
    expected = "percent, at least 0, at most 4 decimals"
    found = _SHARE.fullmatch(_texts_only(raw, expected))
    if not found:
        raise Fault("is not a share", got=shown(raw), expected=expected)
    whole, decimals = found[1], found[2] or ""
    return int(whole + decimals.ljust(_SHARE_DECIMALS, "0")) * _NANO_OF_LAST_DECIMAL


def score(raw: str) -> int:
    """Read the bureau's score (数字解读), 0 to 1000, higher is safer."""
    value = count(raw)
    if value > 1000:
        raise Fault("is not a score", got=shown(raw), expected="0 to 1000")
    return value


def code_of(table: CodeTable) -> Convert:
    """Make the door of a coded field: a code its table does not list is refused by name."""
    codes = {code: code for code in table.codes}
    expected = f"a code of {table.name.zh} {table.name.en}: " + _listed(table)

    def code(raw: str) -> str:
        if type(raw) is str and raw in codes:
            return codes[raw]
        raise Fault("is a code never seen", got=shown(raw), expected=expected)

    return code


def _listed(table: CodeTable) -> str:
    codes = list(table.codes)
    return "one of " + " ".join(codes if len(codes) <= 30 else [*codes[:30], "…"])


def string_of(table: CodeTable, *, length: int) -> Convert:
    """Make the door of a string of one-character codes, one a month."""

    def string(raw: str) -> str:
        expected = f"{length} codes, each {_listed(table)}"
        if len(_texts_only(raw, expected)) != length or not set(raw) <= set(table.codes):
            raise Fault("is not a string of codes", got=shown(raw), expected=expected)
        return raw

    return string


def day_starts(value: date) -> datetime:
    """Return the first instant of a Beijing day."""
    return start_of_day(value, utc_offset_hours=BEIJING_UTC_OFFSET_HOURS)
