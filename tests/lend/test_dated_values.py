"""Dated values: the entry of a day, ratios and billionths that do not lose anything, plain data."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.book.interest import DayCount
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.kernel.money import fen
from creditloop.lend.dated_values import (
    change_days,
    dated_from_node,
    nano_from_ratio,
    plain,
    ratio_from_nano,
    ratio_from_node,
    rounded_nano,
)
from creditloop.lend.products import TermRange

TEXT = """
- {from: 2021-01-01, value: 0.1, source: {title: ours, checked: 2026-01-01}}
- {from: 2022-01-01, value: 0.2, source: {title: theirs, reference: art. 3, checked: 2026-01-01}}
"""
NODE = parse_document(TEXT, path="a.yaml").root


@pytest.mark.parametrize(
    ("day", "value", "until"),
    [
        (date(2021, 1, 1), Decimal("0.1"), date(2022, 1, 1)),
        (date(2021, 12, 31), Decimal("0.1"), date(2022, 1, 1)),
        (date(2022, 1, 1), Decimal("0.2"), None),
    ],
)
def test_the_entry_of_a_day(day: date, value: Decimal, until: date | None) -> None:
    dated = dated_from_node(NODE, on=day, read=ratio_from_node)
    assert (dated.value, dated.until) == (value, until)
    assert change_days(NODE) == (date(2021, 1, 1), date(2022, 1, 1))


@pytest.mark.parametrize(
    ("old", "new", "day", "words"),
    [
        ("0.2", "many", date(2021, 6, 1), "many"),  # of a day that is still to come
        ("2022-01-01, value", "2021-01-01, value", date(2021, 6, 1), "in order of time"),
        ("reference: art. 3, checked: 2026-01-01", "reference: art. 3", date(2021, 6, 1), "looked up"),
        ("source: {title: ours, checked: 2026-01-01}", "unit: day", date(2021, 6, 1), "'source' is missing"),
        ("0.1", "0.1", date(2021, 1, 1) - timedelta(days=1), "nothing is in force"),
    ],
)
def test_a_bad_entry_is_refused_whenever_its_day_comes(old: str, new: str, day: date, words: str) -> None:
    node = parse_document(TEXT.replace(old, new), path="a.yaml").root
    with pytest.raises(PolicyError) as told:
        dated_from_node(node, on=day, read=ratio_from_node)
    assert words in told.value.diagnostics()
    assert told.value.where["file"] == "a.yaml"


@given(nano=st.integers(0, 10**18))
def test_billionths_and_ratios_are_the_same_number(nano: int) -> None:
    assert nano_from_ratio(ratio_from_nano(nano), what="it") == nano
    assert rounded_nano(ratio_from_nano(nano), what="it") == nano


def test_a_rate_is_never_rounded_and_a_cost_is() -> None:
    with pytest.raises(InputError, match="too many decimals"):
        nano_from_ratio(Decimal("0.0000000005"), what="the rate")
    assert rounded_nano(Decimal("0.0000000005"), what="the cost") == 1
    assert rounded_nano(Decimal("0.00000000049"), what="the cost") == 0
    for door in (nano_from_ratio, rounded_nano):
        with pytest.raises(InputError, match="is no number"):
            door(Decimal("NaN"), what="it")


def test_plain_data_has_no_objects_left() -> None:
    assert plain((TermRange(least=5, most=10, only=(5, 10)), DayCount.ACT_360, Decimal("1E-7"), fen(5))) == [
        {"least": 5, "most": 10, "only": [5, 10]},
        "ACT_360",
        "0.0000001",
        5,
    ]
    assert plain(date(2024, 2, 29)) == "2024-02-29"
