"""Invariants 1, 5, 6, 7 and 15 of the close of a day: over columns, and once in the database.

That a shard closed again returns its first result, that days follow one another, and that the database takes
no second row of a day, is shown in tests/book/day_end/test_store.py; that a run that was stopped goes on with
what is missing, in tests/service/day_end/test_closing.py. Here is what they leave open: that a repeat writes
nothing at all, and that days caught up are the days closed one by one, to the row.
"""

from dataclasses import fields
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from boarded_rows import LOANS_BATCH, NOW, PAID_OUT, add_programme, new_loans
from hypothesis import given
from hypothesis import strategies as st
from tests.book.day_end.test_store import close, day_after
from tests.book.invariants.aged_columns import FIRST, Book, books, column, day_of
from tests.book.invariants.loan_lives import START, Life, examples, terms
from tests.book.loans.loan_histories import rules_of

from creditloop.book.day_end import (
    NO_DAY,
    POSITION_COLUMNS,
    Positions,
    Programme,
    board_loans,
    close_day,
    day_number,
    day_parts,
)
from creditloop.book.loans import LoanAccount, PenaltyBase, PenaltyVariant, replay
from creditloop.book.plan import Plan
from creditloop.book.split import Shares
from creditloop.kernel.storage import Connection

MANY = examples(30)
PROGRAMMES = (
    Programme(number=1, product="alone", shares=Shares(("us",), (1,))),
    Programme(number=2, product="shared", shares=Shares(("us", "partner"), (3, 7))),
    Programme(number=3, product="syndicate", shares=Shares(("us", "one", "other"), (1, 1, 1))),
)
DAYS = st.integers(1, 120)


@MANY
@given(books(plain=True))
def test_05_the_days_of_a_period_add_up_to_its_interest(book: Book) -> None:
    """5: sum of daily accruals = period interest, of every loan of the columns."""
    results = book.closed(1 + max((plan.due[-1] - START).days for plan in book.plans))
    accrued = np.array([result.interest_fen for result in results])
    assert accrued.min() >= 0
    for at, plan in enumerate(book.plans):
        for one in plan.instalments():
            period = slice((one.start - START).days, (one.due - START).days)
            assert accrued[period, at].sum() == one.interest_fen


@MANY
@given(books(), DAYS, st.data())
def test_06_lenders_parts_of_the_days_are_the_whole_and_never_drift(
    book: Book, days: int, data: st.DataObject
) -> None:
    """1 and 6: own + partner = total, each cumulative share within 1 fen; a day's postings add up to 0."""
    of = column(data.draw(st.sampled_from([1, 2, 3])) for _ in book.plans)
    own = np.zeros((2, len(of)), dtype=np.int64)
    for result in book.closed(days):
        parts = day_parts(result, programme_no=of, programmes=PROGRAMMES)
        own += np.array([parts.own_interest_fen, parts.own_penalty_fen])
        for programme in PROGRAMMES:
            wanted = of == programme.number
            for place, accrued in enumerate((result.interest_fen, result.penalty_fen)):
                lenders = [parts.sums[programme.number, party][place] for party in programme.shares.parties]
                assert sum(lenders) == accrued[wanted].sum(), "debit of the day, less all credits"
                mine = (parts.own_interest_fen, parts.own_penalty_fen)[place]
                assert lenders[0] == mine[wanted].sum()
        at = result.positions
        for place, totals in enumerate((at.interest_total_fen, at.penalty_total_fen)):
            for loan, number in enumerate(of):
                share = PROGRAMMES[number - 1].shares.share("us")
                assert abs(int(own[place, loan]) - int(totals[loan]) * share) < 1


