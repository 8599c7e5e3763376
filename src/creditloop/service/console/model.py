"""模型详情: one scorecard — its life, points, WOE, discrimination, calibration, stability, a row."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from markupsafe import Markup

from creditloop.kernel.storage import Connection
from creditloop.oversight import Metric, ModelRun, find_metrics, find_model_runs
from creditloop.risk import Card, FittedFeature, PairTable, points_text
from creditloop.service.compiled import compiled_card
from creditloop.service.console.charts import Bar, bars
from creditloop.service.console.figures import decimal
from creditloop.service.console.labels import group_words, outcome_words
from creditloop.service.console.model_figures import (
    BandLine,
    band_lines,
    calibration_curve,
    ks_curve,
    lift_curve,
    month_drift,
    month_lines,
    months_curve,
)
from creditloop.service.console.model_life import life_day, life_record
from creditloop.service.console.model_row import row_record
from creditloop.service.console.visit import Page, Visit
from creditloop.service.console.words import Words

_NANO = 10**9
_PSI_MOST_NANO = 250_000_000
"""Where the shades of the heat table end: a PSI of 0.25 is commonly called a great change."""
_BY_MONTH = ("monthly", "scored")
_HEADLINE = ("auc", "ks", "brier", "bad_rate")


def show_model(visit: Visit) -> Page:
    """Show a card by its hash, with everything measured on it."""
    card_hash = visit.path["card_hash"]
    with visit.work() as work:
        on = life_day(visit, work.connection)
        card = compiled_card(work.adopted(card_hash))
        runs = find_model_runs(work.connection, card_hash=card_hash)
        measured = {run.batch_id: find_metrics(work.connection, batch_id=run.batch_id) for run in runs}
        life = life_record(visit, work, card_hash=card_hash, on=on)
        row = row_record(visit, work, card=card)
        comparisons = _beside(work.connection, card_hash)
        labels = outcome_words(work, visit.words, product=card.product)
        groups = group_words(work, visit.words)
    performance = [run for run in runs if run.kind == "performance"]
    stability = [run for run in runs if run.kind == "stability"]
    record = {
        **life,
        "card": card,
        "on": on,
        "row": row,
        "points_of": lambda units: points_text(units, card.decimals),
        "pictures": {one.feature.name: _picture(one, card, visit.words) for one in card.features},
        "pairs": [_pair(one, card) for one in card.pairs],
        "performance": [(run, _headline(measured[run.batch_id])) for run in performance],
        "curves": [
            one for run in performance for one in _curves(run, measured[run.batch_id], visit.words, labels)
        ],
        "months": [
            _months(run, measured[run.batch_id], visit.words) for run in runs if run.kind in _BY_MONTH
        ],
        "stability": stability,
        "drift": _drift(stability, measured),
        "places": {
            batch_id: {(one.name, one.segment): number for number, one in enumerate(metrics)}
            for batch_id, metrics in measured.items()
        },
        "psi_most": _PSI_MOST_NANO,
        "fairness": [(run, _groups(measured[run.batch_id])) for run in runs if run.kind == "fairness"],
        "fairness_cards": comparisons,
        "labels": labels,
        "groups": groups,
        "features": {one.feature.name: visit.words.pick(one.feature) for one in card.features},
    }
    trail = [
        (visit.words("screen.cockpit"), visit.at("/")),
        (visit.words("screen.models"), visit.at("/models")),
        (card.name, None),
    ]
    return Page(template="model.html", record=record, trail=trail)


def _beside(connection: Connection, card_hash: str) -> list[str]:
    """Return the other cards whose fairness was measured: the one without a proxy, say."""
    others = {run.card_hash for run in find_model_runs(connection) if run.kind == "fairness"}
    return sorted(others - {card_hash})


def _picture(feature: FittedFeature, card: Card, words: Words) -> Markup:
    """Draw the WOE of each bin around zero; higher is safer."""
    return bars(
        title=words(
            "model.woe_of", feature=feature.feature.zh if words.language == "zh" else feature.feature.en
        ),
        entries=[
            Bar(
                label=one.label(feature.feature.kind),
                value=one.woe_nano / _NANO,
                text=f"{decimal(one.woe_nano, 3)} ({points_text(one.points, card.decimals)})",
                kind="blue" if one.woe_nano >= 0 else "minus",
            )
            for one in feature.bins
        ],
        width=420,
        row=22,
    )


def _pair(pair: PairTable, card: Card) -> Mapping[str, object]:
    """Return a pair's table as a heat map has it: labels of both axes, points and counts by cell."""
    kinds = {one.feature.name: one.feature.kind for one in card.features}
    first, second = pair.features
    return {
        "name": pair.name,
        "features": pair.features,
        "least": pair.least,
        "most": pair.most,
        "columns": [one.label(kinds[second]) for one in pair.columns],
        "rows": [
            (one.label(kinds[first]), list(zip(pair.points[at], pair.seen[at], pair.bad[at], strict=True)))
            for at, one in enumerate(pair.rows)
        ],
    }


