"""From actions to events (动作变事件): what an action means for a loan as it stands, if anything.

Only what is lawful becomes an event: nothing is paid on a loan that owes nothing, no new terms are made for
one that is written off, none is written off within 360 days past due. What no longer fits the loan ("the
instalment to be moved was prepaid") is None; the book is never asked for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from creditloop.book.loans import (
    Charged,
    CreditRefunded,
    Disbursed,
    LoanEvent,
    LoanRules,
    LoanState,
    LoanTerms,
    Part,
    Prepaid,
    RateReset,
    Reaged,
    Repaid,
    Rescheduled,
    Restructured,
    Reversed,
    RowKind,
    Waived,
    WrittenOff,
    payoff_quote,
    replay,
)
from creditloop.world.lending.actions import (
    Action,
    Bounce,
    ChargeFee,
    Extend,
    HowMuch,
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
from creditloop.world.lending.behaviour import ALWAYS

WRITTEN_OFF_ABOVE_DPD = 360
"""A loan is written off once it is more days past due than this."""

_SOON = timedelta(days=31)
"""What comes due next is brought ahead only if it comes due within so many days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanLife:
    """One loan as agreed; says what an action is for it."""

    terms: LoanTerms
    rules: LoanRules

    def event(
        self, action: Action, *, events: Sequence[LoanEvent], state: LoanState | None
    ) -> LoanEvent | None:
        """Return the event that an action makes; None if it would not be lawful, or not change anything.

        Args:
            events: the loan's, as booked so far; state: the replay of them as of the action's day, None
                before the loan is paid out.
        Returns: a repeat gives the very event that was booked before.
        """
        if isinstance(action, Redeliver):
            return next((known for known in events if known.id == f"{action.loan_id}/{action.of}"), None)
        values = self._values(action, events, state)
        if values is None:
            return None
        of, value_date, rest = values
        return of(
            id=action.event_id,
            sequence=max((known.sequence for known in events), default=0) + 1,
            value_date=value_date,
            booked_on=action.day,
            **rest,
        )

    def _values(
        self, action: Action, events: Sequence[LoanEvent], state: LoanState | None
    ) -> "_Values | None":
        if isinstance(action, OpenLoan):
            return (Disbursed, action.day, {"amount": action.amount_fen}) if state is None else None
        if state is None:
            return None
        if isinstance(action, Repay):
            return self._repaid(action, events, state)
        if isinstance(action, Prepay):
            return self._prepaid(action, events, state)
        return self._new_plan(action, state) or _meaning(action, state)

    def _new_plan(self, action: Action, state: LoanState) -> "_Values | None":
        if isinstance(action, Extend):
            return self._rescheduled(action, state)
        return self._new_terms(action, state) if isinstance(action, Reage | Restructure) else None

    def _repaid(self, action: Repay, events: Sequence[LoanEvent], state: LoanState) -> "_Values | None":
        if state.written_off or state.open_units <= 0:
            return None
        asked = state
        if action.value_date < action.day:
            since = max(action.value_date, self.terms.start)
            asked = replay(terms=self.terms, rules=self.rules, events=events, as_of=since)
        amount = _amount(action, asked)
        if amount <= 0:
            return None
        return Repaid, asked.as_of, {"amount": amount + action.extra_fen, "kind": action.kind}

    def _prepaid(self, action: Prepay, events: Sequence[LoanEvent], state: LoanState) -> "_Values | None":
        ahead = _principal_ahead(state, action.day)
        if state.written_off or ahead <= 0:
            return None
        if action.share == ALWAYS:
            quote = payoff_quote(terms=self.terms, rules=self.rules, events=events, day=action.day)
            return _positive(Prepaid, action.day, quote.total, keep=action.keep)
        part = -(-ahead * action.share // ALWAYS)
        return _positive(Prepaid, action.day, _due(state, action.day) + part, keep=action.keep)

    def _rescheduled(self, action: Extend, state: LoanState) -> "_Values | None":
        fitting = [
            row
            for row in state.rows
            if row.kind is RowKind.INSTALMENT and row.due == action.from_due and row.open_units > 0
        ]
        if state.written_off or not fitting or action.day >= action.from_due:
            return None
        rest = {
            "from_due": action.from_due,
            "to_due": action.to_due,
            "extra_count": action.extra_count,
            "rate": self.rate(state),
        }
        return Rescheduled, action.day, rest

    def _new_terms(self, action: Reage | Restructure, state: LoanState) -> "_Values | None":
        if state.written_off or state.open_parts[Part.PRINCIPAL] <= 0:
            return None
        if isinstance(action, Restructure):
            rest: dict[str, Any] = {
                "first_due": action.first_due,
                "cycle": self.terms.cycle,
                "count": action.count,
                "rate": action.rate_annual,
                "capitalise": action.capitalise,
            }
            return Restructured, action.day, rest
        if state.rows[-1].due >= action.day:
            return None
        return Reaged, action.day, {"start": action.start, "cycle": self.terms.cycle, "count": action.count}

    def rate(self, state: LoanState) -> Decimal:
        """Return the yearly rate in force as of the state's day: the last one that an event set."""
        rate = self.terms.rate
        for one in state.settlements:
            new = getattr(one.event, "rate", None)
            rate = new if one.reversed_by is None and new is not None else rate
        return rate


_Values = tuple[type[LoanEvent], date, dict[str, Any]]


def _positive(of: type[LoanEvent], day: date, amount: int, **rest: object) -> _Values | None:
    return (of, day, {"amount": amount, **rest}) if amount > 0 else None


def _due(state: LoanState, day: date) -> int:
    return sum(max(0, row.open_units) for row in state.rows if row.due <= day)


def _principal_ahead(state: LoanState, day: date) -> int:
    return sum(max(0, row.open_parts[Part.PRINCIPAL]) for row in state.rows if row.due > day)


def _amount(action: Repay, state: LoanState) -> int:
    """Return what a repayment brings, of a loan as it stood on the value date."""
    due, owed = _due(state, action.value_date), max(0, state.open_units - state.overpaid)
    match action.how_much:
        case HowMuch.DUE:
            return due
        case HowMuch.HALF:
            return -(-due // 2)
        case HowMuch.NEXT:
            soon = action.value_date + _SOON
            ahead = (row for row in state.rows if action.value_date < row.due <= soon and row.open_units > 0)
            return due + next((row.open_units for row in ahead), 0)
        case HowMuch.OWED:
            return owed
        case HowMuch.SHARE:
            return -(-owed * action.share // ALWAYS)


def _recovered(action: Recover, state: LoanState) -> _Values | None:
    if not state.written_off:
        return None
    return _positive(Repaid, action.day, -(-state.open_units * action.share // ALWAYS))


def _bounced(action: Bounce, state: LoanState) -> _Values | None:
    target = state.settlement(f"{action.loan_id}/{action.of}")
    if target is None or target.reversed_by is not None or not isinstance(target.event, Repaid):
        return None
    return Reversed, action.day, {"event_id": target.event.id}


def _charged(action: ChargeFee, state: LoanState) -> _Values | None:
    if state.written_off or state.open_units <= 0:
        return None
    return _positive(Charged, action.day, action.amount_fen, part=Part.FEE, due=action.day)


def _waived(action: Waive, state: LoanState) -> _Values | None:
    if state.written_off:
        return None
    open_units = sum(max(0, row.open_parts[action.part]) for row in state.rows)
    return _positive(Waived, action.day, open_units * action.share // ALWAYS, part=action.part)


def _credit_refunded(action: RefundCredit, state: LoanState) -> _Values | None:
    return _positive(CreditRefunded, action.day, state.overpaid)


def _rate_reset(action: ResetRate, state: LoanState) -> _Values | None:
    if state.written_off or _principal_ahead(state, action.day) <= 0:
        return None
    return RateReset, action.day, {"rate": action.rate_annual}


def _written_off(action: WriteOff, state: LoanState) -> _Values | None:
    if state.written_off or state.dpd <= WRITTEN_OFF_ABOVE_DPD:
        return None
    return WrittenOff, action.day, {}


_MEANINGS: dict[type[Action], Callable[[Any, LoanState], _Values | None]] = {
    Recover: _recovered,
    Bounce: _bounced,
    ChargeFee: _charged,
    Waive: _waived,
    RefundCredit: _credit_refunded,
    ResetRate: _rate_reset,
    WriteOff: _written_off,
}
"""What the other actions mean for a loan that is paid out."""


def _meaning(action: Action, state: LoanState) -> _Values | None:
    meant = _MEANINGS.get(type(action))
    return meant(action, state) if meant is not None else None
