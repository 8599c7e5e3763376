"""Challengers that wait (待批挑战者): one person proposes, another one decides, and neither puts it in force.

A proposal is `waiting` until a second person has spoken; approved it is `published`, ready to be put in force
by whoever may; refused it stays on record. The database itself refuses an approver who proposed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from creditloop.kernel.canonical import canonical_bytes, content_hash
from creditloop.kernel.dates import Dates, check_aware
from creditloop.kernel.errors import InputError, OutOfOrder, UnknownId
from creditloop.kernel.ids import content_id, is_same_name
from creditloop.kernel.storage import Connection, first_recorded, load_queries

_SQL = "creditloop.oversight"
APPROVER_ROLE = "approver"
"""The role a second person must hold."""
WAITING, PUBLISHED, REFUSED = "waiting", "published", "refused"
_STATE_AFTER = {"approved": PUBLISHED, "refused": REFUSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The second person's word: "approved" or "refused", why, and on which business date."""

    approver: str
    role: str
    decision: str
    reason: str
    decided_on: date
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A challenger in place of a champion.

    Attributes:
        champion_hash, challenger_hash: versions of the policy's text, both in the archive.
        effective_from: day from which the challenger's numbers would hold.
        chosen_by: the rule that chose them, in words; `figures` what it saw, canonical JSON.
        comparison_batch: the backtest of the challenger beside the champion.
        approval: None as long as it waits.
    """

    batch_id: UUID
    product: str
    policy: str
    champion_hash: str
    challenger_hash: str
    effective_from: date
    dates: Dates
    proposer: str
    chosen_by: str
    figures: str
    comparison_batch: UUID
    simulated: bool
    content_hash: str
    approval: Approval | None = None

    @property
    def state(self) -> str:
        """waiting, published or refused."""
        return WAITING if self.approval is None else _STATE_AFTER[self.approval.decision]

    def as_record(self) -> dict[str, object]:
        """Return the proposal as plain data, with its state and the second person's word."""
        approval = self.approval
        return {
            "proposal": str(self.batch_id),
            "state": self.state,
            "product": self.product,
            "policy": self.policy,
            "champion": self.champion_hash,
            "challenger": self.challenger_hash,
            "effective_from": self.effective_from.isoformat(),
            **self.dates.as_record(),
            "proposer": self.proposer,
            "chosen_by": self.chosen_by,
            "comparison": str(self.comparison_batch),
            "simulated": self.simulated,
            "approval": None
            if approval is None
            else {name: str(getattr(approval, name)) for name in ("approver", "role", "decision", "reason")}
            | {"decided_on": approval.decided_on.isoformat(), "simulated": approval.simulated},
        }


def propose(
    connection: Connection,
    *,
    product: str,
    policy: str,
    champion_hash: str,
    challenger_hash: str,
    effective_from: date,
    dates: Dates,
    proposer: str,
    chosen_by: str,
    figures: Mapping[str, object],
    comparison_batch: UUID,
    simulated: bool,
    now: datetime,
) -> Proposal:
    """Record a challenger that waits for a second person; the same one again returns the first.

    Raises: InputError if nobody proposes it or nothing differs; ConflictingRepeat if the same texts were
        proposed for this day with other figures or by somebody else.
    """
    if not proposer.strip() or not chosen_by.strip():
        raise InputError("a proposal says who proposes and by which rule", got=f"{proposer!r}, {chosen_by!r}")
    if champion_hash == challenger_hash:
        raise InputError("the challenger is the champion", got=challenger_hash)
    content = [proposer, chosen_by, figures, str(comparison_batch), simulated]
    proposal = Proposal(
        batch_id=content_id("proposal", product, policy, champion_hash, challenger_hash, effective_from),
        product=product,
        policy=policy,
        champion_hash=champion_hash,
        challenger_hash=challenger_hash,
        effective_from=effective_from,
        dates=dates,
        proposer=proposer,
        chosen_by=chosen_by,
        figures=canonical_bytes(figures).decode(),
        comparison_batch=comparison_batch,
        simulated=simulated,
        content_hash=content_hash(content),
    )
    first = next((old for old in find_proposals(connection) if old.batch_id == proposal.batch_id), None)
    if first is None:
        _insert(connection, proposal, check_aware(now, name="now"))
        return proposal
    return first_recorded(
        first,
        replace(first, content_hash=proposal.content_hash),  # it may be decided by now
        message="this challenger was proposed with other words",
        where={"proposal": str(proposal.batch_id), "proposer": first.proposer},
    )


