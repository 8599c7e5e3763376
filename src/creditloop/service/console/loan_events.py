"""The events of a loan as its page shows them: what each settled, posted and changed of what stood before."""

from dataclasses import dataclass

from creditloop.book.loan_store import StoredEvent
from creditloop.book.loans import (
    DifferenceLine,
    LenderLeg,
    LoanEvent,
    Reversed,
    Settlement,
    Subject,
    correct,
    event_kind,
)
from creditloop.service.console.loan_reading import LoanRead


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedFigure:
    """A figure that is another one since an event was booked.

    Attributes:
        subject: the kind of thing it is of: event, accrual, row or loan; name: which one.
        what: the figure's key in the catalogue.
    """

    subject: str
    name: str
    what: str
    was: int
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEvent:
    """An event with what follows from it.

    Attributes:
        settlement: what it did, None for one that settles nothing (a reversal).
        corrections: amounts of other events and rows that are another one since it was booked.
        reversed_by: id of the event that undid it.
    """

    stored: StoredEvent
    kind: str
    amount: int | None
    settlement: Settlement | None
    corrections: tuple[CorrectedFigure, ...]
    reversed_by: str | None

    @property
    def event(self) -> LoanEvent:
        """The event itself."""
        return self.stored.event

    @property
    def legs(self) -> tuple[LenderLeg, ...]:
        """What it posted."""
        return self.stored.legs

    @property
    def debit(self) -> int:
        """The sum of its debits, which is that of its credits."""
        return sum(amount for _, _, amount in self.stored.legs if amount > 0)


def shown_events(read: LoanRead) -> tuple[ShownEvent, ...]:
    """Return a loan's events in the order they were booked."""
    if read.state is None:
        return ()
    found = []
    for number, stored in enumerate(read.loan.events):
        settlement = read.state.settlement(stored.event.id)
        found.append(
            ShownEvent(
                stored=stored,
                kind=event_kind(stored.event),
                amount=getattr(stored.event, "amount", None),
                settlement=settlement,
                corrections=_corrections(read, number),
                reversed_by=None if settlement is None else settlement.reversed_by,
            )
        )
    return tuple(found)


def _corrections(read: LoanRead, number: int) -> tuple[CorrectedFigure, ...]:
    """Return what a backdated or a reversing event changed of what stood before it was booked."""
    loan, event = read.loan, read.loan.events[number].event
    if number == 0 or (event.value_date == event.booked_on and not isinstance(event, Reversed)):
        return ()
    change = correct(
        terms=loan.terms,
        rules=loan.rules,
        history=loan.history[:number],
        event=event,
        as_of=event.booked_on,
        recognised=True,
    )
    ids = {one.id for one in loan.history}
    return tuple(_figure(line, ids) for line in change.lines if line.name != event.id)


def _figure(line: DifferenceLine, ids: set[str]) -> CorrectedFigure:
    """Name a line's subject; what is recognised as days close bears no id of an event."""
    subject, name, what = line.subject.value, line.name, line.what.replace(" ", "_")
    if line.subject is Subject.EVENT and name not in ids:
        subject, name, what = "accrual", str(line.day), f"{what}_accrued"
    elif line.subject is not Subject.EVENT:
        name = str(line.day) if line.subject is Subject.ROW else ""
    return CorrectedFigure(subject=subject, name=name, what=what, was=line.was, now=line.now)
