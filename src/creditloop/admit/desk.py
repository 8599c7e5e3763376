"""Manual review (人工复核): who may decide a referred case, and what a case has come to.

1. a referred decision opens a case; its amount says whose mandate it is, and the mandate by when
2. a person with the mandate signs an outcome, with a reason
3. where a mandate asks for two, two different persons sign the same outcome; until then the case is half
   signed, and the first may take the signature back
4. the last signature closes a case; it is an override (推翻) if it differs from what the strategy proposed
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from creditloop.kernel.errors import InputError, LimitExceeded, OutOfOrder, PolicyError
from creditloop.kernel.ids import is_same_name
from creditloop.risk import Policy

SIGNED, WITHDRAWN = "signed", "withdrawn"
OPEN, HALF_SIGNED, CLOSED = "open", "half_signed", "closed"
MANDATE, SIGNATURES, DUE_DAYS = "mandate", "signatures", "due_days"
"""The outputs a mandates policy gives: whose mandate, how many must sign, days until the case is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCase:
    """A case for a person.

    Attributes:
        amount_fen: what is decided about, fen; it says whose mandate the case is. None if it is not known.
        mandate: as the mandates policy names it.
        outcome_proposed, limit_proposed_fen: what the strategy suggests; None if it suggests nothing.
        reasons: the codes for which the case was referred.
    """

    case_id: UUID
    decision_id: UUID
    party_id: str
    product: str
    opened_on: date
    due_on: date
    amount_fen: int | None
    mandate: str
    mandates_hash: str
    outcome_proposed: str | None
    limit_fen: int | None
    limit_proposed_fen: int | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAction:
    """What a person did about a case: signed an outcome, or withdrew the signature.

    Attributes:
        closes: whether it was the last signature needed.
        overrides: whether what is decided differs from the proposal; None if nothing was proposed or decided.
        simulated: whether the person comes from a script, not from life.
    """

    case_id: UUID
    party_id: str
    action_no: int
    action: str
    person: str
    role: str
    outcome: str | None
    limit_fen: int | None
    reason: str
    acted_on: date
    closes: bool
    overrides: bool | None
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who acts, in the role in which they act."""

    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a person decides about a case: the outcome, the limit if there is one, and why."""

    outcome: str
    limit_fen: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """A case and all that was done about it, oldest first; the state is a reading of the actions."""

    case: ReviewCase
    actions: tuple[ReviewAction, ...]

    @property
    def signatures(self) -> tuple[ReviewAction, ...]:
        """The signatures that stand: those not withdrawn since."""
        standing = list[ReviewAction]()
        for action in self.actions:
            if action.action == SIGNED:
                standing.append(action)
            else:
                standing = [signed for signed in standing if signed.person != action.person]
        return tuple(standing)

    @property
    def status(self) -> str:
        """`open`, `half_signed` (one of two has signed) or `closed`."""
        if any(action.closes for action in self.actions):
            return CLOSED
        return HALF_SIGNED if self.signatures else OPEN

    @property
    def signed_by(self) -> tuple[str, ...]:
        """Who has signed, in order."""
        return tuple(action.person for action in self.signatures)

    @property
    def outcome(self) -> str | None:
        """What is decided, or signed once; None while nobody has signed."""
        return self.signatures[-1].outcome if self.signatures else None

    @property
    def limit_fen(self) -> int | None:
        """The limit that is decided, or signed once; None while nobody has signed, or without one."""
        return self.signatures[-1].limit_fen if self.signatures else None

    @property
    def overrides(self) -> bool | None:
        """Whether a closed case differs from what the strategy proposed; None if open or nothing proposed."""
        return self.actions[-1].overrides if self.status == CLOSED else None

    @property
    def simulated(self) -> bool:
        """Whether anything about the case was done by a script."""
        return any(action.simulated for action in self.actions)

    def overdue(self, *, on: date) -> bool:
        """Whether the case is past its due date on a day and not closed (SLA 超时)."""
        return self.status != CLOSED and on > self.case.due_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandates:
    """A mandates policy, checked: by amount_fen and role it gives `MANDATE`, `SIGNATURES` and `DUE_DAYS`."""

    policy: Policy

    def __post_init__(self) -> None:
        given = {output.name for table in self.policy.tables for output in table.outputs}
        read = {entry.name for entry in self.policy.inputs}
        where = {"file": self.policy.document.path}
        if missing := {MANDATE, SIGNATURES, DUE_DAYS} - given:
            raise PolicyError(
                "mandates do not say enough", got=sorted(given), expected=sorted(missing), where=where
            )
        if read != {"amount_fen", "role"}:
            raise PolicyError(
                "mandates go by amount and role", got=sorted(read), expected="amount_fen, role", where=where
            )

    def mandate(self, *, amount_fen: int | None) -> str:
        """Return whose mandate an amount is."""
        return str(self._output(MANDATE, amount_fen=amount_fen, role=None))

    def due_on(self, *, amount_fen: int | None, opened_on: date) -> date:
        """Return the day by which a case of this amount is to be decided."""
        days = self._output(DUE_DAYS, amount_fen=amount_fen, role=None)
        return opened_on + timedelta(days=int(str(days)))

    def signatures(self, *, amount_fen: int | None, role: str) -> int:
        """Return how many persons of a role must sign an amount; 0 if the role may not decide it."""
        return int(str(self._output(SIGNATURES, amount_fen=amount_fen, role=role)))

    def _output(self, name: str, *, amount_fen: int | None, role: str | None) -> object:
        told = self.policy.judge({"amount_fen": amount_fen, "role": role}).outputs[name]
        if told is None:
            raise PolicyError(
                f"the mandates do not say the {name} of this amount",
                got=f"{amount_fen} fen, role {role}",
                where={"file": self.policy.document.path},
            )
        return told


