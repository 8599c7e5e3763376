"""Borrowers and their loans, one after another (借款人与其借据): what is asked for, paid, renewed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from operator import attrgetter

from creditloop.book.loans import PaymentKind
from creditloop.book.plan import RepaymentMethod
from creditloop.kernel.errors import InputError
from creditloop.lend.products import Customer, ProductRules
from creditloop.world.lending.actions import Action, Habit, HowMuch, OpenLoan, Repay, ResetRate
from creditloop.world.lending.behaviour import Behaviour
from creditloop.world.lending.draws import Draws
from creditloop.world.lending.ending import stop_paying
from creditloop.world.lending.offers import Offers
from creditloop.world.lending.paying import pay_instalments
from creditloop.world.lending.pen import Pen

_RATE_STEP = Decimal("0.0025")
"""Rates are offered in steps of a quarter of a percent."""
_BULLET_MONTHS_MAX = 12
"""One repayment at the end is for a year at most; see policies/lending/lend/drawdown.yaml."""
_STEP_FEN = 100_00
"""Amounts asked for are whole hundreds of yuan."""
_NO_LONGER = timedelta(days=90)
"""No loan is opened in the last days of the period: nothing would happen to it."""


SIMULATED_PARTY = "sim-party-"
"""How the id of every borrower of the simulated world begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What a simulated book is made from.

    Attributes:
        borrowers: each has one loan at a time, and others after it.
        first_day, after: the period, [first_day, after).
    """

    seed: int
    borrowers: int
    first_day: date
    after: date
    behaviour: Behaviour
    offers: Offers

    def __post_init__(self) -> None:
        if self.borrowers < 1 or not self.first_day < self.after:
            raise InputError(
                "no such simulated book",
                got=f"{self.borrowers} borrowers, {self.first_day} to {self.after}",
                expected="at least one borrower and one day",
            )


def actions_of(book: Book, *, borrower: int) -> tuple[Action, ...]:
    """Return everything that happens to one borrower's loans, by day; of no other borrower's draws.

    Args:
        borrower: its number, 1 to `book.borrowers`.
    Raises: InputError if there is no such borrower; PolicyError if a product's document is wrong.
    """
    if not 1 <= borrower <= book.borrowers:
        raise InputError("no such borrower", got=borrower, expected=f"1 to {book.borrowers}")
    told = [action for story in _stories(book, borrower) for action in story if action.day < book.after]
    return tuple(sorted(told, key=attrgetter("day")))


def days_of(book: Book) -> Iterator[tuple[date, tuple[Action, ...]]]:
    """Give every business day of the period with the actions of all loans, borrowers in order."""
    by_day: dict[date, list[Action]] = {}
    for borrower in range(1, book.borrowers + 1):
        for action in actions_of(book, borrower=borrower):
            by_day.setdefault(action.day, []).append(action)
    for number in range((book.after - book.first_day).days):
        day = book.first_day + timedelta(days=number)
        yield day, tuple(by_day.pop(day, ()))


def loan_id_of(borrower: int, number: int) -> str:
    """Return the id of a borrower's loan, numbered from 1.

    >>> loan_id_of(12, 1)
    'sim-000012-01'
    """
    return f"sim-{borrower:06}-{number:02}"


def _stories(book: Book, borrower: int) -> Iterator[tuple[Action, ...]]:
    """Give the story of each of a borrower's loans."""
    draws = Draws(book.seed, f"borrower {borrower}")
    most = min(book.behaviour["sizes.start_days_most"], max(0, (book.after - book.first_day).days - 90))
    day = book.first_day + timedelta(days=draws.between(0, most, "first day"))
    renews: OpenLoan | None = None
    for number in range(1, 100):
        own = Draws(book.seed, loan_id_of(borrower, number))
        opened = _asked(book, draws=own, borrower=borrower, number=number, day=day, renews=renews)
        pen = _pen(book, opened, own)
        _live(pen)
        renewed = _is_renewed(pen)
        if renewed:
            _renew(pen)
        _reset_rates(book, pen)
        yield pen.told()
        if not renewed and not (pen.in_good_standing and pen.happens("incidents.again", number)):
            return
        closed = pen.dues[-1] if renewed else max(action.day for action in pen.actions)
        gap = 0 if renewed else draws.between(5, book.behaviour["sizes.gap_days_most"], "gap", number)
        day, renews = closed + timedelta(days=gap), opened if renewed else None
        if day + _NO_LONGER >= book.after:
            return


