"""Borrowers' lives: the same for the same seed, whoever else is there; by the day; every kind of action."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError
from creditloop.world.lending import (
    Action,
    Book,
    Bounce,
    ChargeFee,
    Extend,
    Offers,
    OpenLoan,
    Prepay,
    Reage,
    Recover,
    Redeliver,
    RefundCredit,
    Repay,
    ResetRate,
    Restructure,
    Scenario,
    Waive,
    WriteOff,
    actions_of,
    days_of,
    loan_id_of,
    read_behaviour,
)

ROOT = Path(__file__).parents[3]
KINDS = (
    Bounce,
    ChargeFee,
    Extend,
    OpenLoan,
    Prepay,
    Reage,
    Recover,
    Redeliver,
    RefundCredit,
    Repay,
    ResetRate,
    Restructure,
    Waive,
    WriteOff,
)
_TOLD = """
import hashlib, sys
from datetime import date
from pathlib import Path
from creditloop.kernel.documents import read_document
from creditloop.world.lending import Book, Offers, Scenario, actions_of, read_behaviour
root = Path(sys.argv[1])
offers = Offers(products=sys.argv[2].split(), find=lambda path: read_document(root / path, root=root))
book = Book(seed=7, borrowers=60, first_day=date(2021, 1, 1), after=date(2026, 1, 1),
            behaviour=read_behaviour(scenario=Scenario.STRESS), offers=offers)
print(hashlib.sha256(repr([actions_of(book, borrower=n) for n in (3, 1)]).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def told(make_book: Callable[..., Book]) -> list[tuple[date, tuple[Action, ...]]]:
    """The days of the book."""
    return list(days_of(make_book()))


def test_every_day_comes_once_in_order_with_what_happens_on_it(make_book: Callable[..., Book], told) -> None:
    book = make_book()
    days = [day for day, _ in told]
    assert days == [book.first_day + timedelta(days=n) for n in range((book.after - book.first_day).days)]
    assert all(action.day == day for day, actions in told for action in actions)
    alone = Counter(action.event_id for n in range(1, 61) for action in actions_of(book, borrower=n))
    assert Counter(action.event_id for _, actions in told for action in actions) == alone
    assert set(alone.values()) == {1}


def test_every_kind_of_action_is_met(told) -> None:
    met = Counter(type(action) for _, actions in told for action in actions)
    assert set(met) == set(KINDS)


def test_a_borrower_is_the_same_whoever_else_is_there_and_however_often_it_is_asked(
    make_book: Callable[..., Book], find: Callable[[str], Document]
) -> None:
    alone = repr(actions_of(make_book(borrowers=5), borrower=4))
    actions_of(make_book(), borrower=9)
    assert repr(actions_of(make_book(), borrower=4)) == alone
    fresh = replace(make_book(), offers=Offers(products=make_book().offers.products[::-1], find=find))
    assert repr(actions_of(fresh, borrower=4)) == alone
    assert repr(actions_of(make_book(seed=8), borrower=4)) != alone


def test_another_process_gives_the_same_bytes(make_book: Callable[..., Book], offers: Offers) -> None:
    command = [sys.executable, "-c", _TOLD, str(ROOT), " ".join(offers.products)]
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    here = repr([actions_of(make_book(), borrower=number) for number in (3, 1)])
    assert done.stdout.strip() == hashlib.sha256(here.encode()).hexdigest()


def test_a_loan_is_opened_before_anything_else_happens_to_it(told) -> None:
    opened: set[str] = set()
    for _, actions in told:
        for action in actions:
            if isinstance(action, OpenLoan):
                assert action.loan_id not in opened
                assert action.renews is None or action.renews in opened
                opened.add(action.loan_id)
            assert action.loan_id in opened
    assert any(number.endswith("-03") for number in opened)


def test_a_renewed_loan_is_paid_off_on_the_day_the_next_one_is_paid_out(told) -> None:
    renewals = [
        (day, {each.loan_id for each in actions if each.name == "renewal"}, action.renews)
        for day, actions in told
        for action in actions
        if isinstance(action, OpenLoan) and action.renews
    ]
    assert len(renewals) > 5
    assert all(renewed in paid_off for _, paid_off, renewed in renewals)


def test_what_is_asked_for_is_what_the_product_offers_on_the_day(
    make_book: Callable[..., Book], told
) -> None:
    offers = make_book().offers
    for _, actions in told:
        for action in actions:
            if isinstance(action, OpenLoan):
                terms = offers.rules(action.product, on=action.day).product.terms
                assert terms.drawdown_min.value <= action.amount_fen <= terms.drawdown_max.value
                assert terms.rate_annual_min.value <= action.rate_annual <= terms.rate_annual_max.value
                assert terms.term_months.value.offers(action.term_months)
                assert action.method in terms.methods.value


def test_a_calm_book_is_calmer(make_book: Callable[..., Book], told) -> None:
    calm = make_book(behaviour=read_behaviour(scenario=Scenario.CALM))
    bounces = [action for _, actions in days_of(calm) for action in actions if isinstance(action, Bounce)]
    stressed = [action for _, actions in told for action in actions if isinstance(action, Bounce)]
    assert len(bounces) < len(stressed) / 4


def test_a_book_that_cannot_be_is_refused(make_book: Callable[..., Book]) -> None:
    with pytest.raises(InputError, match="no such simulated book"):
        make_book(borrowers=0)
    with pytest.raises(InputError, match="no such simulated book"):
        make_book(after=date(2021, 1, 1))
    with pytest.raises(InputError, match="no such borrower"):
        actions_of(make_book(), borrower=61)
    assert loan_id_of(12, 3) == "sim-000012-03"