def sign(
    *,
    state: CaseState,
    mandates: Mandates,
    person: Person,
    ruling: Ruling,
    outcomes: Sequence[str],
    acted_on: date,
    simulated: bool,
) -> ReviewAction:
    """Sign a case; return the action to be recorded.

    Args:
        outcomes: those a person may decide.
    Raises: OutOfOrder if the case is closed, or the day is before it was opened; InputError if the reason is
        empty, the outcome none of those, the limit missing or not to be, the same person has signed, or the
        second signature is for something else; LimitExceeded if the amount is beyond the role's mandate.
    """
    _check_open(state, acted_on)
    _check_person(person, ruling.reason)
    _check_ruling(state, ruling, outcomes)
    known = state.case.amount_fen
    amount = None if known is None else max(known, ruling.limit_fen or 0)
    needed = mandates.signatures(amount_fen=amount, role=person.role)
    where = {"case": str(state.case.case_id), "person": person.name}
    if needed == 0:
        raise LimitExceeded(
            "the case is beyond this role's mandate",
            got=f"{person.role}, {amount} fen",
            expected=f"mandate {mandates.mandate(amount_fen=amount)}",
            where=where,
        )
    _check_second(state, person, ruling)
    closes = len(state.signatures) + 1 >= needed
    return ReviewAction(
        case_id=state.case.case_id,
        party_id=state.case.party_id,
        action_no=len(state.actions),
        action=SIGNED,
        person=person.name,
        role=person.role,
        outcome=ruling.outcome,
        limit_fen=ruling.limit_fen,
        reason=ruling.reason.strip(),
        acted_on=acted_on,
        closes=closes,
        overrides=_overrides(state.case, ruling) if closes else None,
        simulated=simulated,
    )


def withdraw(
    *, state: CaseState, person: Person, reason: str, acted_on: date, simulated: bool
) -> ReviewAction:
    """Take back a signature of a case that is not closed; return the action to be recorded.

    Raises: OutOfOrder if the case is closed; InputError if the reason is empty or the person has not signed.
    """
    _check_open(state, acted_on)
    _check_person(person, reason)
    if person.name not in state.signed_by:
        raise InputError(
            "there is no signature of this person to withdraw",
            got=person.name,
            expected=list(state.signed_by),
            where={"case": str(state.case.case_id)},
        )
    return ReviewAction(
        case_id=state.case.case_id,
        party_id=state.case.party_id,
        action_no=len(state.actions),
        action=WITHDRAWN,
        person=person.name,
        role=person.role,
        outcome=None,
        limit_fen=None,
        reason=reason.strip(),
        acted_on=acted_on,
        closes=False,
        overrides=None,
        simulated=simulated,
    )


def _check_open(state: CaseState, acted_on: date) -> None:
    where = {"case": str(state.case.case_id)}
    if state.status == CLOSED:
        raise OutOfOrder(
            "the case is closed", got=f"{state.outcome}, by {', '.join(state.signed_by)}", where=where
        )
    since = max([state.case.opened_on, *(action.acted_on for action in state.actions)])
    if acted_on < since:
        raise OutOfOrder(
            "nobody can act on a case before what was done about it",
            got=acted_on,
            expected=f">= {since}",
            where=where,
        )


def _check_person(person: Person, reason: str) -> None:
    if not person.name or person.name != person.name.strip():  # " li" would pass for another person than "li"
        raise InputError(
            "who acts must be said", got=repr(person.name), expected="a name, no space around it"
        )
    if not reason.strip():
        raise InputError(
            "a decision by a person needs a reason", got=repr(reason), where={"person": person.name}
        )


def _check_ruling(state: CaseState, ruling: Ruling, outcomes: Sequence[str]) -> None:
    where = {"case": str(state.case.case_id)}
    if ruling.outcome not in outcomes:
        raise InputError(
            "not an outcome of this policy", got=ruling.outcome, expected=list(outcomes), where=where
        )
    has_limit = (state.case.limit_fen, state.case.limit_proposed_fen) != (None, None)
    if has_limit and ruling.limit_fen is None:
        raise InputError(
            "this case has a limit: what is it to be?",
            got="no limit",
            expected="the limit decided, in fen",
            where=where,
        )
    if ruling.limit_fen is not None and ruling.limit_fen < 0:
        raise InputError("a limit is not below 0", got=ruling.limit_fen, expected=">= 0", where=where)


def _check_second(state: CaseState, person: Person, ruling: Ruling) -> None:
    """Check a signature against those that stand: another person's, for the same decision."""
    where = {"case": str(state.case.case_id), "person": person.name}
    if any(is_same_name(person.name, signed) for signed in state.signed_by):
        raise InputError(
            "the same person cannot sign twice", got=person.name, expected="another person", where=where
        )
    first = state.signatures[0] if state.signatures else None
    if first is not None and (first.outcome, first.limit_fen) != (ruling.outcome, ruling.limit_fen):
        raise InputError(
            "the second signature is for something else than the first",
            got=f"{ruling.outcome}, limit {ruling.limit_fen}",
            expected=f"{first.outcome}, limit {first.limit_fen}, as {first.person} signed",
            where=where,
            hint="the first signature can be withdrawn by who gave it",
        )


def _overrides(case: ReviewCase, ruling: Ruling) -> bool | None:
    if case.outcome_proposed is None:
        return None
    other_limit = case.limit_proposed_fen is not None and ruling.limit_fen != case.limit_proposed_fen
    return ruling.outcome != case.outcome_proposed or other_limit
