"""What a strategy's version has decided (策略用在哪里): rows of each stage made in runs that name its text.

A run keeps the hash of the text it decided by and the day of its rules. So a version's rows are those of runs
that name its text, by rules of the days from its first one up to the first day of a later version of the same
text. An event of contact names its text itself and no day of rules: it counts for the text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import AppendOnlyTable
from creditloop.oversight import StrategyVersion
from creditloop.service.console.published import policy_of, versions_beside
from creditloop.service.console.sealed_rows import Choice, MadeBy, totals
from creditloop.service.wiring import sealed_tables
from creditloop.service.work import Work

DECISIONS = "admit.decision"
"""The decisions that have a screen of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A table of what strategies decide, and the table of its runs with the columns that name their texts.

    Attributes:
        is_dated: whether a run says by the rules of which day it decided.
    """

    rows: str
    runs: str
    columns: tuple[str, ...] = ("policy_hash",)
    is_dated: bool = True


USES = (
    Use(
        rows="acquire.screening",
        runs="acquire.screening_batch",
        columns=("portrait_policy_hash", "whitelist_policy_hash", "rescreen_policy_hash"),
    ),
    Use(rows=DECISIONS, runs="admit.decision_batch"),
    Use(rows="admit.review_case", runs="admit.decision_batch", columns=("mandates_hash",)),
    Use(rows="lend.limit_act", runs="lend.batch"),
    Use(rows="lend.letter", runs="lend.batch", columns=("letter_policy_hash",)),
    Use(
        rows="monitor.classification",
        runs="monitor.classification_batch",
        columns=("delinquency_policy_hash", "five_tier_policy_hash"),
    ),
    Use(rows="monitor.warning", runs="monitor.warning_batch"),
    Use(rows="recover.case", runs="recover.routing_batch"),
    Use(rows="recover.contact_event", runs="recover.contact_event", is_dated=False),
    Use(rows="oversight.metric", runs="oversight.model_run", columns=("alarm_policy_hash",)),
)
"""Every table of what is decided by a strategy, in the order of a loan's life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """How many rows of a table a version made."""

    table: AppendOnlyTable
    rows: int


def uses_of(work: Work, version: StrategyVersion) -> list[Used]:
    """Count what a version decided, table by table; tables without any are left out."""
    tables = {one.name: one for one in sealed_tables(work.connection)}
    kept = policy_of(work, version).hash
    beside = versions_beside(work.connection, version)
    found = []
    for use in USES:
        table, made_by = tables[use.rows], _made_by(use, tables[use.runs], kept, version, beside)
        if rows := totals(work.connection, table=table, choice=Choice(made_by=made_by)).rows:
            found.append(Used(table=table, rows=rows))
    return found


def made_by_version(work: Work, version: StrategyVersion, *, table: str) -> MadeBy:
    """Return what chooses the rows of a table that a version made.

    Raises: UnknownId if no strategy decides rows of this table.
    """
    use = next((one for one in USES if one.rows == table), None)
    if use is None:
        raise UnknownId(
            "no strategy decides rows of this table", got=table, expected=[one.rows for one in USES]
        )
    runs = next(one for one in sealed_tables(work.connection) if one.name == use.runs)
    kept = policy_of(work, version).hash
    return _made_by(use, runs, kept, version, versions_beside(work.connection, version))


def _made_by(
    use: Use,
    runs: AppendOnlyTable,
    kept: str,
    version: StrategyVersion,
    beside: Sequence[StrategyVersion],
) -> MadeBy:
    """Choose by the hash that runs keep of the version's texts, and by its days."""
    made_by = MadeBy(table=runs, columns=use.columns, document_hash=kept)
    if not use.is_dated:
        return made_by
    texts = (version.document_hash, version.documents)
    later = [
        one.effective_from
        for one in beside
        if (one.document_hash, one.documents) == texts and one.effective_from > version.effective_from
    ]
    return replace(made_by, since=version.effective_from, until=min(later, default=None))
