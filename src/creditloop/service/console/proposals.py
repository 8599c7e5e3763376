"""待批挑战者: a challenger beside its champion — the texts, the backtest — and the second person's word."""

import json
from collections.abc import Mapping

from creditloop.kernel.errors import UnknownId
from creditloop.oversight import (
    APPROVER_ROLE,
    Comparison,
    ComparisonRun,
    Proposal,
    find_comparison_runs,
    find_comparisons,
    find_proposal,
)
from creditloop.service.console.days import acting_day
from creditloop.service.console.labels import baseline_words, outcome_words
from creditloop.service.console.strategy_difference import text_changes
from creditloop.service.console.visit import Answer, Page, Redirect, Visit, identifier
from creditloop.service.overseeing.challenging import decide_on_proposal


def show_comparison(visit: Visit) -> Page:
    """Show a comparison: every line of it, with intervals, none picked out."""
    batch_id = identifier(visit.path["batch_id"], what="comparison")
    with visit.work() as work:
        run = next((one for one in find_comparison_runs(work.connection) if one.batch_id == batch_id), None)
        if run is None:
            raise UnknownId("no such comparison is recorded", got=batch_id)
        lines = find_comparisons(work.connection, batch_id=batch_id)
        labels = outcome_words(work, visit.words, product=run.product)
        titles = baseline_words(work, visit.words, lines)
    trail = [*_trail(visit), (visit.words("screen.comparison"), None)]
    return Page(
        template="comparison.html",
        record={"labels": labels, "titles": titles, **_compared(run, lines)},
        trail=trail,
    )


def show_proposal(visit: Visit) -> Page:
    """Show a proposal and, to whoever may decide and did not propose it, the form."""
    proposal_id = identifier(visit.path["proposal_id"], what="proposal")
    with visit.work() as work:
        proposal = find_proposal(work.connection, proposal_id=proposal_id)
        champion, challenger = (
            work.adopted(one) for one in (proposal.champion_hash, proposal.challenger_hash)
        )
        runs = find_comparison_runs(work.connection)
        backtest = next(one for one in runs if one.batch_id == proposal.comparison_batch)
        lines = find_comparisons(work.connection, batch_id=proposal.comparison_batch)
        labels = outcome_words(work, visit.words, product=proposal.product)
        titles = baseline_words(work, visit.words, lines)
    record = {
        "proposal": proposal,
        "labels": labels,
        "titles": titles,
        "changes": text_changes(champion.text, challenger.text),
        "measured": _measured(proposal),
        "may_decide": visit.allows("approve_change")
        and proposal.approval is None
        and visit.person.login != proposal.proposer,
        **_compared(backtest, lines),
    }
    trail = [*_trail(visit), (proposal.policy, None)]
    return Page(template="proposal.html", record=record, trail=trail)


def act_on_proposal(visit: Visit) -> Answer:
    """Record the second person's word."""
    visit.check("approve_change")
    proposal_id = identifier(visit.path["proposal_id"], what="proposal")
    with visit.work() as work:
        decide_on_proposal(
            work,
            proposal_id=proposal_id,
            approver=visit.person.login,
            role=APPROVER_ROLE,
            decision=visit.form.get("decision", ""),
            reason=visit.form.get("reason", ""),
            decided_on=acting_day(work),
        )
    return Redirect(path=f"/proposals/{proposal_id}", query={"done": "decided"})


def _measured(proposal: Proposal) -> list[tuple[str, str, Mapping[str, int | None]]]:
    """Return what a renewed card and the one it renews were measured at; nothing of other cut-offs."""
    figures = json.loads(proposal.figures)
    if "auc" not in figures.get("challenger", {}):
        return []
    hashes = {"champion": proposal.champion_hash, "challenger": proposal.challenger_hash}
    return [(role, one, figures[role]) for role, one in hashes.items()]


def _compared(run: ComparisonRun, lines: tuple[Comparison, ...]) -> dict[str, object]:
    return {"run": run, "lines": list(enumerate(lines))}


def _trail(visit: Visit) -> list[tuple[str, str | None]]:
    return [
        (visit.words("screen.cockpit"), visit.at("/")),
        (visit.words("screen.models"), visit.at("/models")),
    ]