@MANY
@given(books(), DAYS)
def test_15_closing_a_day_again_is_the_same_close(book: Book, days: int) -> None:
    """15: day end for D twice == once: the close is a pure function and leaves what it was handed.

    What came due and what accrued is there already if the result itself is closed again; that nothing is
    charged twice for a day is the database's to keep, see below.
    """
    results = book.closed(days)
    before = results[-2].positions if days > 1 else book.positions
    kept = values_of(before)
    again = close_day(before, instalments=book.instalments, rules=book.rules, day=FIRST + days - 1)
    assert_same(again.positions, results[-1].positions)
    assert values_of(before) == kept
    twice = close_day(
        results[-1].positions,
        instalments=book.instalments,
        rules=without_cost(book).rules,
        day=FIRST + days - 1,
    )
    assert not twice.came_due.any()
    assert not twice.interest_fen.any()
    assert (twice.positions.due_principal_fen == results[-1].positions.due_principal_fen).all()


@MANY
@given(books(), DAYS)
def test_15_days_closed_one_by_one_are_what_the_plan_says_of_the_last_day(book: Book, days: int) -> None:
    """15: D1..Dn day by day == catch-up to Dn, found in one go from plan and rules, no day between."""
    last = book.closed(days)[-1]
    for at, plan in enumerate(book.plans):
        expected = stands(plan, book.costs[at], day_of(days - 1))
        got = {name: int(getattr(last.positions, name)[at]) for name in expected if name != "dpd"}
        assert got | {"dpd": int(last.dpd[at])} == expected


@MANY
@given(books(), DAYS, st.data())
def test_07_loans_close_together_as_each_by_itself(book: Book, days: int, data: st.DataObject) -> None:
    """7: the order of independent loans is irrelevant, and so is with which others a loan is closed."""
    together = book.closed(days)[-1].positions
    order = data.draw(st.permutations(range(len(book.plans))))
    cut = data.draw(st.integers(0, len(order)))
    for part in (order[:cut], order[cut:]):
        if not part:
            continue
        apart = book.part(list(part)).closed(days)[-1].positions
        for name in POSITION_COLUMNS[1:]:
            assert (getattr(apart, name) == getattr(together, name)[list(part)]).all(), name


@MANY
@given(st.data())
def test_07_the_replay_of_a_loan_nobody_pays_is_where_the_days_have_brought_it(data: st.DataObject) -> None:
    """7: replay(events) == live projection, the live one being the day ends, one after the other."""
    of = data.draw(terms())
    if of.down_payment:
        return
    variant = PenaltyVariant(
        valid_from=START,
        multiple=data.draw(st.sampled_from([0, 1, 2])) * of.rate.__class__("0.5"),
        interest_multiple=data.draw(st.sampled_from([0, 1])) * of.rate.__class__(1),
        base=data.draw(st.sampled_from(PenaltyBase)),
        grace_days=data.draw(st.sampled_from([0, 3])),
    )
    life = Life(terms=of, rules=rules_of(penalties=(variant,), dpd_grace_days=variant.grace_days))
    days = data.draw(st.integers(1, 200))
    cost = {
        "penalty_rate_nano": int(of.rate * variant.multiple * 10**9),
        "overdue_interest_rate_nano": int(of.rate * variant.interest_multiple * 10**9),
        "interest_bears_penalty": int(variant.base is not PenaltyBase.OVERDUE_PRINCIPAL),
        "penalty_basis": 360,
        "grace_days": variant.grace_days,
        "grace_is_charged": 1,
    }
    closed = Book((plan_from(life),), (cost,)).closed(days)[-1]
    state = replay(terms=of, rules=life.rules, events=life.events, as_of=day_of(days), recognised=True)
    at = closed.positions
    assert state.balances.get(LoanAccount.LOAN_PRINCIPAL, 0) == at.principal_fen[0]
    assert state.balances.get(LoanAccount.INTEREST_RECEIVABLE, 0) == at.interest_fen[0]
    assert state.balances.get(LoanAccount.PENALTY_RECEIVABLE, 0) == at.penalty_fen[0]
    assert replay(terms=of, rules=life.rules, events=life.events, as_of=day_of(days - 1)).dpd == closed.dpd[0]


def plan_from(life: Life) -> Plan:
    """Return the rows of a loan that was just paid out as a plan."""
    rows = life.state().rows
    principal = tuple(row.amounts[3] for row in rows)
    return Plan(
        start=tuple(row.start for row in rows),
        due=tuple(row.due for row in rows),
        days=tuple((row.due - row.start).days for row in rows),
        principal_fen=principal,
        interest_fen=tuple(row.amounts[2] for row in rows),
        balance_fen=tuple(sum(principal[number + 1 :]) for number in range(len(rows))),
    )


