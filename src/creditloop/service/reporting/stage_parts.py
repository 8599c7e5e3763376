"""Parts of the risk report that tell what the stages did: portfolio, decisions, warnings, recovery."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from creditloop.admit import case_counts, decision_counts, latest_batches
from creditloop.kernel.money import divide_half_away
from creditloop.kernel.storage import Connection
from creditloop.monitor import CLASSES, PortfolioLine, find_runs, find_warning_runs, portfolio
from creditloop.oversight import (
    BASELINES,
    RULE_EN,
    RULE_ZH,
    Proposal,
    find_comparison_runs,
    find_comparisons,
    find_proposals,
)
from creditloop.recover import contact_counts, find_routing_runs, routing_counts
from creditloop.service.booking.card_book import BookPlan
from creditloop.service.monitoring.warning import roll_rates_record
from creditloop.service.monitoring.warning_check import read_warning_check, warning_curve
from creditloop.service.overseeing.comparing import FIRST, comparison_record, outcomes_of_plan
from creditloop.service.overseeing.oversight_plan import OversightPlan
from creditloop.service.work import Work

Record = dict[str, object]
_NANO = 10**9
_CLASS_ZH = dict(zip(CLASSES, ("无敞口", "正常", "关注", "次级", "可疑", "损失"), strict=True))
_OUTCOME_ZH = {
    "keep": "维持",
    "raise": "提额",
    "refer": "转人工",
    "freeze": "冻结",
    "collections": "转催收",
    "approve": "通过",
    "decline": "拒绝",
}
_ROUTE_ZH = {"message": "短信", "call": "电话", "agency": "委外", "litigation": "诉讼", "refer": "转人工"}
_STATES = {
    "not_late": ("未逾期", "not late"),
    "late_1_2": ("1–2 期", "1–2 months"),
    "late_3_up": ("3 期及以上", "3 and more"),
    "unknown": ("未知", "unknown"),
    "left": ("已离开", "left"),
}
_RULES = {"late_1": "现逾期一期及以上 late ≥ 1 now", "late_2": "现逾期两期及以上 late ≥ 2 now"}
_POPULATIONS = {
    "all": ("全部客户（权重未在其上拟合的一半）", "everybody of the half the weights were not fitted on"),
    "not_late": ("其中当前未逾期者", "those of them not late now"),
}
_SAMPLE = "held_out"


def portfolio_part(connection: Connection, *, book: BookPlan) -> Record | None:
    """Return the book's figures of every classified month, and the tiers of the last."""
    runs = {
        run.dates.business_date: run
        for run in find_runs(connection)
        if run.product == book.product and run.dates.rules_as_of == book.rules_as_of
    }
    if not runs:
        return None
    figures = [portfolio(connection, run=run) for run in runs.values()]
    last = figures[-1]
    regulatory, bank = _by_name(last.regulatory_classes), _by_name(last.bank_classes)
    return {
        "months": [figure.as_record() for figure in figures],
        "classes": [
            {
                "name": name,
                "zh": _CLASS_ZH.get(name, "转人工"),
                "regulatory_customers": regulatory[name].customers if name in regulatory else 0,
                "regulatory_owed_fen": regulatory[name].owed_fen if name in regulatory else 0,
                "bank_customers": bank[name].customers if name in bank else 0,
                "bank_owed_fen": bank[name].owed_fen if name in bank else 0,
            }
            for name in (*CLASSES, "refer")
            if name in regulatory or name in bank
        ],
    }


def decisions_part(connection: Connection, *, plan: OversightPlan) -> Record | None:
    """Return the last review's decisions by outcome and by grade, of all arms of an experiment."""
    review = plan.review
    batches = latest_batches(connection, product=review.product, on=review.dates.business_date)
    if not batches:
        return None
    counts = [count for batch in batches for count in decision_counts(connection, batch_id=batch.batch_id)]
    made = sum(batch.decided for batch in batches)
    outcomes = sorted({count.outcome for count in counts}, key=list(_OUTCOME_ZH).index)
    grades = sorted({count.grade for count in counts if count.grade not in {None, "none"}}, key=str)
    decided = Counter[tuple[str | None, str]]()
    for count in counts:
        decided[count.grade, count.outcome] += count.decisions
    return {
        "batches": [str(batch.batch_id) for batch in batches],
        "business_date": batches[0].dates.business_date.isoformat(),
        "customers": sum(batch.customers for batch in batches),
        "fitted_on": sum(batch.fitted_on for batch in batches),
        "decided": made,
        "outcomes": [
            {
                "outcome": outcome,
                "zh": _OUTCOME_ZH[outcome],
                "decisions": (total := sum(c.decisions for c in counts if c.outcome == outcome)),
                "share_nano": divide_half_away(total * _NANO, made),
                "limit_fen": sum(c.limit_fen or 0 for c in counts if c.outcome == outcome),
                "limit_proposed_fen": sum(c.limit_proposed_fen or 0 for c in counts if c.outcome == outcome),
            }
            for outcome in outcomes
        ],
        "grades": [
            {"grade": grade, "decisions": [decided[grade, outcome] for outcome in outcomes]}
            for grade in grades
        ],
    }


