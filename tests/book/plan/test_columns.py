"""Columns of plans say to the fen what single plans say, whatever the loan, and refuse what those refuse."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_terms import plan_rules, plan_terms

from creditloop.book.calendars import MONDAY_TO_FRIDAY, BusinessDayConvention, Cycle
from creditloop.book.interest import DayCount
from creditloop.book.plan import (
    FirstStub,
    InterestBy,
    LoanColumns,
    PlanRules,
    PlanTerms,
    RepaymentMethod,
    Step,
    columns,
    plan_columns,
    plan_of,
)
from creditloop.kernel.errors import InputError

RULES = PlanRules(
    method=RepaymentMethod.EQUAL_INSTALMENT,
    period=Cycle(months=1),
    interest_by=InterestBy.DAYS,
    day_count=DayCount.ACT_360,
)


def days(of: Sequence[date]) -> np.ndarray:
    return np.array(of, dtype="datetime64[D]")


def columns_of(loans: Sequence[PlanTerms]) -> LoanColumns:
    """Return loans of one product as columns; what stands after a loan's last instalment is noise."""
    count = [of.count for of in loans]
    amounts = None
    if loans[0].steps:
        amounts = np.full((max(count), len(loans)), -1, dtype=np.int64)
        for at, of in enumerate(loans):
            for step in of.steps:
                amounts[step.first - 1 : of.count, at] = step.amount_fen
    return LoanColumns(
        principal_fen=np.array([of.principal_fen for of in loans], dtype=np.int64),
        rate_nano=np.array([int(of.rate.scaleb(9)) for of in loans], dtype=np.int64),
        start=days([of.start for of in loans]),
        first_due=days([of.first_due for of in loans]),
        count=np.array(count, dtype=np.int64),
        due_day=np.array([of.due_day for of in loans], dtype=np.int64) if loans[0].due_day else None,
        amounts_fen=amounts,
    )


@st.composite
def products(draw: st.DrawFn) -> list[PlanTerms]:
    """Draw loans of one product, all with a due day or all without."""
    rules = draw(st.sampled_from(RepaymentMethod).flatmap(plan_rules))
    loans = draw(st.lists(plan_terms(rules), min_size=1, max_size=6))
    return [of for of in loans if (of.due_day is None) == (loans[0].due_day is None)]


def simple_loans(number: int, seed: int, most: int = 10**8) -> list[PlanTerms]:
    random = np.random.default_rng(seed)
    return [
        PlanTerms(
            rules=RULES,
            principal_fen=int(random.integers(1, most)),
            rate=Decimal(int(random.integers(0, 360))).scaleb(-3),
            start=date(2024, 1, 1 + int(random.integers(0, 28))),
            first_due=date(2024, 2, 1 + int(random.integers(0, 28))),
            count=12,
        )
        for _ in range(number)
    ]


@settings(max_examples=60, deadline=None)
@given(products())
def test_columns_are_plans_beside_one_another(loans: list[PlanTerms]) -> None:
    (found,) = plan_columns(rules=loans[0].rules, loans=columns_of(loans), business_days=MONDAY_TO_FRIDAY)
    assert len(found) == len(loans)
    for at, of in enumerate(loans):
        plan = plan_of(of)
        assert found.plan(at) == plan
        assert np.isnat(found.due[len(plan) :, at]).all()
        assert not found.days[len(plan) :, at].any()
        for column in (found.principal_fen, found.interest_fen, found.balance_fen):
            assert not column[len(plan) :, at].any()


def test_loans_come_in_order_and_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "LOANS_AT_ONCE", 7)
    loans = simple_loans(20, seed=1)
    parts = list(plan_columns(rules=RULES, loans=columns_of(loans)))
    assert [len(part) for part in parts] == [7, 7, 6]
    assert [part.plan(at) for part in parts for at in range(len(part))] == [plan_of(of) for of in loans]
    assert list(plan_columns(rules=RULES, loans=columns_of(loans).taken(slice(0, 0)))) == []


