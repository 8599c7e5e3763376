"""Closing a day over columns: what comes due, what accrues, what is charged, against one loan at a time."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.book.day_end import (
    NO_DAY,
    POSITION_COLUMNS,
    Instalments,
    Positions,
    Programme,
    Rules,
    close_day,
    day_number,
    day_parts,
)
from creditloop.book.split import Shares
from creditloop.kernel.errors import BookError, InputError
from creditloop.kernel.money import divide_half_away

START = day_number(date(2026, 1, 1))


def column(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def standing(**changes: int) -> dict[str, int]:
    """A loan of 1,200.00 that owes 100.00 and 31 fen of interest on 1 February."""
    return {
        **dict.fromkeys(POSITION_COLUMNS, 0),
        "loan_no": 1,
        "principal_fen": 120_000,
        "oldest_due": NO_DAY,
        "restructured_due": NO_DAY,
        "version": 1,
        "next_no": 1,
        "next_due": START + 31,
        "next_principal_fen": 10_000,
        "next_interest_fen": 31,
        "period_interest_fen": 31,
        "accrual_from": START,
        **changes,
    }


def positions(*loans: dict[str, int]) -> Positions:
    return Positions(**{name: column(*(loan[name] for loan in loans)) for name in POSITION_COLUMNS})


def rules(count: int = 1, *, rate_nano: int = 108_000_000, grace: int = 0, charged: int = 0) -> Rules:
    def each(value: int) -> np.ndarray:
        return np.full(count, value, dtype=np.int64)

    return Rules(
        penalty_rate_nano=each(rate_nano),
        overdue_interest_rate_nano=each(0),
        interest_bears_penalty=each(0),
        penalty_basis=each(360),
        grace_days=each(grace),
        grace_is_charged=each(charged),
    )


def instalments(*rows: tuple[int, int, int, int, int, int]) -> Instalments:
    columns = [column(*values) for values in zip(*rows, strict=True)] if rows else [column()] * 6
    columns.append(columns[-1])  # nothing is paid in advance
    return Instalments(**dict(zip(Instalments.__dataclass_fields__, columns, strict=True)))


NONE = instalments()
SECOND = instalments((1, 1, 2, START + 59, 10_000, 25))


def closed_through(loan: dict[str, int], *, days: int, plan: Instalments = SECOND, by: Rules | None = None):
    """Close days one after the other; return each day's result."""
    at, results = positions(loan), []
    for day in range(START, START + days):
        results.append(close_day(at, instalments=plan, rules=by or rules(), day=day))
        at = results[-1].positions
    return results


def test_the_days_of_a_period_add_up_to_its_interest_and_then_it_comes_due() -> None:
    results = closed_through(standing(), days=32)
    assert sum(int(result.interest_fen[0]) for result in results[:31]) == 31
    last = results[-1]
    assert last.came_due[0]
    assert last.positions.due_principal_fen[0] == 10_000
    assert last.positions.due_interest_fen[0] == 31
    assert last.positions.oldest_due[0] == START + 31
    assert (last.positions.next_no[0], last.positions.next_due[0]) == (2, START + 59)
    assert last.dpd[0] == 0, "on the due date itself nothing is late yet"


def test_a_day_after_an_unpaid_due_date_is_one_day_past_due_and_charged_from_the_due_date() -> None:
    results = closed_through(standing(), days=34)
    assert [int(result.dpd[0]) for result in results[-3:]] == [0, 1, 2]
    exact = [10_000 * 108_000_000 * days for days in (1, 2, 3)]  # in parts of 1 / (360 × 10^9) fen
    assert [int(result.positions.penalty_total_fen[0]) for result in results[-3:]] == [
        value // (360 * 10**9) for value in exact
    ]
    assert int(results[-1].positions.penalty_remainder[0]) == exact[-1] % (360 * 10**9)


@pytest.mark.parametrize(("charged", "days_charged"), [(0, 1), (1, 4)])
def test_grace_charges_nothing_and_afterwards_its_days_only_where_the_product_says_so(
    charged: int, days_charged: int
) -> None:
    results = closed_through(
        standing(next_principal_fen=120_000), days=35, by=rules(grace=3, charged=charged)
    )
    assert [int(result.penalty_fen[0]) for result in results[31:34]] == [0, 0, 0]
    assert int(results[34].penalty_fen[0]) == 120_000 * 108 * days_charged // 360_000
    assert int(results[34].dpd[0]) == 0, "days of grace do not count as past due"


