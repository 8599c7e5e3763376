"""A customer's limit (授信额度) as a list of events: each changes it, and none is ever edited.

granted   额度移入   once, first: the limit as it was taken over
offered   提出调高   a raise that waits for the customer's answer; the limit stays as it is
raised    已调高     the customer accepted: only now the limit is higher
declined  已谢绝     the customer did not want it
kept      维持       a review left the limit as it was; an offer not answered by then is gone
frozen    冻结       nothing more can be drawn, what is owed stays owed; an open offer is gone
released  解冻       drawn again as before

The limit is always the sum of the changes. Integer fen only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from creditloop.kernel.errors import BookError, InputError, OutOfOrder
from creditloop.kernel.money import Fen, fen


class LimitKind(StrEnum):
    """What happened to a limit; see the module."""

    GRANTED = "granted"
    OFFERED = "offered"
    RAISED = "raised"
    DECLINED = "declined"
    KEPT = "kept"
    FROZEN = "frozen"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitState:
    """How a customer's limit stands.

    Attributes:
        sequence: number of the last event, from 1.
        offered_fen: the raised limit on offer, above `limit_fen`; None if there is none.
        decision_id: the decision behind the last event; None for a limit taken over.
    """

    party_id: str
    sequence: int
    limit_fen: Fen
    frozen: bool
    offered_fen: Fen | None
    decision_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitEvent:
    """One change of a limit, with the state after it.

    Attributes:
        change_fen: what the limit changed by; 0 but for `granted` and `raised`.
        source_ref: the row, decision or script entry it came from.
        simulated: the customer's part in it was not in the data.
    """

    kind: LimitKind
    occurred_on: date
    change_fen: Fen
    after: LimitState
    source_ref: str
    simulated: bool


def granted(
    *, party_id: str, limit_fen: int, occurred_on: date, source_ref: str, state: LimitState | None = None
) -> LimitEvent:
    """Take over a customer's limit: the first event there can be.

    Raises: OutOfOrder if the customer has a limit already; InputError if the amount is below 0.
    """
    if state is not None:
        raise OutOfOrder("the customer has a limit already", got=state.limit_fen, where={"party": party_id})
    if limit_fen < 0:
        raise InputError("a limit below 0", got=limit_fen, expected=">= 0", where={"party": party_id})
    after = LimitState(
        party_id=party_id,
        sequence=1,
        limit_fen=fen(limit_fen),
        frozen=False,
        offered_fen=None,
        decision_id=None,
    )
    return LimitEvent(
        kind=LimitKind.GRANTED,
        occurred_on=occurred_on,
        change_fen=fen(limit_fen),
        after=after,
        source_ref=source_ref,
        simulated=False,
    )


def offered(
    *, state: LimitState, limit_fen: int, occurred_on: date, decision_id: UUID, source_ref: str
) -> LimitEvent:
    """Offer a raise; the limit stays until the customer accepts.

    Raises: InputError if it is not above the limit; OutOfOrder if the limit is frozen.
    """
    if state.frozen:
        raise OutOfOrder("a frozen limit is not raised", where={"party": state.party_id})
    if limit_fen <= state.limit_fen:
        raise InputError("a raise must be above the limit", got=limit_fen, expected=f"> {state.limit_fen}")
    after = replace(_next(state), offered_fen=fen(limit_fen), decision_id=decision_id)
    return _event(LimitKind.OFFERED, state, after, occurred_on, source_ref)


def answered(
    *, state: LimitState, accepted: bool, occurred_on: date, source_ref: str, simulated: bool
) -> LimitEvent:
    """Record the customer's answer to the raise on offer: raised, or declined.

    Raises: OutOfOrder if nothing is on offer.
    """
    if state.offered_fen is None:
        raise OutOfOrder("no raise is on offer", where={"party": state.party_id})
    after = replace(_next(state), limit_fen=state.offered_fen if accepted else state.limit_fen)
    kind = LimitKind.RAISED if accepted else LimitKind.DECLINED
    return replace(_event(kind, state, after, occurred_on, source_ref), simulated=simulated)


def kept(*, state: LimitState, occurred_on: date, decision_id: UUID, source_ref: str) -> LimitEvent:
    """Keep the limit after a review; a frozen one is released by that (解冻)."""
    after = replace(_next(state), frozen=False, decision_id=decision_id)
    kind = LimitKind.RELEASED if state.frozen else LimitKind.KEPT
    return _event(kind, state, after, occurred_on, source_ref)


def frozen(*, state: LimitState, occurred_on: date, decision_id: UUID, source_ref: str) -> LimitEvent:
    """Freeze the limit: nothing is available, what is owed stays owed. Freezing twice is told twice."""
    after = replace(_next(state), frozen=True, decision_id=decision_id)
    return _event(LimitKind.FROZEN, state, after, occurred_on, source_ref)


def check_limit_history(events: Sequence[LimitEvent]) -> None:
    """Check that a customer's events are numbered without a hole and that the changes make up the limit.

    Raises: BookError naming the event at which they do not.
    """
    total = 0
    for number, event in enumerate(events, start=1):
        total += event.change_fen
        where = {"party": event.after.party_id, "event": number}
        if event.after.sequence != number:
            raise BookError(
                "a limit event is missing", got=event.after.sequence, expected=number, where=where
            )
        if event.after.limit_fen != total:
            raise BookError(
                "the changes do not make up the limit", got=event.after.limit_fen, expected=total, where=where
            )


def _next(state: LimitState) -> LimitState:
    """Return the state with the next number; whatever happens, an offer not answered is gone."""
    return replace(state, sequence=state.sequence + 1, offered_fen=None)


def _event(
    kind: LimitKind, before: LimitState, after: LimitState, occurred_on: date, source_ref: str
) -> LimitEvent:
    return LimitEvent(
        kind=kind,
        occurred_on=occurred_on,
        change_fen=fen(after.limit_fen - before.limit_fen),
        after=after,
        source_ref=source_ref,
        simulated=False,
    )
