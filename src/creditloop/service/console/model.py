"""模型详情: one scorecard — its points and WOE, discrimination, calibration, stability, fairness."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from markupsafe import Markup

from creditloop.kernel.storage import Connection
from creditloop.oversight import Metric, ModelRun, find_metrics, find_model_runs, find_models, review_due
from creditloop.risk import FittedFeature
from creditloop.service.compiled import compiled_card
from creditloop.service.console.charts import Bar, Series, bars, line_chart
from creditloop.service.console.days import business_day
from creditloop.service.console.figures import decimal, percent
from creditloop.service.console.labels import group_words, outcome_words
from creditloop.service.console.visit import Page, Visit
from creditloop.service.console.words import Words

_NANO = 10**9
_PSI_MOST_NANO = 250_000_000
"""Where the shades of the heat table end: a PSI of 0.25 is commonly called a great change."""
_HEADLINE = ("auc", "ks", "brier", "bad_rate")


def show_model(visit: Visit) -> Page:
    """Show a card by its hash, with everything measured on it."""
    card_hash = visit.path["card_hash"]
    with visit.work() as work:
        on = business_day(visit, work.connection)
        card = compiled_card(work.adopted(card_hash))
        runs = find_model_runs(work.connection, card_hash=card_hash)
        measured = {run.batch_id: find_metrics(work.connection, batch_id=run.batch_id) for run in runs}
        models = find_models(work.connection, on=on)
        comparisons = _beside(work.connection, card_hash)
        labels = outcome_words(work, visit.words, product=card.product)
        groups = group_words(work, visit.words)
    performance = [run for run in runs if run.kind == "performance"]
    stability = [run for run in runs if run.kind == "stability"]
    record = {
        "card": card,
        "model": next((one for one in models if one.card_hash == card_hash), None),
        "is_due": card_hash in {one.card_hash for one in review_due(models, on=on)},
        "on": on,
        "pictures": {one.feature.name: _picture(one, visit.words) for one in card.features},
        "performance": [(run, _headline(measured[run.batch_id])) for run in performance],
        "calibration": [
            (run, *_calibration(measured[run.batch_id], visit.words, labels)) for run in performance
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


def _picture(feature: FittedFeature, words: Words) -> Markup:
    """Draw the WOE of each bin around zero; higher is safer."""
    return bars(
        title=words(
            "model.woe_of", feature=feature.feature.zh if words.language == "zh" else feature.feature.en
        ),
        entries=[
            Bar(
                label=one.label(feature.feature.kind),
                value=one.woe_nano / _NANO,
                text=f"{decimal(one.woe_nano, 3)} ({one.points:+d})",
                kind="blue" if one.woe_nano >= 0 else "minus",
            )
            for one in feature.bins
        ],
        width=420,
        row=22,
    )


def _headline(metrics: Sequence[Metric]) -> list[tuple[str, Mapping[str, Metric]]]:
    """Return auc, ks, brier and bad rate by outcome."""
    outcomes = dict.fromkeys(one.segment for one in metrics if one.name == "auc")
    return [
        (outcome, {one.name: one for one in metrics if one.segment == outcome and one.name in _HEADLINE})
        for outcome in outcomes
    ]


def _calibration(
    metrics: Sequence[Metric], words: Words, labels: Mapping[str, str]
) -> tuple[list[tuple[str, Mapping[str, Metric]]], list[Markup]]:
    """Return the calibration bands of every outcome, and a picture of each outcome's."""
    bands: dict[str, dict[str, Metric]] = {}
    for one in metrics:
        if "/" in one.segment:
            bands.setdefault(one.segment, {})[one.name] = one
    pictures = []
    for outcome in dict.fromkeys(segment.partition("/")[0] for segment in bands):
        own = [found for segment, found in bands.items() if segment.partition("/")[0] == outcome]
        pictures.append(
            line_chart(
                title=f"{words('model.calibration')} {labels.get(outcome, outcome)}",
                labels=[str(number) for number in range(1, len(own) + 1)],
                series=[_series(own, "pd_mean", words), _series(own, "bad_rate", words)],
            )
        )
    return sorted(bands.items()), pictures


def _series(bands: Sequence[Mapping[str, Metric]], name: str, words: Words) -> Series:
    values = [band[name].value_nano if name in band else None for band in bands]
    return Series(
        name=words.of("metric", name),
        values=[None if value is None else value / 10**7 for value in values],
        texts=[percent(value) for value in values],
    )


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
