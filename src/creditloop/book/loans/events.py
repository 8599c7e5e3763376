"""What happens to a loan, as events that are only ever added (借据事件).

An event has a value date (生效日), from which it counts, and a booking date (入账日), on which it became
known; a backdated event is booked later than it counts. The caller makes the id, so a repeat is recognised.
Nothing is edited: an event is undone by `Reversed`, and the loan is replayed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from creditloop.book.calendars import Cycle
from creditloop.book.loans.rules import Part, Parts, PaymentKind
from creditloop.kernel.errors import ConflictingRepeat, InputError, UnknownId


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanEvent:
    """What every event has.

    Attributes:
        id: made by the caller, unique within the loan.
        sequence: place in the order of booking, ascending.
        value_date: day from which it counts; booked_on: business date on which it was booked.
    """

    id: str
    sequence: int
    value_date: date
    booked_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Disbursed(LoanEvent):
    """A tranche was paid out (放款)."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaid(LoanEvent):
    """Money came in, or a credit was given, and lowers what is owed (还款)."""

    amount: int
    kind: PaymentKind = PaymentKind.REPAYMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged(LoanEvent):
    """A fee or a penalty was charged (收费).

    Attributes:
        part: FEE or PENALTY.
        due: its own due date; it stands with the instalment in whose period that lies.
        instalment_due: due date of the instalment it stands with instead (overdue charges).
    """

    amount: int
    part: Part
    due: date
    instalment_due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived(LoanEvent):
    """The bank forgoes a part of what is due (减免), oldest first."""

    amount: int
    part: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded(LoanEvent):
    """Money was paid back to the customer out of what had been repaid (退款); settled parts open again."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRefunded(LoanEvent):
    """An overpaid balance was paid out (溢缴款退回); what exceeds it is owed again as principal."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargedBack(LoanEvent):
    """A payment was taken back by the payer's bank (拒付); `payment_id` is the payment."""

    amount: int
    payment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrued(LoanEvent):
    """Income was recognised up to the end of the value date (计提).

    Attributes:
        parts: the amounts recognised; None: what is missing up to then, found by the replay, so that a
            correction before it changes it.
    """

    parts: Parts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateReset(LoanEvent):
    """The yearly rate is another one from the value date on (利率调整)."""

    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescheduled(LoanEvent):
    """Due dates and terms of the instalments from one due date on were changed (展期、变更计划).

    Attributes:
        from_due: the first due date that changes.
        to_due: where it moves; later ones follow by the cycle. None: dates stay.
        extra_count: further instalments.
        rate: yearly rate of the instalments from there on; None: as before.
    """

    from_due: date
    to_due: date | None = None
    extra_count: int = 0
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaged(LoanEvent):
    """Everything unpaid of the principal was put on new equal instalments (重新安排账龄)."""

    start: date
    cycle: Cycle
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reamortised(LoanEvent):
    """What is overdue of the principal was spread over the instalments to come (重新摊还)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restructured(LoanEvent):
    """The principal outstanding was put on new terms (重组).

    Attributes:
        first_due: first due date of the new instalments; the value date begins their first period.
        count, cycle, rate: of the new instalments.
        capitalise: whether unpaid interest becomes principal; else it stays due where it was.
    """

    first_due: date
    cycle: Cycle
    count: int
    rate: Decimal
    capitalise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDatesMoved(LoanEvent):
    """Single due dates were moved without changing amounts (节假日顺延): pairs of from and to."""

    moves: tuple[tuple[date, date], ...]


class Keep(StrEnum):
    """What a partial prepayment keeps."""

    COUNT = "count"
    """The number of instalments; each becomes smaller."""
    INSTALMENT = "instalment"
    """The amount of an instalment; fewer are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepaid(LoanEvent):
    """The customer repaid before it was due (提前还款): what is due, interest to the day, then principal.

    Attributes:
        amount: units paid; what exceeds the payoff stands to the customer's credit.
        keep: what stays of the plan when principal is left.
    """

    amount: int
    keep: Keep = Keep.COUNT


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenOff(LoanEvent):
    """The bank took the loan off its books (核销); it is still owed, and what comes in is a recovery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversed(LoanEvent):
    """An earlier event was undone (冲正): it counts as if it had never been; `event_id` is the event."""

    event_id: str


def in_order(events: Iterable[LoanEvent]) -> list[LoanEvent]:
    """Return events in the order in which they count: by value date, then by sequence."""
    return sorted(events, key=lambda event: (event.value_date, event.sequence))


def append(*, history: Sequence[LoanEvent], event: LoanEvent) -> tuple[LoanEvent, ...]:
    """Return the history with one event more; the same event again changes nothing.

    Raises:
        ConflictingRepeat: if the id stands for other content.
        InputError: if its sequence is not the highest.
        UnknownId: if it speaks of an event that is not there.
    """
    for known in history:
        if known.id == event.id:
            if known != event:
                raise ConflictingRepeat(
                    "a loan event's id was used with other content", where={"id": event.id}
                )
            return tuple(history)
    if history and event.sequence <= history[-1].sequence:
        raise InputError(
            "a loan event is out of sequence", got=event.sequence, expected=f"> {history[-1].sequence}"
        )
    target = target_of(event)
    if target is not None and all(known.id != target for known in history):
        raise UnknownId("no such loan event", got=target, where={"id": event.id})
    return (*history, event)


def target_of(event: LoanEvent) -> str | None:
    """Return the id of the event that this one speaks of, if any."""
    if isinstance(event, Reversed):
        return event.event_id
    return event.payment_id if isinstance(event, ChargedBack) else None


def reversals(events: Iterable[LoanEvent]) -> dict[str, Reversed]:
    """Return, for each event that is undone, the event that undid it.

    A reversal that is itself reversed undoes nothing.
    """
    undone: dict[str, Reversed] = {}
    for event in sorted(events, key=lambda event: event.sequence, reverse=True):
        if isinstance(event, Reversed) and event.id not in undone:
            undone[event.event_id] = event
    return undone
