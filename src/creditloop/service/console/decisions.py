"""决策列表: a run of decisions by scope, grade, outcome and rule; each count leads to its decisions."""

import polars as pl

from creditloop.admit import (
    Decision,
    DecisionBatch,
    DecisionCount,
    decision_counts,
    decision_frame,
    find_batches,
)
from creditloop.kernel.errors import UnknownId
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.visit import Page, Visit, identifier

FILTERS = ("scope", "grade", "outcome", "rule")
_SHOWN = ("party_id", "score", "pd_nano", "grade", "outcome", "limit_fen", "limit_proposed_fen", "rule")


def show_decisions(visit: Visit) -> Page:
    """Show a run's decisions, those chosen."""
    trail = [(visit.words("screen.cockpit"), visit.at("/")), (visit.words("screen.decisions"), None)]
    chosen = {name: visit.query.get(name) or None for name in (*FILTERS, "party")}
    scores = {name: _score(visit, name) for name in ("score_from", "score_to")}
    with visit.work() as work:
        batches = find_batches(work.connection)
        if not batches:
            return Page(template="empty.html", record={"why": "decisions.empty"}, trail=trail)
        batch = _chosen(batches, visit.query.get("batch"))
        counts = decision_counts(work.connection, batch_id=batch.batch_id)
        found = _matching(decision_frame(work.connection, batch_id=batch.batch_id), chosen)
        found = _scored(found, **scores)
        asked = paging(visit)
        rows = found.slice(asked.skip, ON_A_PAGE).to_dicts()
        visit.log_read(
            work, package="creditloop.admit", table="admit.decision", columns=_SHOWN, parties_count=len(rows)
        )
    record = {
        "batches": list(reversed(batches)),
        "batch": batch,
        "counts": counts,
        "chosen": {**chosen, **scores},
        "sums": {name: int(found[name].sum()) for name in ("limit_fen", "limit_proposed_fen")},
        "options": {
            name: sorted({str(getattr(one, name)) for one in counts if getattr(one, name)})
            for name in FILTERS
        },
        "rows": rows,
        "total": found.height,
        "page": asked.page,
        "pages": asked.pages(found.height),
    }
    return Page(template="decisions.html", record=record, trail=trail)


def outcome_totals(counts: list[DecisionCount]) -> dict[str, int]:
    """Add up the decisions of a run by outcome, most first."""
    totals: dict[str, int] = {}
    for one in counts:
        totals[one.outcome] = totals.get(one.outcome, 0) + one.decisions
    return dict(sorted(totals.items(), key=lambda pair: (-pair[1], pair[0])))


def decision_path(decision: Decision) -> str:
    """Return the address of a decision's screen."""
    return f"/decisions/{decision.decision_id}"


def _chosen(batches: list[DecisionBatch], asked: str | None) -> DecisionBatch:
    """Return the run asked for, of none the last about a whole book."""
    if asked:
        batch_id = identifier(asked, what="run of decisions")
        found = next((one for one in batches if one.batch_id == batch_id), None)
        if found is None:
            raise UnknownId("there is no such run of decisions", got=asked)
        return found
    return next((one for one in reversed(batches) if one.request_id is None), batches[-1])


def _matching(decisions: pl.DataFrame, chosen: dict[str, str | None]) -> pl.DataFrame:
    for name in FILTERS:
        if chosen[name]:
            decisions = decisions.filter(pl.col(name) == chosen[name])
    if chosen["party"]:
        decisions = decisions.filter(pl.col("party_id").str.contains(chosen["party"], literal=True))
    return decisions


def _scored(decisions: pl.DataFrame, *, score_from: int | None, score_to: int | None) -> pl.DataFrame:
    """Keep the decisions with a score between two bounds, both included."""
    if score_from is not None:
        decisions = decisions.filter(pl.col("score") >= score_from)
    return decisions if score_to is None else decisions.filter(pl.col("score") <= score_to)


def _score(visit: Visit, name: str) -> int | None:
    return visit.number(name, otherwise=0) if visit.query.get(name) else None