def _asked(
    book: Book, *, draws: Draws, borrower: int, number: int, day: date, renews: OpenLoan | None
) -> OpenLoan:
    """Return the loan that a borrower asks for: of the product renewed, or of one for its kind."""
    kinds = _products_by_customer(book.offers, day)
    of = Draws(book.seed, f"borrower {borrower}")
    kind = sorted(kinds)[of.between(0, len(kinds) - 1, "kind")]
    drawn = kinds[kind][draws.between(0, len(kinds[kind]) - 1, "product")]
    product = renews.product if renews else drawn
    rules = book.offers.rules(product, on=day)
    terms = rules.product.terms
    method = terms.methods.value[draws.between(0, len(terms.methods.value) - 1, "method")]
    months = _months(draws, rules, method)
    return OpenLoan(
        loan_id=loan_id_of(borrower, number),
        name="open",
        day=day,
        product=product,
        programme=terms.colending_programme.value,
        party_id=f"{SIMULATED_PARTY}{borrower:06}",
        customer=rules.product.customer,
        amount_fen=_amount(draws, rules),
        rate_annual=_rate(draws, rules),
        term_months=months,
        method=method,
        floating=rules.product.customer is Customer.FIRM and months > 1,
        renews=renews.loan_id if renews else None,
        habit=Habit(draws.pick(book.behaviour.weights("habits"), "habit")),
    )


def _products_by_customer(offers: Offers, day: date) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for product in offers.products:
        found.setdefault(offers.rules(product, on=day).product.customer.value, []).append(product)
    return found


def _months(draws: Draws, rules: ProductRules, method: RepaymentMethod) -> int:
    terms = rules.product.terms
    offered, every = terms.term_months.value, terms.due_days.value.every_months
    most = _BULLET_MONTHS_MAX if method is RepaymentMethod.BULLET else offered.most
    months = [
        each
        for each in (offered.only or range(offered.least, offered.most + 1))
        if each <= most and each % every == 0
    ]
    return months[draws.between(0, len(months) - 1, "months")]


def _amount(draws: Draws, rules: ProductRules) -> int:
    """Draw an amount in hundreds of yuan, small ones more often."""
    terms = rules.product.terms
    least, most = -(-terms.drawdown_min.value // _STEP_FEN), terms.drawdown_max.value // _STEP_FEN
    place = draws.between(0, 9_999, "amount")
    return (least + (most - least) * place * place // 10**8) * _STEP_FEN


def _rate(draws: Draws, rules: ProductRules) -> Decimal:
    terms = rules.product.terms
    least, most = terms.rate_annual_min.value, terms.rate_annual_max.value
    return least + _RATE_STEP * draws.between(0, int((most - least) / _RATE_STEP), "rate")


def _pen(book: Book, opened: OpenLoan, draws: Draws) -> Pen:
    agreed = book.offers.agreement(opened)
    pen = Pen(
        opened=opened,
        draws=draws,
        behaviour=book.behaviour,
        working_days=book.offers.working_days,
        dues=list(agreed.plan.due),
        every_months=agreed.terms.cycle.months,
    )
    pen.write(opened)
    return pen


def _live(pen: Pen) -> None:
    if pen.opened.habit in (Habit.STOPS, Habit.NEVER_PAYS):
        stop_paying(pen)
    else:
        pay_instalments(pen)


def _is_renewed(pen: Pen) -> bool:
    calm = pen.opened.habit in (Habit.PUNCTUAL, Habit.FORGETFUL)
    return calm and pen.happens("incidents.renewed")


def _renew(pen: Pen) -> None:
    """Let the last instalment be paid out of the loan that takes this one's place (续贷)."""
    last = pen.dues[-1]
    pen.actions[:] = [action for action in pen.actions if action.day < last or not isinstance(action, Repay)]
    pen.repay("renewal", last, HowMuch.OWED, kind=PaymentKind.RENEWAL)


def _reset_rates(book: Book, pen: Pen) -> None:
    """Set a floating loan's rate anew on each 1 January, as the base rate has moved since it was opened."""
    if not pen.opened.floating:
        return
    last = max(action.day for action in pen.actions)
    for year in range(pen.opened.day.year + 1, last.year + 1):
        moved = _base(book, year) - _base(book, pen.opened.day.year)
        rate = max(_RATE_STEP, pen.opened.rate_annual + moved)
        reset = ResetRate(loan_id=pen.loan_id, name=f"rate-{year}", day=date(year, 1, 1), rate_annual=rate)
        pen.write(reset)


def _base(book: Book, year: int) -> Decimal:
    """Return how far the base rate has moved by a year since the first one of the period."""
    draws, step = Draws(book.seed, "base rate"), book.behaviour["sizes.base_rate_step"]
    moves = (draws.between(-step, step, each) for each in range(book.first_day.year + 1, year + 1))
    return Decimal(sum(moves)) / Decimal(10_000)
