"""Reading a calendar document: a weekend, and for each year its holidays and the weekends worked for them.

A year without an entry is not known; `beyond` says what then: `weekends` (the weekend alone decides, as a
plan of many years must have dates before the notices are out) or `refuse`.
"""

from datetime import date, timedelta

from creditloop.book.calendars.business_days import BusinessDays
from creditloop.kernel.documents import Document, Node, source_from_node

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_business_days(document: Document) -> BusinessDays:
    """Read a calendar document as business days.

    Raises: PolicyError naming file and line if the document is not well formed, its years are not
    consecutive, or a day stands in the wrong year or on the wrong side of the weekend.
    """
    entries = document.root.mapping(required=["calendar", "title", "weekend", "beyond", "years"], optional=[])
    weekend = frozenset(_WEEKDAYS.index(node.text(among=_WEEKDAYS)) for node in entries["weekend"].items())
    holidays: set[date] = set()
    worked: set[date] = set()
    years: list[int] = []
    for node in entries["years"].items():
        entry = node.mapping(required=["year", "source", "holidays", "working_weekends"], optional=[])
        years.append(_year(entry["year"], years))
        source_from_node(entry["source"])
        for holiday in entry["holidays"].items():
            holidays.update(_days_off(holiday, years[-1]))
        worked.update(_worked_day(day, years[-1], weekend) for day in entry["working_weekends"].items())
    if not years:
        raise entries["years"].fail("a calendar of no year")
    if both := sorted(holidays & worked):
        raise entries["years"].fail("a day is a holiday and worked", got=both[0])
    return BusinessDays(
        weekend=weekend,
        holidays=frozenset(holidays),
        working_weekends=frozenset(worked),
        known=(date(years[0], 1, 1), date(years[-1], 12, 31)),
        weekends_beyond=entries["beyond"].text(among=("weekends", "refuse")) == "weekends",
    )


def _year(node: Node, before: list[int]) -> int:
    year = node.integer(least=1949, most=9999)
    if before and year != before[-1] + 1:
        raise node.fail("years must follow one another", got=year, expected=before[-1] + 1)
    return year


def _days_off(node: Node, year: int) -> list[date]:
    """Return the days of a holiday: a name and its first and last day."""
    entry = node.mapping(required=["name", "from", "to"], optional=[])
    entry["name"].mapping(required=["zh", "en"], optional=[])
    first, last = entry["from"].day(), entry["to"].day()
    if not (first <= last and first.year == last.year == year):
        raise node.fail("a holiday must lie within its year", got=f"{first} to {last}", expected=year)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _worked_day(node: Node, year: int, weekend: frozenset[int]) -> date:
    day = node.day()
    if day.year != year or day.weekday() not in weekend:
        raise node.fail("a working weekend must be a weekend of its year", got=day, expected=year)
    return day
