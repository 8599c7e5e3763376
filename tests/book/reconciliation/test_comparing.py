"""Each kind of break, planted into a clean day, alone or among others, is found once, and nothing else is."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.book.reconciliation.clean_day import AFTER, BEFORE, DAY, at, changed, clean_sides, without
from tests.book.reconciliation.plants import PLANTS, Found, Plant

from creditloop.book.reconciliation import (
    BREAK_COLUMNS,
    CAUSES,
    KINDS,
    PAYMENT_COLUMNS,
    TRANSACTION_COLUMNS,
    BreakKind,
    Sides,
    compare,
)
from creditloop.kernel.errors import InputError

LOANS = 60
CLEAN = clean_sides(loans=LOANS)


def found(sides: Sides) -> list[tuple[Found, str]]:
    """Return what is named, in order, with its cause."""
    breaks = compare(sides).breaks
    assert dict(breaks.schema) == dict(BREAK_COLUMNS)
    names = ("record", "loan_id", "reference", "lender", "field", "kind", "difference_fen", "cause")
    return [(row[:-1], row[-1]) for row in breaks.select(names).rows()]


def test_a_clean_day_has_no_breaks_and_equal_totals() -> None:
    compared = compare(CLEAN)
    assert compared.breaks.is_empty()
    assert (compared.loans, compared.items) == (60, 80)
    by_measure = {each.measure: (each.book_fen, each.core_fen, each.money_fen) for each in compared.totals}
    assert by_measure["principal"] == (61_830_000, 61_830_000, None)
    assert by_measure["cash_in"] == (162_400, 162_400, 162_400)
    assert by_measure["cash_out"] == (1_000_000, 1_000_000, 1_000_000)
    assert by_measure["partner_parts"] == (113_680, None, 113_680)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_one_break_is_found_named_once_and_nothing_else_is(plant: Plant) -> None:
    for kind in plant.kinds:
        number = 30 + kind
        assert found(plant.plant(CLEAN, number)) == [plant.expected(number)]


def test_every_cause_and_every_kind_is_planted() -> None:
    assert {plant.kind for plant in PLANTS} == set(BreakKind)
    assert {plant.cause for plant in PLANTS} | {"follows_from_transaction"} == set(CAUSES)


@st.composite
def plantings(draw: st.DrawFn) -> list[tuple[Plant, int]]:
    """Draw which breaks are planted into which loans; each loan has at most one."""
    numbers = draw(st.lists(st.integers(1, LOANS), unique=True, max_size=12))
    return [(draw(st.sampled_from([p for p in PLANTS if n % 3 in p.kinds])), n) for n in numbers]


@settings(max_examples=60, deadline=None)
@given(planted=plantings())
def test_what_is_found_is_what_was_planted(planted: list[tuple[Plant, int]]) -> None:
    sides = CLEAN
    for plant, number in planted:
        sides = plant.plant(sides, number)
    assert sorted(found(sides), key=repr) == sorted((p.expected(n) for p, n in planted), key=repr)


@settings(max_examples=20, deadline=None)
@given(planted=plantings(), seed=st.integers(0, 1_000))
def test_the_order_of_rows_says_nothing(planted: list[tuple[Plant, int]], seed: int) -> None:
    sides = CLEAN
    for plant, number in planted:
        sides = plant.plant(sides, number)
    frames = {name: getattr(sides, name) for name in Sides.__dataclass_fields__ if name != "day"}
    mixed = replace(
        sides, **{name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in frames.items()}
    )
    assert compare(mixed).breaks.equals(compare(sides).breaks)


def test_a_balance_beside_a_break_of_its_transaction_follows_from_it() -> None:
    sides = without(CLEAN, "core_transactions", 31)
    sides = changed(sides, "core_balances", 31, principal_fen=pl.col("principal_fen") + 8_000)
    assert [(row[0][4], row[1]) for row in found(sides)] == [
        ("principal", "follows_from_transaction"),
        ("item", "core_did_not_post"),
    ]


def test_what_each_side_says_stands_in_words() -> None:
    sides = changed(CLEAN, "core_transactions", 31, day=pl.lit(BEFORE))
    sides = changed(sides, "payments", 34, status=pl.lit("failed"))
    sides = changed(sides, "payments", 32, day=pl.lit(AFTER))
    names = ("loan_id", "day", "book_says", "core_says", "money_says")
    late_core, late_money, failed = compare(sides).breaks.select(names).rows()
    assert late_core == ("L/31", BEFORE, "81.20", f"81.20 ({BEFORE})", "81.20")
    assert late_money == ("L/32", DAY, "-500.00", "-500.00", f"-500.00 ({AFTER})")
    assert failed == ("L/34", DAY, "81.20", "81.20", "81.20 failed")


def test_items_of_the_neighbouring_days_alone_are_not_of_this_day() -> None:
    sides = CLEAN
    for frame in ("book_transactions", "core_transactions", "payments", "book_parts", "partner_parts"):
        sides = changed(sides, frame, 31, day=pl.lit(BEFORE))
        sides = changed(sides, frame, 32, day=pl.lit(AFTER))
    sides = replace(sides, core_balances_before=None)
    assert found(sides) == []
    sides = without(sides, "core_transactions", 31)
    assert found(sides) == [], "yesterday's own reconciliation names it"


def test_a_payment_that_failed_and_then_settled_has_settled() -> None:
    again = CLEAN.payments.filter(at(31)).with_columns(status=pl.lit("failed"))
    sides = replace(CLEAN, payments=pl.concat([again, CLEAN.payments]))
    assert found(sides) == []


def test_a_payment_that_failed_or_is_under_way_and_is_not_booked_is_no_break() -> None:
    for status in ("failed", "pending"):
        sides = CLEAN
        for frame in ("book_transactions", "core_transactions", "book_parts", "partner_parts"):
            sides = without(sides, frame, 31)
        sides = changed(sides, "payments", 31, status=pl.lit(status))
        assert found(replace(sides, core_balances_before=None)) == []


def test_a_loan_that_owes_nothing_may_be_on_one_side_only() -> None:
    nothing = {name: pl.lit(0, dtype=pl.Int64) for name in ("principal_fen", "interest_fen", "penalty_fen")}
    sides = changed(without(CLEAN, "book_balances", 30), "core_balances", 30, **nothing)
    assert found(replace(sides, core_balances_before=None)) == []


def test_the_sum_is_not_judged_where_a_transaction_may_move_part_of_it() -> None:
    reversal = CLEAN.book_transactions.filter(at(30)).with_columns(
        kind=pl.lit("reversal"), amount_fen=pl.lit(-300, dtype=pl.Int64)
    )
    lines = pl.concat([CLEAN.book_transactions.filter(~at(30)), reversal])
    sides = replace(CLEAN, book_transactions=lines, core_transactions=lines)
    assert found(changed(sides, "core_balances_before", 30, principal_fen=pl.lit(1))) == []


@pytest.mark.parametrize(
    ("frame", "change", "where"),
    [
        ("payments", {"amount_fen": pl.col("amount_fen").cast(pl.Float64)}, "amount_fen"),
        ("payments", {"status": pl.lit(None, dtype=pl.String)}, "status"),
        ("core_transactions", {"day": pl.lit(DAY + timedelta(days=2))}, "day"),
        ("core_balances", {"dpd": pl.lit("1")}, "dpd"),
        ("core_balances", {"class": pl.lit("good")}, "class"),
        ("core_transactions", {"kind": pl.lit("gift")}, "kind"),
        ("payments", {"status": pl.lit("done")}, "status"),
        ("payments", {"direction": pl.lit("up")}, "direction"),
    ],
)
def test_a_frame_of_another_form_is_refused(frame: str, change: dict[str, pl.Expr], where: str) -> None:
    with pytest.raises(InputError) as refusal:
        replace(CLEAN, **{frame: getattr(CLEAN, frame).with_columns(**change)})
    assert (refusal.value.where["frame"], refusal.value.where["field"]) == (frame, where)


def test_our_own_book_names_no_loan_twice() -> None:
    with pytest.raises(InputError, match="name a loan twice"):
        replace(CLEAN, book_balances=pl.concat([CLEAN.book_balances, CLEAN.book_balances.head(1)]))


def test_a_day_without_anything_is_clean() -> None:
    empty = {name: getattr(CLEAN, name).clear() for name in Sides.__dataclass_fields__ if name != "day"}
    assert compare(replace(CLEAN, **empty)).breaks.is_empty()
    assert set(PAYMENT_COLUMNS) != set(TRANSACTION_COLUMNS)
    assert len(KINDS) == 12