def find_proposals(connection: Connection, *, product: str | None = None) -> list[Proposal]:
    """Return every proposal with its state, of one product or of all, oldest first."""
    proposals = [_proposal(row) for row in load_queries(_SQL).find_proposals(connection)]
    return [proposal for proposal in proposals if product in {None, proposal.product}]


def find_proposal(connection: Connection, *, proposal_id: UUID) -> Proposal:
    """Return one proposal.

    Raises: UnknownId if there is none with this id.
    """
    for proposal in find_proposals(connection):
        if proposal.batch_id == proposal_id:
            return proposal
    raise UnknownId("no such proposal", got=proposal_id)


def approval_id(proposal_id: UUID) -> UUID:
    """Return the id under which the second person's word on a proposal is recorded."""
    return content_id("approval", str(proposal_id))


def decide_proposal(
    connection: Connection,
    *,
    proposal_id: UUID,
    approver: str,
    role: str,
    decision: str,
    reason: str,
    decided_on: date,
    simulated: bool,
    now: datetime,
) -> Proposal:
    """Record the second person's word on a proposal (双人复核); a repeat returns the first.

    Raises: UnknownId if there is no such proposal; InputError if the approver proposed it, does not hold the
        role, gives no reason, or says neither approved nor refused; OutOfOrder if it was decided before, or
        the day is before the proposal's.
    """
    proposal = find_proposal(connection, proposal_id=proposal_id)
    word = Approval(
        approver=approver,
        role=role,
        decision=decision,
        reason=reason,
        decided_on=decided_on,
        simulated=simulated,
    )
    _check_word(proposal, word)
    added = load_queries(_SQL).insert_approval(
        connection,
        batch_id=approval_id(proposal_id),
        proposal_id=proposal_id,
        proposer=proposal.proposer,
        recorded_at=check_aware(now, name="now"),
        **{name: getattr(word, name) for name in word.__dataclass_fields__},
    )
    decided = find_proposal(connection, proposal_id=proposal_id)
    if not added and decided.approval != word:
        raise OutOfOrder(
            "the proposal was decided already",
            got=decision,
            expected=decided.approval.decision if decided.approval else None,
            where={"proposal": str(proposal_id)},
        )
    return decided


def _check_word(proposal: Proposal, word: Approval) -> None:
    where = {"proposal": str(proposal.batch_id)}
    if is_same_name(word.approver, proposal.proposer):
        raise InputError(
            "whoever proposed a challenger cannot approve it: a second person must",
            got=word.approver,
            where=where,
        )
    if word.role != APPROVER_ROLE:
        raise InputError(
            "this role may not decide on a proposal", got=word.role, expected=APPROVER_ROLE, where=where
        )
    if word.decision not in _STATE_AFTER:
        raise InputError("no such decision", got=word.decision, expected=sorted(_STATE_AFTER), where=where)
    if not word.approver.strip() or not word.reason.strip():
        raise InputError("a decision says who decides and why", got=word.approver, where=where)
    if word.decided_on < proposal.dates.business_date:
        raise OutOfOrder(
            "a proposal cannot be decided before it was made",
            got=word.decided_on,
            expected=f">= {proposal.dates.business_date}",
            where=where,
        )


def _insert(connection: Connection, proposal: Proposal, now: datetime) -> None:
    values = {
        name: getattr(proposal, name)
        for name in proposal.__dataclass_fields__
        if name not in {"dates", "approval"}
    }
    load_queries(_SQL).insert_proposal(
        connection,
        business_date=proposal.dates.business_date,
        rules_as_of=proposal.dates.rules_as_of,
        recorded_at=now,
        **values,
    )


def _proposal(row: Sequence[Any]) -> Proposal:
    names = ("batch_id", "product", "policy", "champion_hash", "challenger_hash", "effective_from")
    later = ("proposer", "chosen_by", "figures", "comparison_batch", "simulated", "content_hash")
    business_date, rules_as_of = row[6:8]
    approval = tuple(Approval.__dataclass_fields__)
    return Proposal(
        **dict(zip(names, row[:6], strict=True)),
        dates=Dates(business_date=business_date, rules_as_of=rules_as_of),
        **dict(zip(later, row[8:14], strict=True)),
        approval=None if row[14] is None else Approval(**dict(zip(approval, row[14:], strict=True))),
    )