def stands(plan: Plan, cost: dict[str, int], day: date) -> dict[str, int]:
    """Return where a loan that nobody has paid stands at the close of a day, from its plan alone."""
    rows = plan.instalments()
    past = [row for row in rows if row.due <= day]
    unpaid = [row for row in past if row.amount_fen > 0]
    accrued = sum(row.interest_fen for row in past)
    for row in rows[len(past) : len(past) + 1]:
        exact = Fraction(row.interest_fen * ((day - row.start).days + 1), (row.due - row.start).days)
        accrued += int(exact + Fraction(1, 2))
    since = (day - unpaid[0].due).days if unpaid else 0
    exact = {"penalty_rate_nano": 0, "overdue_interest_rate_nano": 0}
    for row in unpaid:
        if since >= cost["grace_days"]:
            spared = 0 if cost["grace_is_charged"] else cost["grace_days"]
            late = (day - row.due).days + 1
            days = min(late, since + 1 - spared)
            base = row.principal_fen + row.interest_fen * cost["interest_bears_penalty"]
            for name in exact:
                exact[name] += base * cost[name] * days
    unit = cost["penalty_basis"] * 10**9
    penalty, overdue_interest = (value // unit for value in exact.values())
    return {
        "principal_fen": sum(plan.principal_fen),
        "due_principal_fen": sum(row.principal_fen for row in past),
        "due_interest_fen": sum(row.interest_fen for row in past),
        "interest_fen": accrued + overdue_interest,
        "interest_total_fen": accrued + overdue_interest,
        "penalty_fen": penalty,
        "penalty_total_fen": penalty,
        "penalty_remainder": exact["penalty_rate_nano"] % unit,
        "oldest_due": day_number(unpaid[0].due) if unpaid else NO_DAY,
        "next_no": len(past) + 1 if len(past) < len(rows) else 0,
        "dpd": since if since > cost["grace_days"] else 0,
    }


def without_cost(book: Book) -> Book:
    """Return the same book with nothing charged for being overdue."""
    return Book(
        book.plans,
        tuple(cost | {"penalty_rate_nano": 0, "overdue_interest_rate_nano": 0} for cost in book.costs),
    )


def values_of(positions: Positions) -> dict[str, list[int]]:
    """Return what the columns hold."""
    return {each.name: getattr(positions, each.name).tolist() for each in fields(Positions)}


def assert_same(one: Positions, other: Positions) -> None:
    """Compare positions column by column."""
    assert values_of(one) == values_of(other)


# in the database


TABLES = ("book.loan_day", "book.day_shard", "book.day_posting", "book.loan_position")


@pytest.fixture
def loans_paid_out(database: Connection) -> Connection:
    """A book of a few loans of one shard."""
    add_programme(database)
    board_loans(database, batch_id=LOANS_BATCH, day=PAID_OUT, new=new_loans(), now=NOW)
    return database


def test_15_a_day_closed_twice_and_days_caught_up_leave_the_same_rows(loans_paid_out: Connection) -> None:
    """15: day end for D twice == once; D1..Dn day by day == catch-up to Dn, in every row that is written."""
    book, found = loans_paid_out, []
    for repeats in (1, 2):
        with book.transaction(force_rollback=True):
            for days in range(35):
                first = close(book, day_after(days))
                rows = everything(book)
                for _ in range(1, repeats):
                    again = close(book, day_after(days))
                    assert (again.repeated, again.loans) == (True, first.loans)
                    assert everything(book) == rows, "a repeat writes nothing"
            found.append(everything(book))
    assert found[0] == found[1]
    assert found[0]["book.loan_day"]


def everything(book: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Return every row the close of a day writes, as text: "never" is no date of Python's."""
    query = "SELECT written::text FROM {} AS written ORDER BY 1"
    return {table: book.execute(query.format(table).encode()).fetchall() for table in TABLES}