def _headline(metrics: Sequence[Metric]) -> list[tuple[str, Mapping[str, Metric]]]:
    """Return auc, ks, brier and bad rate by outcome."""
    outcomes = dict.fromkeys(one.segment for one in metrics if one.name == "auc")
    return [
        (outcome, {one.name: one for one in metrics if one.segment == outcome and one.name in _HEADLINE})
        for outcome in outcomes
    ]


def _curves(
    run: ModelRun, metrics: Sequence[Metric], words: Words, labels: Mapping[str, str]
) -> list[Mapping[str, object]]:
    """Return, of every outcome that was measured by bands, the lines and the pictures made of them."""
    outcomes = dict.fromkeys(one.segment.partition("/")[0] for one in metrics if "/" in one.segment)
    found = list[Mapping[str, object]]()
    for outcome in outcomes:
        lines: list[BandLine] = band_lines(metrics, outcome=outcome)
        label = labels.get(outcome, outcome)
        found.append(
            {
                "run": run,
                "outcome": label,
                "ks_figure": next(
                    (one for one in metrics if (one.name, one.segment) == ("ks", outcome)), None
                ),
                "lines": lines,
                "safest": list(reversed(lines)),
                "widest": max((one.gap_nano for one in lines if one.gap_nano is not None), default=None),
                "ks": ks_curve(lines, words),
                "lift": lift_curve(lines, words),
                "calibration": calibration_curve(lines, words, label=label),
            }
        )
    return found


def _months(run: ModelRun, metrics: Sequence[Metric], words: Words) -> Mapping[str, object]:
    """Return the lines of a monthly measurement, their picture, and the drift by month and feature."""
    lines = month_lines(metrics)
    return {"run": run, "lines": lines, "picture": months_curve(lines, words), "drift": month_drift(metrics)}


def _drift(
    runs: Sequence[ModelRun], measured: Mapping[UUID, Sequence[Metric]]
) -> list[tuple[str, list[Metric | None]]]:
    """Return PSI by score and feature (lines) and measurement (columns)."""
    by_run = [
        {one.segment: one for one in measured[run.batch_id] if one.name in {"psi_score", "psi_feature"}}
        for run in runs
    ]
    names = dict.fromkeys(name for found in by_run for name in found)
    return [(name, [found.get(name) for found in by_run]) for name in names]


def _groups(metrics: Sequence[Metric]) -> list[tuple[str, Mapping[str, Metric]]]:
    """Return the fairness figures of each group."""
    groups: dict[str, dict[str, Metric]] = {}
    for one in metrics:
        if one.name in {"approval_rate", "approval_ratio", "bad_rate_approved", "score_mean", "auc_within"}:
            groups.setdefault(one.segment, {})[one.name] = one
    return [(segment, found) for segment, found in groups.items() if "approval_rate" in found]
