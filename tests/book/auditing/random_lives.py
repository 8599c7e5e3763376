"""Random loans that the book can hold, lived in a database beside each other, for the auditor's export."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import seed as with_seed
from hypothesis import strategies as st
from tests.book.auditing.simulated_lives import Told
from tests.book.invariants.loan_lives import MAKERS, ORDER, PRINCIPAL_FIRST, START, Life, happen, terms
from tests.book.loan_store.stored_loans import NOW, close_through

from creditloop.book.interest import DayCount
from creditloop.book.loan_store import NewLoan, add_programme, book_event, open_loan
from creditloop.book.loans import (
    Across,
    Allocation,
    Disbursed,
    DpdSwitch,
    Future,
    LoanRules,
    PaymentKind,
    PenaltyBase,
    PenaltyVariant,
    cells_of,
)
from creditloop.book.split import Shares
from creditloop.kernel.errors import CreditloopError
from creditloop.kernel.storage import Connection

LAST = START + timedelta(days=150)
PARTY = "person/1"
"""One debtor owes all of the loans, so that they are one shard and a day is closed once."""
STEPS = st.sampled_from([0, 1, 4, 10, 20, 31])
WEIGHED = (*(kind for kind in MAKERS if kind != "accrue"), "repay", "repay", "repay", "reverse")


@st.composite
def rules(draw: st.DrawFn) -> LoanRules:
    """Rules of every order of settlement, with what being overdue costs as the day end computes it."""
    grace = draw(st.sampled_from([0, 0, 3, 12]))
    alike: dict[str, Any] = {
        "base": draw(st.sampled_from(PenaltyBase)),
        "day_count": draw(st.sampled_from([DayCount.ACT_360, DayCount.ACT_365])),
        "grace_days": grace,
        "grace_is_charged": draw(st.booleans()),
    }
    variants = tuple(
        PenaltyVariant(
            valid_from=START + timedelta(days=days),
            multiple=draw(st.sampled_from([Decimal("1.5"), Decimal("0.5")])),
            interest_multiple=draw(st.sampled_from([Decimal(0), Decimal(1)])),
            cap=draw(st.sampled_from([None, Decimal("0.24")])),
            **alike,
        )
        for days in draw(st.sampled_from([(), (-9,), (-9, 60)]))
    )
    cells = st.permutations(ORDER).map(tuple)
    orders = st.builds(
        Allocation,
        cells=st.builds(lambda order, ahead: cells_of(order=order, in_advance=ahead), cells, cells),
        across=st.sampled_from(Across),
        future=st.sampled_from(Future),
    )
    switch = DpdSwitch(above_dpd=20, allocation=Allocation(cells=cells_of(order=PRINCIPAL_FIRST)))
    return LoanRules(
        allocation=draw(orders),
        by_kind=draw(st.sampled_from([{}, {PaymentKind.GOODWILL_CREDIT: draw(orders)}])),
        by_dpd=draw(st.sampled_from([(), (switch,)])),
        penalties=variants,
        credit_order=draw(st.sampled_from([None, ORDER])),
        prepayment_fee=draw(st.sampled_from([Decimal(0), Decimal("0.01")])),
        dpd_grace_days=grace if variants else 0,
    )


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A loan after up to eight events, some backdated, in not more days than are closed."""
    life = Life(terms=draw(terms()), rules=draw(rules()))
    for _ in range(draw(st.integers(1, 8))):
        life.today = min(LAST, life.today + timedelta(days=draw(STEPS)))
        happen(draw, life, draw(st.sampled_from(WEIGHED)), back=draw(st.sampled_from([0, 0, 0, 5, 40])))
    return life


def drawn(count: int, seed: int = 7) -> list[Life]:
    """Return so many lives, the same in every run for a seed."""
    found: list[Life] = []

    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(lives())
    def take(life: Life) -> None:
        found.append(life)

    with_seed(seed)(take)()
    return found


def lived(book: Connection, lives_of: Mapping[str, Life | Told], *, last: date = LAST) -> int:
    """Let loans live in the book, day by day; return how many events it took besides pay-outs."""
    shares = Shares(("us", "partner", "other"), (3, 5, 2))
    programme = add_programme(book, product="simulated", shares=shares, document_hash="a" * 64)
    opened, taken = set[str](), 0
    happening = [(event.booked_on, name, event) for name, life in lives_of.items() for event in life.events]
    for day, name, event in sorted(happening, key=lambda each: (each[0], each[1], each[2].sequence)):
        close_through(book, day - timedelta(days=1))
        if name in opened:
            taken += _is_taken(book, partial(book_event, loan_id=name, event=event))
        elif event.sequence == 1 and _is_taken(book, _opening(name, lives_of[name], programme)):
            opened.add(name)
    close_through(book, last)
    return taken


def _opening(name: str, life: Life | Told, programme: int) -> Callable[..., object]:
    """Return what opens a loan; one that the day end could not compute the book refuses."""
    first = life.events[0]
    assert isinstance(first, Disbursed)
    new = NewLoan(
        loan_id=name, party_id=PARTY, retail=True, programme_no=programme, terms=life.terms, rules=life.rules
    )
    return partial(open_loan, new=new, pay_out=first)


def _is_taken(book: Connection, change: Callable[..., object]) -> bool:
    """Change the book; what it refuses leaves nothing."""
    try:
        with book.transaction():
            change(book, now=NOW)
    except CreditloopError:
        return False
    return True