def test_the_last_instalment_ends_the_plan() -> None:
    results = closed_through(standing(next_principal_fen=120_000), days=33, plan=NONE)
    at = results[-1].positions
    assert (at.next_no[0], at.next_due[0], at.due_principal_fen[0]) == (0, NO_DAY, 120_000)
    assert results[-1].interest_fen[0] == 0


def test_a_position_left_by_an_event_of_the_day_is_closed_like_any_other() -> None:
    paid = standing(
        principal_fen=110_000, next_no=2, next_due=START + 59, next_interest_fen=28, period_interest_fen=28,
        accrual_from=START + 31,
    )  # fmt: skip
    result = close_day(positions(paid), instalments=NONE, rules=rules(), day=START + 31)
    assert (int(result.interest_fen[0]), bool(result.came_due[0])) == (1, False)


@dataclass(frozen=True)
class Drawn:
    """A drawn loan: where it stands, its next instalment and its rules."""

    loan: dict[str, int]
    following: tuple[int, int, int, int, int, int]
    rules: Rules


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    length = draw(st.integers(1, 92))
    elapsed = draw(st.integers(0, length))
    interest = draw(st.integers(0, 10**9))
    principal = draw(st.integers(1, 10**11))
    part = draw(st.integers(0, principal))
    late = draw(st.none() | st.integers(0, 400))
    overdue = 0 if late is None else draw(st.integers(0, 10**10))
    loan = standing(
        principal_fen=principal + overdue,
        next_due=START + length - elapsed,
        accrual_from=START - elapsed,
        period_interest_fen=interest,
        next_interest_fen=interest,
        next_principal_fen=part,
        period_accrued_fen=divide_half_away(interest * elapsed, length),
        due_principal_fen=overdue,
        oldest_due=NO_DAY if late is None else START - late,
        penalty_remainder=draw(st.integers(0, 360 * 10**9 - 1)),
        penalty_waiting=0 if late is None else draw(st.integers(0, 10**15)),
    )
    following = (1, 1, 2, START + 200, principal - part, draw(st.integers(0, 10**6)))
    return Drawn(
        loan=loan,
        following=following,
        rules=rules(
            rate_nano=draw(st.integers(0, 360_000_000)),
            grace=draw(st.integers(0, 5)),
            charged=draw(st.integers(0, 1)),
        ),
    )


def one_by_one(case: Drawn) -> dict[str, int]:
    """The same close for one loan, in plain Python integers, written from the module's table."""
    loan = dict(case.loan)
    if loan["next_due"] == START:
        loan["due_principal_fen"] += loan["next_principal_fen"]
        loan["due_interest_fen"] += loan["next_interest_fen"]
        if loan["next_principal_fen"] + loan["next_interest_fen"]:
            loan["oldest_due"] = min(loan["oldest_due"], START)
        _, _, loan["next_no"], loan["next_due"], loan["next_principal_fen"], interest = case.following
        loan["next_interest_fen"] = loan["period_interest_fen"] = interest
        loan["accrual_from"], loan["period_accrued_fen"] = START if interest else NO_DAY, 0
    length, elapsed = loan["next_due"] - loan["accrual_from"], START + 1 - loan["accrual_from"]
    accrued = divide_half_away(loan["period_interest_fen"] * elapsed, length) - loan["period_accrued_fen"]
    for name in ("period_accrued_fen", "interest_fen", "interest_total_fen"):
        loan[name] += accrued
    due_now = case.loan["next_due"] == START
    late = -1 if loan["oldest_due"] == NO_DAY else START - loan["oldest_due"]
    grace, retroactive = int(case.rules.grace_days[0]), bool(case.rules.grace_is_charged[0])
    cost = loan["due_principal_fen"] * int(case.rules.penalty_rate_nano[0]) if late >= 0 else 0
    exact = loan["penalty_remainder"]
    if 0 <= late < grace:
        loan["penalty_waiting"] += cost
    else:
        exact += cost + (loan["penalty_waiting"] if late >= 0 and retroactive else 0)
        loan["penalty_waiting"] = 0
    penalty, loan["penalty_remainder"] = divmod(exact, 360 * 10**9)
    loan["penalty_fen"] += penalty
    loan["penalty_total_fen"] += penalty
    if due_now and late < 0:
        loan["instalments_met"] += 1
    dpd = late if late > grace else 0
    if dpd > 0:
        loan["paid_up_on"], loan["instalments_met"] = NO_DAY, 0
    return {**loan, "dpd": dpd}