def test_ordinary_loans_are_planned_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only doubt about a last fen, or what could overflow, goes the slow way."""
    alone = []

    def plan_alone(*, row: int, **_rest: object) -> None:
        alone.append(row)

    monkeypatch.setattr(columns, "_plan_alone", plan_alone)
    loans = simple_loans(2_000, seed=2)
    for _ in plan_columns(rules=RULES, loans=columns_of(loans)):
        pass
    assert len(alone) <= 1
    alone.clear()
    loans[3] = replace(loans[3], principal_fen=2**40)
    loans[5] = replace(loans[5], rate=Decimal("0.123456789"))
    for _ in plan_columns(rules=RULES, loans=columns_of(loans)):
        pass
    assert set(alone) >= {3, 5}
    assert len(alone) <= 3


@pytest.mark.parametrize(
    ("principal", "rate"),
    [
        (2**40 - 1, "0.36"),
        (2**40, "0.36"),
        (10**13, "0.000001"),
        (10**16, "0.5"),
        (2**40 - 1, "12"),
        (2**40 - 1, "100"),
        (2**40 - 1, "0.999999"),
        (1, "100"),
    ],
)
def test_at_the_edge_of_what_fits(principal: int, rate: str) -> None:
    for method in (RepaymentMethod.EQUAL_INSTALMENT, RepaymentMethod.EQUAL_PRINCIPAL, RepaymentMethod.BULLET):
        of = PlanTerms(
            rules=replace(RULES, method=method), principal_fen=principal, rate=Decimal(rate),
            start=date(2023, 12, 31), first_due=date(2024, 1, 31), count=360,
        )  # fmt: skip
        (found,) = plan_columns(rules=of.rules, loans=columns_of([of]))
        assert found.plan(0) == plan_of(of)


@pytest.mark.parametrize("by", InterestBy)
@pytest.mark.parametrize(
    ("start", "first_due", "due_day"),
    [
        (date(2026, 2, 28), date(2026, 3, 31), 31),
        (date(2026, 2, 28), date(2026, 3, 28), 28),
        (date(2026, 1, 10), date(2026, 2, 28), 31),
        (date(2024, 1, 31), date(2024, 2, 29), 30),
        (date(2025, 12, 1), date(2026, 3, 1), 1),
    ],
)
def test_first_periods_are_those_of_single_plans(
    monkeypatch: pytest.MonkeyPatch, by: InterestBy, start: date, first_due: date, due_day: int
) -> None:
    together = [
        PlanTerms(
            rules=replace(RULES, interest_by=by, first_stub=stub, interest_free=free), principal_fen=8_000_00,
            rate=Decimal("0.09"), start=start, first_due=first_due, count=6, due_day=due_day,
        )
        for stub in FirstStub
        for free in (0, 1)
    ]  # fmt: skip
    expected = [plan_of(of) for of in together]
    monkeypatch.delattr(columns, "_plan_alone")
    for of, plan in zip(together, expected, strict=True):
        (found,) = plan_columns(rules=of.rules, loans=columns_of([of]))
        assert found.plan(0) == plan


@pytest.mark.parametrize("by", InterestBy)
@pytest.mark.parametrize("method", RepaymentMethod)
def test_every_method_has_columns(
    monkeypatch: pytest.MonkeyPatch, method: RepaymentMethod, by: InterestBy
) -> None:
    """None of these is planned by itself; fixed payments end early, and each loan at another time."""
    rules = replace(RULES, method=method, interest_by=by)
    amounts = {RepaymentMethod.STEPPED: (100, 200), RepaymentMethod.FIXED_PAYMENT: (900_00, 2_500_00)}
    loans = [
        PlanTerms(
            rules=rules, principal_fen=8_000_00, rate=Decimal("0.09"), start=date(2026, 1, 5),
            first_due=date(2026, 2, 20), count=count,
            steps=(Step(first=1, amount_fen=amounts[method][at]),) if method in amounts else (),
        )
        for at, count in enumerate([12, 5])
    ]  # fmt: skip
    expected = [plan_of(of) for of in loans]
    monkeypatch.delattr(columns, "_plan_alone")
    (found,) = plan_columns(rules=rules, loans=columns_of(loans))
    assert found.count.tolist() == [len(plan) for plan in expected]
    assert [found.plan(at) for at in range(2)] == expected


def test_a_first_due_date_that_moves_before_the_loan_is_refused() -> None:
    of = PlanTerms(
        rules=replace(RULES, convention=BusinessDayConvention.PRECEDING), principal_fen=8_000_00,
        rate=Decimal("0.09"), start=date(2026, 8, 1), first_due=date(2026, 8, 2), count=3,
    )  # fmt: skip
    with pytest.raises(InputError, match="moves to before the loan"):
        list(plan_columns(rules=of.rules, loans=columns_of([of]), business_days=MONDAY_TO_FRIDAY))


FAULTS = [
    ({"principal_fen": [10**6, 0]}, "no such principal"),
    ({"rate_nano": [0, -1]}, "no such rate"),
    ({"rate_nano": [0, 10**11 + 1]}, "no such rate"),
    ({"count": [12, 0]}, "no such number of instalments"),
    ({"count": [12, 601]}, "no such number of instalments"),
    ({"due_day": [20, 21]}, "not on the due day"),
]


@pytest.mark.parametrize(("changed", "message"), FAULTS)
def test_what_a_single_loan_refuses_is_refused_with_its_row(
    changed: dict[str, list[int]], message: str
) -> None:
    loans = columns_of(simple_loans(2, seed=3))
    loans = replace(loans, first_due=days([date(2024, 2, 20)] * 2))
    values = {name: np.array(column, dtype=np.int64) for name, column in changed.items()}
    with pytest.raises(InputError, match=message) as refused:
        list(plan_columns(rules=RULES, loans=replace(loans, **values)))
    assert refused.value.where["row"] == 1


def test_amounts_that_cannot_be_are_refused_with_their_row() -> None:
    def refused(method: RepaymentMethod, amounts: list[int]) -> InputError:
        rules = replace(RULES, method=method)
        first = PlanTerms(
            rules=rules, principal_fen=100, rate=Decimal("0.36"), start=date(2024, 1, 1),
            first_due=date(2024, 2, 1), count=3, steps=(Step(first=1, amount_fen=5),),
        )  # fmt: skip
        loans = replace(columns_of([first] * 2), principal_fen=np.array([100, 100_000]))
        stated = np.array([[40, 50_000], [40, 50_000], [40, 50_000]])
        stated[:, 1] = amounts
        with pytest.raises(InputError) as error:
            list(plan_columns(rules=rules, loans=replace(loans, amounts_fen=stated)))
        assert error.value.where["row"] == 1
        return error.value

    assert "repay more" in refused(RepaymentMethod.STEPPED, [50_000, 50_001, 0]).message
    assert "negative" in refused(RepaymentMethod.STEPPED, [0, -1, 0]).message
    uncovered = refused(RepaymentMethod.FIXED_PAYMENT, [50_000, 1, 0])
    assert "does not cover" in uncovered.message
    assert uncovered.where["instalment"] == 2


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"principal_fen": np.array([1, 2], dtype=np.int32)}, "principal_fen is no such column"),
        ({"rate_nano": np.array([1])}, "rate_nano is no such column"),
        ({"start": np.array(["2024-01-01T00", "2024-01-01T00"], dtype="datetime64[h]")}, "start is no such"),
        ({"first_due": np.array(["2024-02-01", "NaT"], dtype="datetime64[D]")}, "first_due is missing"),
        ({"due_day": np.array([1, 1, 1])}, "due_day is no such column"),
        ({"amounts_fen": np.ones((12, 2), dtype=np.int64)}, "amounts are those of stepped"),
    ],
)
def test_columns_that_are_none_are_refused_at_once(changed: dict[str, np.ndarray], message: str) -> None:
    loans = columns_of(simple_loans(2, seed=4))
    with pytest.raises(InputError, match=message):
        plan_columns(rules=RULES, loans=replace(loans, **changed))


def test_amounts_must_be_there_for_every_instalment() -> None:
    stepped = replace(RULES, method=RepaymentMethod.STEPPED)
    loans = columns_of(simple_loans(2, seed=4))
    with pytest.raises(InputError, match="amounts are those of stepped"):
        plan_columns(rules=stepped, loans=loans)
    with pytest.raises(InputError, match="amounts_fen is no such column"):
        plan_columns(rules=stepped, loans=replace(loans, amounts_fen=np.ones((11, 2), dtype=np.int64)))
