"""Values kept as JSON come back as they were, the longest integers, dates and nulls among them."""

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.formula import Kind
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.errors import EvidenceError
from creditloop.risk import kept_frame

KINDS = {
    "n": Kind.INTEGER,
    "m": Kind.MONEY,
    "r": Kind.NANO,
    "t": Kind.TEXT,
    "b": Kind.BOOLEAN,
    "d": Kind.DATE,
}
WHOLE = st.none() | st.integers(-(2**63), 2**63 - 1)
ROWS = st.fixed_dictionaries(
    {
        "n": WHOLE,
        "m": WHOLE,
        "r": WHOLE,
        "t": st.none() | st.text(),
        "b": st.none() | st.booleans(),
        "d": st.none() | st.dates(),
    }
)


@given(st.lists(ROWS, max_size=20))
def test_what_was_kept_comes_back(rows: list[Mapping[str, object]]) -> None:
    frame = kept_frame([canonical_bytes(row).decode() for row in rows], kinds=KINDS)
    assert frame.rows(named=True) == rows
    assert frame.columns == list(KINDS)


def test_what_may_be_missing_is_null_and_what_may_not_is_refused() -> None:
    assert kept_frame(['{"n":1}', "{}"], kinds={"n": Kind.INTEGER}, maybe={"n"})["n"].to_list() == [1, None]
    with pytest.raises(EvidenceError, match="is not kept"):
        kept_frame(['{"n":1}', '{"m":1}'], kinds={"n": Kind.INTEGER})


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.INTEGER, "true"),
        (Kind.INTEGER, "1.5"),
        (Kind.INTEGER, '"x"'),
        (Kind.TEXT, "1"),
        (Kind.BOOLEAN, "1"),
        (Kind.DATE, '"2024-02-30"'),
        (Kind.DATE, "1"),
        (Kind.MONEY, "[1]"),
    ],
)
def test_a_value_of_another_kind_is_refused(kind: Kind, text: str) -> None:
    with pytest.raises(EvidenceError, match="not what its rules read"):
        kept_frame([f'{{"x":{text}}}'], kinds={"x": kind})


def test_an_entry_says_which_day_it_was() -> None:
    assert kept_frame(['{"d":"2024-02-29"}'], kinds={"d": Kind.DATE})["d"].to_list() == [date(2024, 2, 29)]
