"""What a channel says to the bank (simulated): loans to open, what happens to them, that a day is over.

Each message carries its own key, so it may arrive twice; contents are drawn from the seed alone. Periods are
one to three days long, so that within a week a loan comes due, is late, is paid and is changed.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from creditloop.book.calendars import Cycle
from creditloop.book.interest import FEN, DayCount
from creditloop.book.loans import (
    Allocation,
    Charged,
    Disbursed,
    Keep,
    LoanEvent,
    LoanRules,
    LoanTerms,
    Part,
    PenaltyBase,
    PenaltyVariant,
    Prepaid,
    RateReset,
    Repaid,
    Restructured,
    Reversed,
    Waived,
    WrittenOff,
    cells_of,
)
from creditloop.book.plan import RepaymentMethod
from creditloop.book.split import Shares

SHARES = (Shares(("us", "partner"), (3, 7)), Shares(("us", "a", "b"), (1, 1, 1)), Shares(("us",), (1,)))
"""The lenders of each programme."""
PAY_OUT = "pay-out"
_KINDS = {
    Repaid: 50,
    Prepaid: 12,
    Reversed: 12,
    Charged: 9,
    Waived: 5,
    RateReset: 4,
    Restructured: 4,
    WrittenOff: 2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A loan to be opened and paid out."""

    loan_id: str
    party_id: str
    programme: int
    terms: LoanTerms
    rules: LoanRules

    @property
    def key(self) -> str:
        """What it is called in the history of a run."""
        return f"open {self.loan_id}"

    def pay_out(self, today: date) -> Disbursed:
        """Return its first event as the bank books it."""
        return Disbursed(
            id=PAY_OUT, sequence=1, value_date=self.terms.start, booked_on=today, amount=self.terms.principal
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened to a loan; the day it is booked on is the bank's."""

    loan_id: str
    event: LoanEvent

    @property
    def key(self) -> str:
        """What it is called in the history of a run."""
        amount = getattr(self.event, "amount", "")
        return f"{type(self.event).__name__} {amount} {self.loan_id}/{self.event.id}"

    def booked(self, today: date) -> LoanEvent:
        """Return the event as the bank books it."""
        return replace(self.event, booked_on=today)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEnd:
    """The days before the bank's own date are over."""

    number: int

    @property
    def key(self) -> str:
        """What it is called in the history of a run."""
        return f"day end {self.number}"


Message = Opening | Happening | DayEnd


def drawn_opening(draw: Random, *, number: int, start: date) -> Opening:
    """Draw a loan."""
    interest_first = (Part.PENALTY, Part.FEE, Part.INTEREST, Part.PRINCIPAL)
    order = interest_first if draw.random() < 0.7 else tuple(reversed(interest_first))
    grace = draw.choice([0, 0, 1, 2])
    variant = PenaltyVariant(
        valid_from=start - timedelta(days=1000),
        multiple=draw.choice([Decimal("1.5"), Decimal("0.5")]),
        interest_multiple=draw.choice([Decimal(0), Decimal(1)]),
        base=draw.choice(list(PenaltyBase)),
        grace_days=grace,
    )
    methods = ["EQUAL_INSTALMENT", "EQUAL_PRINCIPAL", "INTEREST_FIRST", "BULLET"]
    terms = LoanTerms(
        principal=draw.randint(1_000, 5_000_000),
        start=start,
        count=draw.randint(1, 4),
        cycle=Cycle(days=draw.randint(1, 3)),
        rate=Decimal(draw.randint(1, 240)) / 1000,
        repayment=RepaymentMethod[draw.choice(methods)],
        day_count=DayCount.ACT_360,
        scale=FEN,
    )
    return Opening(
        loan_id=f"L{number}",
        party_id=f"person/{draw.randint(1, 3)}",
        programme=draw.randrange(len(SHARES)),
        terms=terms,
        rules=LoanRules(
            allocation=Allocation(cells=cells_of(order=order)),
            penalties=(variant,),
            prepayment_fee=draw.choice([Decimal(0), Decimal("0.01")]),
            dpd_grace_days=grace,
        ),
    )


def drawn_happening(
    draw: Random, *, opening: Opening, number: int, day: date, earlier: list[str]
) -> Happening:
    """Draw what happens to a loan on a day.

    Args:
        earlier: ids of what happened to it before.
    """
    kind = draw.choices(list(_KINDS), weights=list(_KINDS.values()))[0]
    principal = opening.terms.principal
    about = principal // opening.terms.count
    amount = max(1, draw.choice([about, about // 2, draw.randint(1, principal), 2 * principal]))
    said: dict[str, object] = {}
    if kind in (Repaid, Prepaid):
        said["amount"] = amount
    if kind is Prepaid:
        said["keep"] = draw.choice(list(Keep))
    if kind is Reversed:
        said["event_id"] = draw.choice(earlier) if earlier else PAY_OUT
    if kind is Charged:
        said |= {"amount": draw.randint(1, 5_000), "part": Part.FEE, "due": day}
    if kind is Waived:
        said |= {"amount": draw.randint(1, 500), "part": draw.choice(list(Part))}
    if kind is RateReset:
        said["rate"] = Decimal(draw.randint(1, 300)) / 1000
    if kind is Restructured:
        said |= {"first_due": day + timedelta(days=2), "cycle": Cycle(days=2), "count": 2}
        said |= {"rate": Decimal("0.05"), "capitalise": draw.random() < 0.5}
    event = kind(id=f"e{number}", sequence=0, value_date=day, booked_on=day, **said)
    return Happening(loan_id=opening.loan_id, event=event)


def falsified(message: Happening) -> Happening | None:
    """Return another message under the same key, if the message names an amount."""
    if not isinstance(message.event, Repaid | Prepaid):
        return None
    return replace(message, event=replace(message.event, amount=message.event.amount + 1))
