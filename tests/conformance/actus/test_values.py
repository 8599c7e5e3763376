from datetime import date
from decimal import Decimal

import pytest
from conformance.actus.values import (
    Moment,
    RefusedError,
    cycle,
    day,
    many,
    moment,
    notice,
    number,
    units,
    word,
)

from creditloop.book.calendars import Cycle, Stub
from creditloop.book.flows import Notice


def test_a_moment_is_a_days_beginning_or_its_end() -> None:
    assert moment("2013-07-01T00:00") == Moment(date(2013, 7, 1), False)
    assert moment("2013-07-01") == Moment(date(2013, 7, 1), False)
    assert moment("2013-07-01T23:59:59") == Moment(date(2013, 7, 1), True)


@pytest.mark.parametrize("text", ["2013-07-01T12:00:00", "July", "", None])
def test_other_moments_are_refused(text: object) -> None:
    with pytest.raises(RefusedError):
        moment(text)


def test_a_day_has_no_end() -> None:
    with pytest.raises(RefusedError, match="the end of a day"):
        day("2013-07-01T23:59:59")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("P1ML0", Cycle(months=1, stub=Stub.LONG)),
        ("P2WL1", Cycle(days=14)),
        ("P1Q", Cycle(months=3)),
        ("P1HL1", Cycle(months=6)),
        ("P2YL1", Cycle(months=24)),
        ("P27DL1", Cycle(days=27)),
    ],
)
def test_cycles(text: str, read: Cycle) -> None:
    assert cycle(text) == read


def test_notices_may_be_none() -> None:
    assert notice("P0D") == Notice()
    assert notice("P1M") == Notice(months=1)
    assert notice("P3W") == Notice(days=21)


@pytest.mark.parametrize("text", ["1M", "P1S", "P1ML2", ""])
def test_what_is_no_cycle_is_refused(text: str) -> None:
    with pytest.raises(RefusedError, match="not a cycle"):
        cycle(text)


def test_numbers_and_words() -> None:
    assert number(" -0.03") == Decimal("-0.03")
    assert units("1.5") == 15 * 10**19
    assert many("a") == ["a"]
    assert many(["a", "b"]) == ["a", "b"]
    assert word("B ", {"B": 2}, term="letter") == 2
    for text in ("x", "NaN"):
        with pytest.raises(RefusedError, match="not a number"):
            number(text)
    with pytest.raises(RefusedError, match="letter C"):
        word("C", {"B": 2}, term="letter")
