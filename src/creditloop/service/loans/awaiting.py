"""Payouts of joint loans that wait for the evidence network (联合放款待终局).

1. approved: nothing is booked; the order, its record's step and the time it may take are on record
2. its record is final: the order is booked, on its day
3. the network refuses the record: nothing is booked, with the reasons of those who object
4. the time is over: it goes on waiting and says so; as many persons as the policy says may answer for paying
   it out without (break-glass, 应急放行), each with a reason; who did is on record, told, and on the network
5. the day it was agreed for is over: it lapses, the plan would be another one; it has to be agreed anew
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from creditloop.kernel.dates import beijing_date
from creditloop.kernel.errors import InputError, StateError, UnknownId
from creditloop.kernel.facts import Fact
from creditloop.kernel.ids import is_same_name
from creditloop.kernel.storage import load_queries
from creditloop.service.attesting import (
    BrokenGlass,
    Step,
    StepStanding,
    Waiting,
    answer_for,
    begin_waiting,
    end_waiting,
    find_all_waiting,
    find_broken_glass,
    find_pseudonym,
    find_steps,
    find_waiting,
    lock_waiting,
    step_rule,
    waiting_rule,
)
from creditloop.service.doors import NotAllowed, find_person
from creditloop.service.loans.business_day import open_day
from creditloop.service.loans.network_steps import note_break_glass, note_payout
from creditloop.service.loans.payout_order import PayoutOrder, book_order, order_from_text
from creditloop.service.simulated import is_simulated
from creditloop.service.work import Work

AWAITING = "awaiting"
_REASON_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaiting:
    """How a payout stands that waits, or waited.

    Attributes:
        waiting: what is on record.
        pseudonym: the loan's name on the logs.
        record: how far the record of its order is.
        answered: who answers for paying it out without.
        over_time: it waits for longer than the policy gives it.
    """

    waiting: Waiting
    pseudonym: str
    record: StepStanding
    answered: Sequence[BrokenGlass]
    over_time: bool

    @property
    def state(self) -> str:
        """Awaiting, paid_out, refused or lapsed."""
        return AWAITING if self.waiting.end is None else self.waiting.end.ended


def begin_awaiting(work: Work, *, order: PayoutOrder, step_id: UUID | None) -> Awaiting | None:
    """Let a payout wait for its order's record if the policy says so; None if it is to be booked at once.

    Args:
        step_id: of the order; None if it is not recorded.
    """
    if step_id is None:
        return None
    today = beijing_date(work.now)
    lenders = len(order.shares.parties)
    rule = step_rule(work, step=Step.PAYOUT_ORDER, lenders=lenders, named=True, on=today)
    if not rule.waits:
        return None
    begin_waiting(
        work,
        loan_id=order.loan_id,
        party_id=order.party_id,
        step_id=step_id,
        agreement_hash=order.agreement_hash,
        principal_fen=order.terms.principal,
        payout_order=order.text,
        rule=waiting_rule(work, on=today),
    )
    return find_awaiting(work, loan_id=order.loan_id)


def find_awaiting(work: Work, *, loan_id: str) -> Awaiting | None:
    """Return how a loan's payout stands that waits or waited; None if it never did."""
    waiting = find_waiting(work.connection, loan_id=loan_id)
    if waiting is None:
        return None
    steps = find_steps(work.connection, loan_id)
    return Awaiting(
        waiting=waiting,
        pseudonym=find_pseudonym(work.connection, loan_id) or "",
        record=next(step for step in steps if step.step_id == waiting.step_id),
        answered=find_broken_glass(work.connection, loan_id=loan_id),
        over_time=waiting.end is None and work.now > waiting.until,
    )


def find_all_awaiting(work: Work) -> tuple[Awaiting, ...]:
    """Return the payouts that wait now, the oldest first."""
    found = (find_awaiting(work, loan_id=waiting.loan_id) for waiting in find_all_waiting(work.connection))
    return tuple(one for one in found if one is not None)


# what the network says


def pay_out_final(work: Work, fact: Fact) -> None:
    """Book a payout whose order's record is final; one that ended before is left as it is."""
    waiting = _locked(work, str(fact.payload["loan_id"]))
    if waiting is not None and waiting.end is None:
        _pay_out(work, waiting, by_break_glass=False)


def end_refused(work: Work, fact: Fact) -> None:
    """End the waiting of a payout whose record the network refused: nothing is booked."""
    waiting = _locked(work, str(fact.payload["loan_id"]))
    reasons = fact.payload["reasons"]
    if waiting is not None and waiting.end is None and isinstance(reasons, dict):
        detail = {str(node): str(reason) for node, reason in reasons.items()}
        end_waiting(work, loan_id=waiting.loan_id, ended="refused", detail=detail)


def lapse_waiting(work: Work, *, party_id: str | None = None) -> int:
    """End the waiting of payouts whose day is over; return how many.

    Args:
        party_id: only those of one party.
    """
    lapsed = 0
    for found in find_all_waiting(work.connection, party_id=party_id):
        if _day(work, order_from_text(found.payout_order)) is None:
            waiting = _locked(work, found.loan_id)
            if waiting is not None and waiting.end is None:
                _lapse(work, waiting, order_from_text(waiting.payout_order))
                lapsed += 1
    return lapsed


# break-glass


