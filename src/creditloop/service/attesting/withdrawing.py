"""Withdrawing a batch (撤回批次): a person's way out of one that the node refuses for good.

1. nobody hands the batch in meanwhile; withdrawn before: the first answer
2. some of its records are not decided, and our node has no such batch
3. it is handed in once more: only what our node refuses for a reason that waiting does not change goes
4. the withdrawal is on record, and the records go back among those to be sent, to be numbered anew

Should our node find the batch on our log after all (it had lost it, say), nothing is there twice: a loan's
numbers are given once, so of the old batch and the new one our node takes only the first, and what is on the
log by a withdrawn batch is written down like any other (`sending`).
"""

from dataclasses import dataclass
from datetime import datetime

from creditloop.evidence import Signer
from creditloop.evidence.network.node import Answer, Outcome, Stage
from creditloop.kernel.errors import InputError, StateError, UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, load_queries
from creditloop.service.attesting.membership import SQL, check_ours, find_membership
from creditloop.service.attesting.submitting import hand_in
from creditloop.service.doors import NotAllowed, find_person
from creditloop.service.node_door import NodeDoor
from creditloop.service.work import Work

FOR_GOOD = frozenset(
    {
        Outcome.CONFLICTING_REPEAT,
        Outcome.FUTURE_DATED,
        Outcome.MALFORMED,
        Outcome.OVERSIZED,
        Outcome.ROUND_WRONG,
        Outcome.UNKNOWN_KEY,
        Outcome.UNKNOWN_ORIGIN,
        Outcome.WRONG_SENDER,
        Outcome.WRONG_SIGNATURE,
    }
)
"""What a node says to a batch that it will not take another time either, as things are."""
_REASON_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A batch that is submitted no more.

    Attributes:
        answer: what our node said to it the last time.
        records: how many of its records went back among those to be sent.
        by: login of who withdrew it.
    """

    batch: str
    answer: str
    records: int
    by: str
    reason: str
    at: datetime


def withdraw_batch(
    work: Work, *, batch: str, door: NodeDoor, signer: Signer, by: str, reason: str
) -> Withdrawal:
    """Withdraw a batch that our node refuses; its records go with the next one. Again: the first answer.

    Args:
        by: login of who answers for it.
    Raises: UnknownId for a batch that was never made, or if nobody has this login; NotAllowed if the person
        is let in no more; InputError for no reason, or a node that is not ours; StateError if it is decided,
        our node has it or takes it now, or refuses it for now only; SourceError if our node is not there.
    """
    queries = load_queries(SQL)
    check_ours(find_membership(work.connection), door=door, signer=signer)
    queries.lock_batch(work.connection, batch=batch)
    first = find_withdrawal(work.connection, batch=batch)
    if first is not None:
        return first
    if queries.find_batch_to_submit(work.connection, batch=batch) is None:
        raise UnknownId("no such batch was made", got=batch)
    if not 1 <= len(reason.strip()) <= _REASON_MAX:
        raise InputError("a reason is wanted", got=len(reason), expected=f"1 to {_REASON_MAX} characters")
    person = find_person(work.connection, login=by.strip())
    if not person.active:
        raise NotAllowed("this person is let in no more", got=person.login)
    open_rows = list(queries.lock_open(work.connection, batch=batch))
    if not open_rows:
        raise StateError("a batch that is decided cannot be withdrawn", got=batch)
    answer = _refused(work, batch=batch, door=door, signer=signer)
    withdrawal = Withdrawal(
        batch=batch,
        answer=f"{answer.outcome.value} {answer.detail}".strip(),
        records=len(open_rows),
        by=person.login,
        reason=reason,
        at=work.now,
    )
    _record(work, withdrawal)
    for _, step_id, _, _ in open_rows:
        queries.put_back(work.connection, step_id=step_id, not_before=None)
    return withdrawal


def find_withdrawal(connection: Connection, *, batch: str) -> Withdrawal | None:
    """Return the withdrawal of a batch; None if it was not withdrawn."""
    row = load_queries(SQL).find_withdrawal(connection, batch=batch)
    if row is None:
        return None
    answer, records, by, reason, at = row
    return Withdrawal(batch=batch, answer=answer, records=records, by=by, reason=reason, at=at)


def _refused(work: Work, *, batch: str, door: NodeDoor, signer: Signer) -> Answer:
    """Return the refusal of a batch that our node has not."""
    stage = door.standing(batch).stage
    if stage is not Stage.UNKNOWN:
        raise StateError(
            "our node has this batch: it is under way or final",
            got=stage.value,
            expected=Stage.UNKNOWN.value,
            where={"batch": batch},
        )
    answer = hand_in(work, batch=batch, door=door, signer=signer)
    assert answer is not None  # it was not withdrawn, and we hold the lock
    if answer.outcome is Outcome.DONE:
        raise StateError("our node takes this batch now: it is under way", where={"batch": batch})
    if answer.outcome not in FOR_GOOD:
        raise StateError(
            "our node refuses this batch for now only: it will be asked again",
            got=answer.outcome.value,
            where={"batch": batch},
        )
    return answer


def _record(work: Work, withdrawal: Withdrawal) -> None:
    batch_id = content_id("network_withdrawal", withdrawal.batch)
    load_queries(SQL).insert_withdrawal(
        work.connection,
        batch_id=batch_id,
        batch=withdrawal.batch,
        answer=withdrawal.answer,
        records=withdrawal.records,
        withdrawn_by=withdrawal.by,
        reason=withdrawal.reason,
        withdrawn_at=withdrawal.at,
    )
    work.recorded(batch_id)
