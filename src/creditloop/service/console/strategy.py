"""策略详情: one version of a strategy — states, rules, inputs, numbers, findings, decisions, text.

Everything a version says is read from the archive; nothing here is a file of now.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from creditloop.oversight import StrategyVersion, find_proof
from creditloop.risk import (
    ExpressionStep,
    Policy,
    ReasonCode,
    Severity,
    StrategyFinding,
    TableStep,
    all_steps,
)
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.published import (
    findings_of,
    first_versions,
    is_as_published,
    policy_of,
    readable,
    version_asked,
    versions_beside,
)
from creditloop.service.console.rows import find_table, may_open
from creditloop.service.console.sealed_rows import Choice, counts_by, rows_of, totals
from creditloop.service.console.strategy_uses import DECISIONS, Used, made_by_version, uses_of
from creditloop.service.console.visit import Page, Visit

_SHOWN = (
    *("decision_id", "party_id", "score", "pd_nano", "grade", "outcome"),
    *("limit_fen", "limit_proposed_fen", "rate_annual_nano", "rule"),
)
"""What a list of decisions tells of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A row of a decision table: its condition, what it gives, why, and since which version it is there.

    Attributes:
        line: of the text; None of a sub-strategy's.
        when: None of what holds where no row matches.
        outputs: by name, as written; nothing where a row leaves an output out.
    """

    id: str
    when: str | None
    line: object
    outputs: Mapping[str, str]
    reason: ReasonCode
    since: StrategyVersion | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UseLine:
    """How many rows of a table a version made, and the path of the list of them; None where one may not."""

    used: Used
    path: str | None


def show_strategy(visit: Visit) -> Page:
    """Show a version of a strategy, beside all others of it."""
    with visit.work() as work:
        version = version_asked(visit, work.connection)
        beside = versions_beside(work.connection, version)
        policy = policy_of(work, version)
        since = first_versions(readable(work, beside), beside, of=version)
        findings = findings_of(policy)
        record = {
            "version": version,
            "versions": beside,
            "before": _before(version, beside),
            "policy": policy,
            "as_published": is_as_published(policy, version),
            "proof": find_proof(work.connection, batch_id=version.proof_batch),
            "tables": [(one, _rules(policy, one, since)) for one in policy.table_steps],
            "steps": [one for one in all_steps(policy.steps) if isinstance(one, ExpressionStep)],
            "kinds": {one.name: one.kind for one in policy.inputs},
            "findings": _gravest_first(findings),
            "counted": {one.value: sum(found.severity is one for found in findings) for one in Severity},
            "uses": [_use(visit, version, one) for one in uses_of(work, version)],
            "lines": policy.document.text.splitlines(),
            "marked": set(),
            "line_of": partial(_line, policy),
        }
    trail = [*_trail(visit), (visit.words.pick(policy.title), None)]
    return Page(template="strategy.html", record=record, trail=trail)


def show_strategy_decisions(visit: Visit) -> Page:
    """List the decisions a version made, of one outcome or of all; the read is logged."""
    outcome = visit.query.get("outcome") or None
    asked = paging(visit)
    with visit.work() as work:
        version = version_asked(visit, work.connection)
        table = find_table(work.connection, DECISIONS)
        every = Choice(made_by=made_by_version(work, version, table=DECISIONS))
        choice = every if outcome is None else replace(every, where={"outcome": outcome})
        counted = totals(work.connection, table=table, choice=choice)
        rows = rows_of(work.connection, table=table, choice=choice, most=ON_A_PAGE, skip=asked.skip)
        visit.log_read(
            work, package="creditloop.admit", table=DECISIONS, columns=_SHOWN, parties_count=len(rows)
        )
        record = {
            "version": version,
            "outcomes": counts_by(work.connection, table=table, choice=every, by=("outcome",)),
            "outcome": outcome,
            "rows": rows,
            "total": counted.rows,
            "sums": counted.sums,
            "page": asked.page,
            "pages": asked.pages(counted.rows),
        }
    here = [(version.policy, visit.at(f"/strategies/{version.batch_id}"))]
    trail = [*_trail(visit), *here, (visit.words("screen.decisions"), None)]
    return Page(template="strategy_decisions.html", record=record, trail=trail)


def _rules(policy: Policy, step: TableStep, since: Mapping[str, StrategyVersion]) -> Iterator[RuleLine]:
    """Give the rows of a table as they are written, what holds where no row matches after them."""
    for row, entry in zip(step.rows, step.table.rows, strict=True):
        yield RuleLine(
            id=row.row,
            when=entry.rule.when,
            line=_line(policy, entry.rule.where),
            outputs=_written(policy, row.cells),
            reason=entry.rule.reason,
            since=since.get(f"{step.id}.{row.row}"),
        )
    if step.otherwise is not None and step.table.otherwise is not None:
        rule = step.table.otherwise.rule
        yield RuleLine(
            id=rule.id,
            when=None,
            line=_line(policy, rule.where),
            outputs=_written(policy, step.otherwise.cells),
            reason=rule.reason,
            since=None,
        )


def _line(policy: Policy, where: Mapping[str, object]) -> object:
    """Return the line of a place in the strategy's own text; None if it is in a sub-strategy's."""
    return where.get("line") if where.get("file") == policy.document.path else None


def _written(policy: Policy, cells: Mapping[str, str]) -> Mapping[str, str]:
    return {output: policy.program.step(step).text for output, step in cells.items()}


def _gravest_first(findings: Sequence[StrategyFinding]) -> list[StrategyFinding]:
    order = list(Severity)
    return sorted(findings, key=lambda found: order.index(found.severity))


def _before(version: StrategyVersion, beside: Sequence[StrategyVersion]) -> StrategyVersion | None:
    """Return the version before one, None of the first."""
    at = beside.index(version)
    return beside[at - 1] if at else None


def _use(visit: Visit, version: StrategyVersion, used: Used) -> UseLine:
    if used.table.name == DECISIONS:
        path = f"/strategies/{version.batch_id}/decisions"
        return UseLine(used=used, path=visit.at(path) if visit.allows("see_decision") else None)
    path = visit.at(f"/records/{used.table.name}", version=version.batch_id)
    return UseLine(used=used, path=path if may_open(visit, used.table) else None)


def _trail(visit: Visit) -> list[tuple[str, str | None]]:
    return [
        (visit.words("screen.cockpit"), visit.at("/")),
        (visit.words("screen.strategies"), visit.at("/strategies")),
    ]
