"""Figures: exact, rounded half away from zero, and nothing said of nothing."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from creditloop.formula import Kind
from creditloop.kernel.money import fen_from_text
from creditloop.service.console.figures import (
    FILTERS,
    NOTHING,
    by_kind,
    count,
    decimal,
    moment,
    money,
    percent,
    ratio,
    short,
    written,
)

FEN = st.integers(-(2**62), 2**62)


@given(st.integers(-(2**62), 2**62))
def test_a_ratio_of_a_strategy_loses_no_digit(nano: int) -> None:
    told = by_kind(Kind.NANO, nano)
    assert Decimal(told.replace(",", "")) * 10**9 == nano
    assert len(told.partition(".")[2]) >= 4


@given(FEN)
def test_an_amount_reads_back_as_itself(amount_fen: int) -> None:
    assert fen_from_text(money(amount_fen)) == amount_fen


@given(FEN, st.integers(0, 4))
def test_a_share_is_rounded_half_away_from_zero(nano: int, decimals: int) -> None:
    exact = Decimal(nano) / 10**7
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    assert Decimal(percent(nano, decimals).rstrip("%").replace(",", "")) == rounded
    exact = Decimal(nano) / 10**9
    places = decimals or 1
    rounded = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    assert Decimal(decimal(nano, places).replace(",", "")) == rounded


def test_of_nothing_nothing_is_said() -> None:
    assert {money(None), percent(None), decimal(None), count(None), moment(None), short(None)} == {NOTHING}
    assert (written(None), written("")) == (NOTHING, NOTHING)
    assert ratio(3, 0) is None


def test_values_are_written_by_their_type() -> None:
    at = datetime(2026, 1, 5, 17, 30, tzinfo=timezone(timedelta(hours=8)))
    assert written(at) == moment(at.astimezone(UTC)) == "2026-01-05 09:30:00 UTC"
    assert (written(True), written(12345), written("x")) == ("true", "12,345", "x")
    assert short("0123456789abcdef") == "0123456789"
    assert "money" in FILTERS
