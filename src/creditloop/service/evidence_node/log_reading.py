"""What a node tells its own party of the logs (日志查询): checkpoints, what waits, the last rounds."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from creditloop.evidence.network import Lane
from creditloop.evidence.network.node import (
    LogNotes,
    LogStatus,
    Network,
    Node,
    OpenRound,
    StoredRound,
    open_round,
    read_round,
)
from creditloop.kernel.errors import EvidenceError

ROUNDS_MAX = 20
"""Rounds that are told at once."""
LOANS_MAX = 8
"""Pseudonyms of a round's loans that are told in short."""


class WaitingBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch of our own that is not on our log yet.

    Attributes:
        at: when its submitter made it.
        judged_by: parties whose verdict on it is here.
    """

    batch: str
    submitter: str
    at: str
    records: int
    judged_by: tuple[str, ...]


class LogsText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The checkpoints of every log as a node has them, and its own batches that wait."""

    latest: dict[str, str]
    final: dict[str, str]
    waiting: tuple[WaitingBatch, ...]

    def notes(self) -> dict[str, LogNotes]:
        """Return the checkpoints by log."""
        return {
            origin: LogNotes(latest=latest, final=self.final[origin])
            for origin, latest in self.latest.items()
        }


class VerdictSummary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a party said of a round's batch.

    Attributes:
        at: by that party's clock.
        late: it came after an earlier batch was decided, and is about that one.
        reasons: how many records it objects to, by reason; none if it agrees to all.
    """

    node: str
    at: str
    late: bool
    reasons: dict[str, int]


class RoundSummary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A round in short.

    Attributes:
        first, after: entries of the log before it and with it.
        problem: why what is kept does not hold; empty if it does, and nothing else is said if it does not.
        batch, submitter, at: empty if it only brings late objections.
        records, appended: of the batch, and how many of them are on the log.
        objections: records of objections that it brought.
        loans: pseudonyms, the first few; `loans_count` of them there are.
    """

    first: int
    after: int
    problem: str = ""
    batch: str = ""
    submitter: str = ""
    at: str = ""
    records: int = 0
    appended: int = 0
    objections: int = 0
    loans: tuple[str, ...] = ()
    loans_count: int = 0
    verdicts: tuple[VerdictSummary, ...] = ()


class RoundsText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last rounds of a log before a place, the newest first."""

    origin: str
    size: int
    rounds: tuple[RoundSummary, ...]


def log_state(status: LogStatus) -> str:
    """Name how a log stands at a node, the worst first.

    Returns: "forked", "damaged", "recovering" (lost data is fetched), "behind" (others have more), "empty",
        "open" (its last entries are not final yet) or "final".
    """
    found = {
        "forked": status.forked,
        "damaged": bool(status.damaged),
        "recovering": status.recovering is not None,
        "behind": status.lag > 0,
        "empty": status.size == 0,
        "open": status.final_size < status.size,
    }
    return next((state for state, holds in found.items() if holds), "final")


def logs_text(node: Node) -> LogsText:
    """Say what checkpoints a node has, and what waits for its own log."""
    operator, states = node.operator, node.context.states
    waiting = [
        WaitingBatch(
            batch=batch.header.batch,
            submitter=batch.header.submitter,
            at=batch.header.at,
            records=batch.header.count,
            judged_by=tuple(sorted(operator.verdicts)) if place == 0 else (),
        )
        for place, batch in enumerate(operator.queue)
    ]
    return LogsText(
        latest={origin: state.latest for origin, state in states.items()},
        final={origin: state.final for origin, state in states.items()},
        waiting=tuple(waiting),
    )


def objected_places(node: Node, origin: str) -> list[int]:
    """Return where the rounds begin that have something of a loan with objections.

    Raises: UnknownId if there is no such log.
    """
    node.size(origin)
    state = node.context.states[origin]
    loans = [loan for loan, lane in state.heads if lane is Lane.OBJECTIONS]
    return sorted({first for loan in loans for first in state.places.get(loan, ())})


def summaries(stored: Sequence[StoredRound], *, network: Network) -> tuple[RoundSummary, ...]:
    """Check rounds as they are kept and tell them in short."""
    return tuple(_summary(one, network) for one in stored)


def _summary(stored: StoredRound, network: Network) -> RoundSummary:
    try:
        opened = open_round(read_round(stored.body), network=network)
    except EvidenceError as error:
        return RoundSummary(first=stored.first, after=stored.after, problem=error.diagnostics()[:500])
    loans = sorted(opened.loans)
    batch = opened.batch
    return RoundSummary(
        first=stored.first,
        after=stored.after,
        batch=batch.header.batch if batch else "",
        submitter=batch.header.submitter if batch else "",
        at=batch.header.at if batch else "",
        records=len(batch.records) if batch else 0,
        appended=len(opened.included),
        objections=len(opened.objection_records),
        loans=tuple(loans[:LOANS_MAX]),
        loans_count=len(loans),
        verdicts=_verdicts(opened),
    )


def _verdicts(opened: OpenRound) -> tuple[VerdictSummary, ...]:
    given = [(one.verdict, False) for one in opened.round.verdicts]
    given += [(one.verdict, True) for one in opened.round.late]
    return tuple(
        VerdictSummary(
            node=verdict.node,
            at=verdict.at,
            late=late,
            reasons=dict(sorted(Counter(one.reason for one in verdict.objections).items())),
        )
        for verdict, late in given
    )
