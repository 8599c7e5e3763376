"""Invariant 14: the five classes by days past due, at their borders and over all days."""

from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.book.invariants.aged_columns import Book, books, day_of
from tests.book.invariants.loan_lives import START, Life, examples, terms
from tests.book.loans.loan_histories import rules_of

from creditloop.book.loans import Part
from creditloop.kernel.documents import read_document
from creditloop.risk import Policy, read_policy

REPOSITORY = Path(__file__).parents[3]
ON = date(2024, 6, 30)
MOST = 1500
BORDERS = ((0, 1), (90, 2), (270, 3), (360, 4), (MOST, 5))
"""Days past due up to which a loan is of a class at best, and the class."""
TYPES = {
    "paid_up_on": pl.Date,
    "first_due_after_restructure": pl.Date,
    "classified_on": pl.Date,
    "instalments_paid_since": pl.Int64,
    "instalments_met_after_restructure": pl.Int64,
    "npl_here_nano": pl.Int64,
    "late_everywhere_nano": pl.Int64,
    "tier_before": pl.Int64,
    "owed_fen": pl.Int64,
}
PLAIN = {
    "owed_fen": 100,
    "retail": True,
    "npl_here_nano": 0,
    "late_everywhere_nano": 0,
    "tier_before": 0,
    "paid_up_on": None,
    "instalments_paid_since": None,
    "restructured": False,
    "restructured_again": False,
    "first_due_after_restructure": None,
    "instalments_met_after_restructure": None,
    "risk_risen": False,
    "classified_on": ON,
}


@lru_cache
def five_tier() -> Policy:
    path = REPOSITORY / "policies/lending/monitor/five_tier.yaml"
    return read_policy(read_document(path, root=REPOSITORY), rules_as_of=ON)


def classes(days: list[int], **facts: object) -> pl.DataFrame:
    """Return what the rule and the bank say of loans that differ in their days past due alone."""
    known = PLAIN | facts
    frame = pl.DataFrame({"dpd": days}, schema={"dpd": pl.Int64}).with_columns(
        *(
            value.alias(name)
            if isinstance(value, pl.Series)
            else pl.lit(value, dtype=TYPES.get(name)).alias(name)
            for name, value in known.items()
        )
    )
    judged = five_tier().judge_frame(frame).select("regulatory_tier", "bank_tier")
    return judged.with_columns(in_force=pl.max_horizontal("regulatory_tier", "bank_tier"))


@pytest.mark.parametrize(("dpd", "tier"), [(90, 2), (91, 3), (270, 3), (271, 4), (360, 4), (361, 5)], ids=str)
def test_14_a_class_begins_on_its_day(dpd: int, tier: int) -> None:
    """14: class by dpd exactly at 90/91, 270/271, 360/361."""
    assert classes([dpd])["regulatory_tier"].to_list() == [tier]


def test_14_every_day_past_due_has_its_class() -> None:
    """14, for all days: one to 90 special mention, to 270 substandard, to 360 doubtful, above it loss."""
    expected = [next(tier for most, tier in BORDERS if dpd <= most) for dpd in range(MOST + 1)]
    assert classes(list(range(MOST + 1)))["regulatory_tier"].to_list() == expected


@examples(30)
@given(st.data())
def test_14_a_class_never_improves_while_days_grow_whatever_else_is_known(data: st.DataObject) -> None:
    """14: five-class never improves while dpd grows; nor is it ever better than the days alone allow."""
    nano, count = st.integers(0, 10**9), st.none() | st.integers(0, 12)
    days = st.none() | st.dates(date(2022, 1, 1), ON)
    facts = {
        "owed_fen": data.draw(st.integers(1, 10**12)),
        "retail": data.draw(st.booleans()),
        "npl_here_nano": data.draw(nano),
        "late_everywhere_nano": data.draw(nano),
        "tier_before": data.draw(st.integers(0, 5)),
        "paid_up_on": data.draw(days),
        "instalments_paid_since": data.draw(count),
        "restructured": data.draw(st.booleans()),
        "restructured_again": data.draw(st.booleans()),
        "first_due_after_restructure": data.draw(days),
        "instalments_met_after_restructure": data.draw(count),
        "risk_risen": data.draw(st.booleans()),
    }
    judged = classes(list(range(400)), **facts)
    for which in ("regulatory_tier", "in_force"):
        tiers = judged[which].to_list()
        assert tiers == sorted(tiers)
    assert all(tier >= next_class()[dpd, 0][0] for dpd, tier in enumerate(judged["in_force"]))


@lru_cache
def next_class() -> dict[tuple[int, int], tuple[int, int]]:
    """Return the rule's class and the one in force by days past due and the class of the day before."""
    cases = [(dpd, tier) for dpd in range(500) for tier in range(6)]
    judged = classes([dpd for dpd, _ in cases], tier_before=pl.Series([tier for _, tier in cases]))
    told = zip(judged["regulatory_tier"], judged["in_force"], strict=True)
    return dict(zip(cases, told, strict=True))


@examples(20)
@given(books())
def test_14_a_loan_nobody_pays_goes_down_class_by_class(book: Book) -> None:
    """14, of days closed one after the other: each day's class is told the one before, and none is better."""
    before = [0] * len(book.plans)
    for result in book.closed(420):
        told = [next_class()[int(dpd), tier] for dpd, tier in zip(result.dpd, before, strict=True)]
        for dpd, tier, (rule, in_force) in zip(result.dpd, before, told, strict=True):
            by_days = next(tier for most, tier in BORDERS if dpd <= most)
            assert rule == max(by_days, 3 if tier >= 3 else 0), "what was non-performing stays so unpaid"
            assert in_force >= tier
        before = [in_force for _, in_force in told]
    assert all(tier == 5 for tier, dpd in zip(before, result.dpd, strict=True) if dpd > 360)


@examples(40)
@given(terms())
def test_14_days_past_due_count_from_the_oldest_unpaid_due_date(of) -> None:
    """14, what the days are: none on the due date, one on the day after, and the borders' days after it."""
    life = Life(terms=of, rules=rules_of(penalties=()))
    due = next(row.due for row in life.state().rows if row.open_units > 0)
    for dpd in (0, 1, 90, 91, 270, 271, 360, 361):
        state = life.state(on=day_of((due - START).days + dpd))
        assert state.dpd == dpd
        assert state.open_parts[Part.PRINCIPAL] == of.principal
