"""Deciding (写回结果): what came of a batch that is final is written down, record by record.

A record is final at an index of our log, refused with reasons, or to be proposed again; who waits for one is
told. A batch that a person has withdrawn and that is on our log after all is written down as well: what it
put there is there, and all else of it is sent by another batch.
"""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from creditloop.evidence.network.node import Standing
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.dates import beijing_date
from creditloop.kernel.facts import Fact
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import copy_rows, load_queries
from creditloop.lend.preconditions import LOAN_UNKNOWN
from creditloop.service.attesting.membership import SQL
from creditloop.service.attesting.rules import ask_again_seconds
from creditloop.service.work import Work

FINAL, REFUSED = "PayoutRecordFinal", "PayoutRecordRefused"
"""Facts about the record a payout waits for; their key is the loan."""
_OUTCOME = ("batch_id", "row_no", "batch", "step_id", "ended", "log_index", "reasons", "decided_at")


def decide(work: Work, batch: str, standing: Standing) -> list[str]:
    """Write down what came of a batch that is final; one that was decided before changes nothing.

    Returns: how each of its records ended: "final", "refused" or "again".
    """
    queries = load_queries(SQL)
    open_rows = list(queries.lock_open(work.connection, batch=batch))
    if not open_rows:
        return []
    again_at = work.now + timedelta(seconds=ask_again_seconds(work, on=beijing_date(work.now)))
    batch_id = content_id("network_outcome", batch)
    rows, ends, broken = list[tuple[object, ...]](), dict[UUID, str](), set[str]()
    for place, step_id, loan_id, is_awaited in open_rows:
        reasons = dict(standing.refused.get(place, {}))
        log_index = standing.included.get(place)
        ended = _ending(log_index, reasons, is_awaited=is_awaited, follows_refused=loan_id in broken)
        if ended == "again":
            not_before = work.now if loan_id in broken else again_at
            queries.put_back(work.connection, step_id=step_id, not_before=not_before)
        if log_index is None:
            broken.add(loan_id)
        ends[step_id] = ended
        said = canonical_bytes(reasons).decode()
        rows.append((batch_id, place, batch, step_id, ended, log_index, said, work.now))
        if is_awaited and ended != "again":
            _tell(work, loan_id, ended, reasons)
    _write_down(work, batch_id, rows, ends)
    return list(ends.values())


def decide_recalled(work: Work, batch: str, standing: Standing) -> list[str]:
    """Write down what a withdrawn batch put on our log after all; its other records stay to be sent.

    Returns: as `decide`; nothing for a batch that was written down before.
    """
    queries, batch_id = load_queries(SQL), content_id("network_outcome", batch)
    queries.lock_sending(work.connection)  # its records are in another batch now, or will be: one at a time
    rows, ends = list[tuple[object, ...]](), dict[UUID, str]()
    for place, step_id, loan_id, is_awaited in queries.lock_recalled(work.connection, batch=batch):
        log_index = standing.included.get(place)
        ends[step_id] = "again" if log_index is None else "final"
        said = canonical_bytes(dict(standing.refused.get(place, {}))).decode()
        rows.append((batch_id, place, batch, step_id, ends[step_id], log_index, said, work.now))
        if is_awaited and log_index is not None:
            _tell(work, loan_id, "final", {})
    _write_down(work, batch_id, rows, ends)
    return list(ends.values())


def _write_down(work: Work, batch_id: UUID, rows: list[tuple[object, ...]], ends: Mapping[UUID, str]) -> None:
    if not rows:
        return
    copy_rows(work.connection, table="attesting.outcome", columns=_OUTCOME, rows=rows)
    decided = [step_id for step_id, ended in ends.items() if ended != "again"]
    load_queries(SQL).delete_pending(work.connection, step_ids=decided)
    work.recorded(batch_id)


def _ending(
    log_index: int | None, reasons: Mapping[str, str], *, is_awaited: bool, follows_refused: bool
) -> str:
    """Say what came of a record; one that nobody's rules are against is proposed again.

    Args:
        follows_refused: a record before it in its loan's chain was refused, so it could not be agreed to.
    """
    if log_index is not None:
        return "final"
    # a node that was not told of the loan yet does not refuse it while somebody waits for the record
    not_told = is_awaited and set(reasons.values()) <= {LOAN_UNKNOWN}
    return "again" if follows_refused or not reasons or not_told else "refused"


def _tell(work: Work, loan_id: str, ended: str, reasons: Mapping[str, str]) -> None:
    work.say(
        Fact(
            kind=FINAL if ended == "final" else REFUSED,
            key=loan_id,
            occurred_at=work.now,
            known_at=work.now,
            payload={"loan_id": loan_id, "reasons": dict(reasons)},
        )
    )
