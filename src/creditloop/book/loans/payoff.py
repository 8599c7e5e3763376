"""The payoff quote (结清试算): what settles the whole loan on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from creditloop.book.loans.events import LoanEvent
from creditloop.book.loans.replay import run
from creditloop.book.loans.rows import servicing
from creditloop.book.loans.rules import LoanRules, Part
from creditloop.book.loans.terms import LoanTerms
from creditloop.kernel.errors import StateError


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoffQuote:
    """What settles a loan on a day, in units; the prepayment fee is among the fees.

    Interest is below zero where more was paid for days to come than is owed: it is taken off.

    Attributes:
        total: what is to be paid: the parts less what is overpaid.
    """

    day: date
    penalty: int
    fee: int
    interest: int
    principal: int
    overpaid: int

    @property
    def total(self) -> int:
        """What is to be paid."""
        parts = self.penalty + self.fee + self.interest + self.principal
        return max(0, parts - self.overpaid)


def payoff_quote(
    *, terms: LoanTerms, rules: LoanRules, events: Sequence[LoanEvent], day: date
) -> PayoffQuote:
    """Return what a `Prepaid` event of that day has to bring to leave nothing owed.

    Raises: StateError if nothing was paid out by then.
    """
    known = [event for event in events if event.value_date <= day]
    work = run(terms=terms, rules=rules, events=known, as_of=day)
    if not work.planned:
        raise StateError("nothing is paid out that could be paid off", got=day)
    parts = servicing.payoff_parts(work=work, day=day)
    return PayoffQuote(
        day=day,
        penalty=parts[Part.PENALTY],
        fee=parts[Part.FEE],
        interest=parts[Part.INTEREST],
        principal=parts[Part.PRINCIPAL],
        overpaid=work.overpaid,
    )
