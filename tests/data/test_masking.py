"""Masks by class and type."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.data.contracts import ColumnType
from creditloop.data.masking import masked, masked_party

VALUES = {
    ColumnType.INTEGER: (17, "*"),
    ColumnType.MONEY: (1_234_599, "10000..99999"),
    ColumnType.TEXT: ("张三丰", "张**"),
    ColumnType.BOOLEAN: (True, "*"),
    ColumnType.DATE: (date(1985, 7, 3), "1985-**-**"),
    ColumnType.INSTANT: (datetime(1985, 7, 3, 1, tzinfo=UTC), "1985-**-**"),
    ColumnType.CODE: ("F", "*"),
}


@pytest.mark.parametrize("column_type", list(ColumnType))
def test_masks_are_text_and_keep_what_is_missing(column_type: ColumnType) -> None:
    value, mask = VALUES[column_type]
    values = pl.Series("x", [value, None])
    assert masked(values, column_type=column_type, sensitivity=3).to_list() == [mask, None]
    for sensitivity in (4, 5):
        hidden = masked(values, column_type=column_type, sensitivity=sensitivity)
        assert (hidden.to_list(), hidden.dtype, hidden.name) == (["***", None], pl.String, "x")


@given(st.integers(-(10**15), 10**15))
def test_an_amount_lies_in_the_band_that_is_shown(amount_fen: int) -> None:
    (shown,) = masked(pl.Series([amount_fen]), column_type=ColumnType.MONEY, sensitivity=3)
    low, high = (int(bound) for bound in shown.split(".."))
    assert abs(low) <= abs(amount_fen) // 100 <= abs(high)
    assert shown.startswith("-") == (amount_fen < 0)
    assert abs(high) >= 9


def test_party_ids_show_the_contract_and_little_of_the_number() -> None:
    ids = pl.Series(["bank/330102199001011234", "bank/12345", "bank/123456", None])
    assert masked_party(ids, sensitivity=3).to_list() == ["bank/***34", "bank/***", "bank/***56", None]
    assert masked_party(ids, sensitivity=4).to_list() == ["***", "***", "***", None]