def break_glass(work: Work, *, loan_id: str, person: str, reason: str, simulated: bool) -> Awaiting:
    """Answer for paying out a loan whose record is not final in time; with the last person it is booked.

    Args:
        person: login of somebody with a role the policy names.
        simulated: the person is made up; the name is taken as it stands.
    Raises: UnknownId if no payout of this loan waits, or nobody has this login; NotAllowed without the role;
        StateError if its time is not over or it ended already; InputError for no reason, or a person twice.
    """
    waiting = _locked(work, loan_id)
    if waiting is None:
        raise UnknownId("no payout of this loan waits", got=loan_id)
    answered = find_broken_glass(work.connection, loan_id=loan_id)
    name = _who_may(work, person, waiting=waiting, simulated=simulated)
    if any(one.person == name and one.reason == reason for one in answered):
        return _found(work, loan_id)  # said before: the first result
    _check_may_break(work, waiting, answered, name=name, reason=reason)
    person_no = len(answered) + 1
    answer_for(work, loan_id=loan_id, person_no=person_no, person=name, reason=reason, simulated=simulated)
    work.say(
        Fact(
            kind="GlassBroken",
            key=f"{loan_id}/{person_no}",
            occurred_at=work.now,
            known_at=work.now,
            payload={"loan_id": loan_id, "by": name, "reason": reason, "simulated": simulated},
        )
    )
    if person_no >= waiting.rule.persons:
        _pay_out(work, waiting, by_break_glass=True)
    return _found(work, loan_id)


def _who_may(work: Work, person: str, *, waiting: Waiting, simulated: bool) -> str:
    if simulated:
        # whom nobody let in answers for nothing that is real
        if not is_simulated(work.connection, party_id=waiting.party_id):
            raise NotAllowed(
                "a made-up person answers for simulated loans only",
                got=person.strip(),
                where={"loan": waiting.loan_id},
            )
        return person.strip()
    found = find_person(work.connection, login=person.strip())
    if not found.active or set(found.roles).isdisjoint(waiting.rule.roles):
        raise NotAllowed(
            "none of your roles may pay out a loan whose record is not final",
            got=", ".join(found.roles) if found.active else "let in no more",
            expected=" or ".join(waiting.rule.roles),
            where={"person": found.login},
        )
    return found.login


def _check_may_break(
    work: Work, waiting: Waiting, answered: Sequence[BrokenGlass], *, name: str, reason: str
) -> None:
    if not 1 <= len(reason.strip()) <= _REASON_MAX:
        raise InputError("a reason is wanted", got=len(reason), expected=f"1 to {_REASON_MAX} characters")
    if not name or any(is_same_name(one.person, name) for one in answered):
        raise InputError("another person has to answer for it as well", got=name)
    if waiting.end is not None:
        raise StateError("this payout waits no more", got=waiting.end.ended, where={"loan": waiting.loan_id})
    if work.now <= waiting.until:
        raise StateError(
            "the network still has time for this payout's record",
            got=work.now,
            expected=f"after {waiting.until}",
            where={"loan": waiting.loan_id},
        )


# ending


def _locked(work: Work, loan_id: str) -> Waiting | None:
    """Return a waiting, its party and it locked, in the order in which opening a loan locks them."""
    found = find_waiting(work.connection, loan_id=loan_id)
    if found is None:
        return None
    load_queries("creditloop.service.loans").lock_party(work.connection, party_id=found.party_id)
    return lock_waiting(work.connection, loan_id=loan_id)


def _day(work: Work, order: PayoutOrder) -> date | None:
    """Return the day an order is booked on now; None if the day it was agreed for is over."""
    today, day = beijing_date(work.now), open_day(work.connection, now=work.now)
    return day if order.terms.start in (today, day) else None


def _pay_out(work: Work, waiting: Waiting, *, by_break_glass: bool) -> None:
    order = order_from_text(waiting.payout_order)
    day = _day(work, order)
    if day is None:
        _lapse(work, waiting, order)
        return
    if by_break_glass:
        note_break_glass(work, order=order, said=_said(work, waiting))
    booked = book_order(work, order, booked_on=day)
    note_payout(work, order=order, booked=booked)
    end_waiting(work, loan_id=waiting.loan_id, ended="paid_out", by_break_glass=by_break_glass, detail={})


def _lapse(work: Work, waiting: Waiting, order: PayoutOrder) -> None:
    detail = {"agreed_for": str(order.terms.start), "today": str(beijing_date(work.now))}
    end_waiting(work, loan_id=waiting.loan_id, ended="lapsed", detail=detail)
    work.say(
        Fact(
            kind="PayoutLapsed",
            key=waiting.loan_id,
            occurred_at=work.now,
            known_at=work.now,
            payload={"loan_id": waiting.loan_id, **detail},
        )
    )


def _said(work: Work, waiting: Waiting) -> dict[str, object]:
    return {
        "loan_id": waiting.loan_id,
        "agreement": waiting.agreement_hash,
        "waited_since": waiting.since,
        "policy": waiting.rule.policy_hash,
        "persons": [
            {"person": one.person, "reason": one.reason, "at": one.at, "simulated": one.simulated}
            for one in find_broken_glass(work.connection, loan_id=waiting.loan_id)
        ],
    }


def _found(work: Work, loan_id: str) -> Awaiting:
    found = find_awaiting(work, loan_id=loan_id)
    assert found is not None
    return found