def comparison_part(work: Work, *, plan: OversightPlan) -> Record | None:
    """Return the last comparison with the baselines, every line of it."""
    runs = [
        run
        for run in find_comparison_runs(work.connection, kind=BASELINES)
        if run.plan_hash == plan.review.document.hash
    ]
    if not runs:
        return None
    return comparison_record(work, run=runs[-1], outcomes=outcomes_of_plan(plan.review))


def warnings_part(work: Work, *, plan: OversightPlan, curve: Mapping[str, object] | None) -> Record | None:
    """Return every month's warnings by level, and the whole curve against the outcome."""
    runs = {run.dates.business_date: run for run in find_warning_runs(work.connection, product=plan.product)}
    if not runs or plan.warning is None:
        return None
    if curve is None:
        check = read_warning_check(work.places.document(plan.warning), work=work)
        curve = warning_curve(work, check=check)
    samples: Any = curve["samples"]
    return {
        "counts": [
            {
                "batch": str(run.batch_id),
                "business_date": month.isoformat(),
                "evaluated": run.evaluated,
                "alerts": run.alerts,
                "watches": run.watches,
                "notices": run.notices,
                "referred": run.referred,
            }
            for month, run in runs.items()
        ],
        "note": curve["note"],
        "curves": [
            _curve(samples[_SAMPLE][name], zh=zh, en=en)
            for name, (zh, en) in _POPULATIONS.items()
            if name in samples[_SAMPLE]
        ],
    }


def rolls_part(work: Work, *, book: BookPlan) -> list[Record]:
    """Return the roll rates of each month to the next, states in order."""
    record: Any = roll_rates_record(work, plan=book)
    return [_roll(month) for month in record["months"]]


def recoveries_part(connection: Connection, *, product: str) -> Record | None:
    """Return each month's cases by route, and the contacts that were recorded."""
    runs = {run.dates.business_date: run for run in find_routing_runs(connection) if run.product == product}
    if not runs:
        return None
    lines: list[Record] = []
    for month, run in runs.items():
        counted = sorted(
            routing_counts(connection, batch_id=run.batch_id).iter_rows(named=True),
            key=lambda row: row["route"],
        )
        for route, rows in groupby(counted, key=lambda row: str(row["route"])):
            lines.append(_route(month.isoformat(), route, list(rows)))
    contacts = [
        {"kind": kind, "count": counts["events"], "simulated": counts["simulated"]}
        for kind, counts in contact_counts(connection).items()
    ]
    return {"lines": lines, "contacts": contacts}


def overrides_part(connection: Connection, *, plan: OversightPlan) -> Record | None:
    """Return how the desk stood on the day the outcomes were known."""
    counts = case_counts(connection, on=plan.outcomes_known_on, product=plan.product)
    if not (counts.open or counts.half_signed or counts.closed):
        return None
    rate = divide_half_away(counts.overridden * _NANO, counts.with_proposal) if counts.with_proposal else None
    return {
        "open": counts.open,
        "half_signed": counts.half_signed,
        "closed": counts.closed,
        "overdue": counts.overdue,
        "overridden": counts.overridden,
        "simulated": counts.simulated,
        "override_rate_nano": rate,
    }


def proposals_part(connection: Connection, *, product: str) -> list[Record]:
    """Return every challenger with its backtest, whether it waits or was decided."""
    return [_proposal(connection, proposal) for proposal in find_proposals(connection, product=product)]


def _proposal(connection: Connection, proposal: Proposal) -> Record:
    lines = find_comparisons(connection, batch_id=proposal.comparison_batch)
    return proposal.as_record() | {
        "rule_zh": RULE_ZH if proposal.chosen_by == RULE_EN else proposal.chosen_by,
        "moved": json.loads(proposal.figures)["moved"],
        "lines": [line.as_record() for line in lines if line.outcome == FIRST],
    }


def _by_name(lines: Sequence[PortfolioLine]) -> dict[str, PortfolioLine]:
    return {line.name: line for line in lines}


def _curve(population: Any, *, zh: str, en: str) -> Record:
    names = {"share_nano": "alerts_nano", "recall_nano": "recall_nano", "precision_nano": "precision_nano"}
    return {
        "zh": zh,
        "en": en,
        "customers": population["customers"],
        "bad": population["bad"],
        "points": [{new: point[old] for old, new in names.items()} for point in population["points"]],
        "rules": [
            {"zh": _RULES.get(rule["rule"], rule["rule"])} | {new: rule[old] for old, new in names.items()}
            for rule in population.get("rules", [])
        ],
    }


def _roll(month: Any) -> Record:
    rolled = month["rolled"]
    ends = list(dict.fromkeys(state for row in rolled.values() for state in row))
    return {
        "before": month["from"],
        "after": month["to"],
        "states": [dict(zip(("zh", "en"), _STATES[state], strict=True)) for state in ends],
        "rows": [
            {
                "zh": _STATES[begun][0],
                "customers": sum(cell["customers"] for cell in row.values()),
                "shares": [row[state]["share_nano"] if state in row else None for state in ends],
            }
            for begun, row in rolled.items()
        ],
    }


def _route(month: str, route: str, rows: Sequence[Mapping[str, Any]]) -> Record:
    sums = {
        name: sum(row[name] or 0 for row in rows) for name in ("cases", "amount_fen", "value_at_risk_fen")
    }
    return {"business_date": month, "route": route, "zh": _ROUTE_ZH.get(route, route), **sums}
