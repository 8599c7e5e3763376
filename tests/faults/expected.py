"""What the book should hold: the same story told in memory, by pure functions of one loan.

`Expected` takes no part in storing anything. Before each message it says what the bank has to answer; when
the server has committed, what was to change is changed here too. At the end the database must hold exactly
this.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from tests.faults.messages import PAY_OUT, SHARES, DayEnd, Happening, Message, Opening

from creditloop.book.loans import (
    Charged,
    LenderLeg,
    LoanEvent,
    Prepaid,
    Repaid,
    Reversed,
    append,
    lender_legs,
    standing_of,
)
from creditloop.book.split import Shares
from creditloop.kernel.errors import ConflictingRepeat, CreditloopError, InputError, OutOfOrder, UnknownId


@dataclass(slots=True)
class ExpectedLoan:
    """A loan that is open."""

    opening: Opening
    shard: int
    events: list[LoanEvent] = field(default_factory=list)
    legs: list[tuple[LenderLeg, ...]] = field(default_factory=list)

    @property
    def shares(self) -> Shares:
        """Its lenders."""
        return SHARES[self.opening.programme]

    def money_in(self) -> int:
        """Return what customers paid and was not undone, fen; told without a replay."""
        undone: set[str] = set()
        for event in reversed(self.events):
            if isinstance(event, Reversed) and event.id not in undone:
                undone.add(event.event_id)
        paid = (event for event in self.events if isinstance(event, Repaid | Prepaid))
        return sum(event.amount for event in paid if event.id not in undone)

    def paid_out(self) -> int:
        """Return what was paid out, unless that was undone."""
        undone: set[str] = set()
        for event in reversed(self.events):
            if isinstance(event, Reversed) and event.id not in undone:
                undone.add(event.event_id)
        return 0 if PAY_OUT in undone else self.opening.terms.principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the bank has to say to a message.

    Attributes:
        refused: the error's class; None: it is done.
        event, legs: as booked.
        repeated: it was booked before.
    """

    refused: str | None = None
    event: LoanEvent | None = None
    legs: tuple[LenderLeg, ...] = ()
    repeated: bool = False


@dataclass(slots=True)
class Expected:
    """The book as it should be; `closed` is the last day closed of each shard."""

    loans: dict[str, ExpectedLoan] = field(default_factory=dict)
    closed: dict[int, date] = field(default_factory=dict)

    def answer(self, message: Message, *, today: date, shard_of: Callable[[str], int | None]) -> Answer:
        """Say what the bank has to answer on a day.

        Args:
            shard_of: the shard of a party that is known to the bank.
        """
        match message:
            case DayEnd():
                return Answer()
            case Opening():
                return self._to_open(message, today, shard_of(message.party_id))
            case Happening():
                if (loan := self.loans.get(message.loan_id)) is None:
                    return Answer(refused=UnknownId.__name__)
                return self._to_book(loan, message.booked(today))
            case _:
                assert_never(message)

    def _to_open(self, opening: Opening, today: date, shard: int | None) -> Answer:
        known = self.loans.get(opening.loan_id)
        if known is not None:
            return Answer(event=known.events[0], legs=known.legs[0], repeated=True)
        return self._to_book(
            ExpectedLoan(opening=opening, shard=-1 if shard is None else shard), opening.pay_out(today)
        )

    def _to_book(self, loan: ExpectedLoan, event: LoanEvent) -> Answer:
        for number, known in enumerate(loan.events):
            if known.id == event.id:
                if replace(event, sequence=known.sequence, booked_on=known.booked_on) != known:
                    return Answer(refused=ConflictingRepeat.__name__)
                return Answer(event=known, legs=loan.legs[number], repeated=True)
        event = replace(event, sequence=len(loan.events) + 1)
        if (refused := self._untimely(loan, event)) is not None:
            return Answer(refused=refused)
        try:
            return Answer(event=event, legs=_legs(loan, event))
        except CreditloopError as error:
            return Answer(refused=type(error).__name__)

    def _untimely(self, loan: ExpectedLoan, event: LoanEvent) -> str | None:
        day = event.booked_on
        if event.value_date > day or (isinstance(event, Charged) and event.due > day):
            return InputError.__name__
        if loan.events and day < loan.events[-1].booked_on:
            return OutOfOrder.__name__
        closed = self.closed.get(loan.shard)
        return OutOfOrder.__name__ if closed is not None and closed >= day else None

    def open(self, opening: Opening, *, shard: int) -> None:
        """Take a loan in; its pay-out is booked next."""
        assert opening.loan_id not in self.loans, "a loan is opened once"
        self.loans[opening.loan_id] = ExpectedLoan(opening=opening, shard=shard)

    def book(self, loan_id: str, *, event: LoanEvent, legs: tuple[LenderLeg, ...]) -> None:
        """Take an event in."""
        loan = self.loans[loan_id]
        loan.events.append(event)
        loan.legs.append(legs)

    def close(self, *, shard: int, day: date) -> None:
        """Take a closed day of a shard in."""
        self.closed[shard] = max(day, self.closed.get(shard, day))


def _legs(loan: ExpectedLoan, event: LoanEvent) -> tuple[LenderLeg, ...]:
    """Return what an event posts: the loan with it against the loan without it."""
    agreed, day = {"terms": loan.opening.terms, "rules": loan.opening.rules}, event.booked_on
    longer = append(history=tuple(loan.events), event=event)
    was = standing_of(**agreed, events=loan.events, day=day)[1]
    now = standing_of(**agreed, events=longer, day=day)[1]
    return lender_legs(
        before=was.balances,
        after=now.balances,
        disbursed=(was.disbursed, now.disbursed),
        shares=loan.shares,
    )