@given(drawn())
def test_columns_close_a_day_as_one_loan_at_a_time_does(case: Drawn) -> None:
    try:
        result = close_day(
            positions(case.loan), instalments=instalments(case.following), rules=case.rules, day=START
        )
    except BookError:
        assert case.loan["due_principal_fen"] + case.loan["next_principal_fen"] > 2**62 // 360_000_000 // 6
        return
    expected = one_by_one(case)
    got = {name: int(getattr(result.positions, name)[0]) for name in POSITION_COLUMNS}
    assert {**got, "dpd": int(result.dpd[0])} == expected


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60), st.integers(1, 9))
def test_our_part_never_drifts_from_the_share_and_the_lenders_parts_are_the_whole(
    days: list[int], weight: int
) -> None:
    programme = Programme(number=3, product="p", shares=Shares(("us", "partner"), (weight, 10 - weight)))
    own, total = 0, 0
    result = close_day(positions(standing()), instalments=NONE, rules=rules(), day=START)
    for accrued in days:
        total += accrued
        at = replace(result.positions, interest_total_fen=column(total))
        day = replace(result, positions=at, interest_fen=column(accrued))
        parts = day_parts(day, programme_no=column(3), programmes=[programme])
        own += int(parts.own_interest_fen[0])
        assert parts.sums[3, "us"][0] + parts.sums[3, "partner"][0] == accrued
    assert own == divide_half_away(total * weight, 10)


def test_a_loan_of_an_unknown_programme_is_refused() -> None:
    result = close_day(positions(standing()), instalments=NONE, rules=rules(), day=START)
    with pytest.raises(InputError, match="programme is unknown"):
        day_parts(result, programme_no=column(3), programmes=[])


def test_a_loan_is_paid_up_until_it_is_late_and_counts_the_due_dates_it_met() -> None:
    empty_due = standing(next_principal_fen=0, next_interest_fen=0, paid_up_on=START)
    met = closed_through({**empty_due, "principal_fen": 110_000, "period_interest_fen": 0}, days=33)
    assert [int(result.positions.instalments_met[0]) for result in met[-3:]] == [0, 1, 1]
    late = closed_through(standing(paid_up_on=START, instalments_met=4), days=33)
    assert [int(result.positions.instalments_met[0]) for result in late[-3:]] == [4, 4, 0]
    assert [int(result.positions.paid_up_on[0]) for result in late[-2:]] == [START, NO_DAY]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"next_due": START - 1}, "never came due"),
        ({"next_due": START, "period_accrued_fen": 30}, "before its interest is accrued"),
    ],
)
def test_a_position_that_does_not_stand_before_the_day_is_refused(
    changes: dict[str, int], words: str
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        close_day(positions(standing(**changes)), instalments=NONE, rules=rules(), day=START)
    assert "1" in str(caught.value.diagnostics())


def test_a_missing_instalment_is_refused_not_taken_for_the_plan_s_end() -> None:
    due = standing(next_due=START, period_accrued_fen=31, accrual_from=START - 31)
    with pytest.raises(InputError, match="next instalment is missing"):
        close_day(positions(due), instalments=NONE, rules=rules(), day=START)


def test_an_amount_beyond_64_bits_stops_the_day_and_names_the_loan() -> None:
    late = standing(due_principal_fen=2**60, oldest_due=START - 3, loan_no=77)
    with pytest.raises(BookError, match="penalty is too large") as caught:
        close_day(positions(late), instalments=NONE, rules=rules(), day=START)
    assert "77" in str(caught.value.diagnostics())


def test_rules_for_other_loans_or_impossible_ones_are_refused() -> None:
    with pytest.raises(InputError, match="not one rule a loan"):
        close_day(positions(standing()), instalments=NONE, rules=rules(2), day=START)
    with pytest.raises(InputError, match="grace_days"):
        close_day(positions(standing()), instalments=NONE, rules=rules(grace=-1), day=START)
