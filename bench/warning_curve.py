"""Early warning on the Taiwan set: what share of the defaults is found by how many alerts, how long before.

    python -m bench.warning_curve [--write | --check] [--shared FOLDER]

For a lead of one, two and three months: the joint card and LightGBM, each judging rows it never saw (five
folds, pooled), and the plain rule "late now"; for everybody, and for those who are not late on the day of the
warning. A row is read by the columns of the file, and by those and what is made of them (`warning_columns`).
Models are fitted as `conformance/credit/settings.yaml` says, the same for every set. `--write` writes
docs/results/warning_curve.md, `--check` compares with it. A bar that is missed (recall at 20 % alerts, one
month before: over 51.2 % of everybody's defaults, over 38.5 % of theirs who are not late) or a page that
differs is an exit status of 1.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl
from bench.warning_columns import MONTHS, WarningSample, warning_sample
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sklearn.model_selection import StratifiedKFold

from creditloop.kernel.documents import read_document
from creditloop.risk import auc, gains
from creditloop.risk.boosting import (
    BoostSettings,
    boost_settings_from_node,
    fit_boosted_card,
    fit_challenger,
)
from creditloop.risk.measures.calibration import wilson_interval
from creditloop.risk.measures.outcomes import counts_by_score

REPOSITORY = Path(__file__).parents[1]
DATA = "data/taiwan_default/taiwan_default.parquet"
PAGE = REPOSITORY / "docs" / "results" / "warning_curve.md"
SETTINGS = REPOSITORY / "conformance" / "credit" / "settings.yaml"
FOLDS, SEED = 5, 42
SHARES = (0.1, 0.2, 0.3, 0.5)
RECALLS = (0.8, 0.9)
BARS = {"everybody": 0.512, "not_late": 0.385}
LEADS = (1, 2, 3)
_MONTH_NAMES = dict(zip(MONTHS, ("September", "August", "July", "June", "May", "April"), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Run:
    """One model of one way of reading, fitted by folds.

    Attributes:
        own: whether it was fitted on those who are not late only.
    """

    lead: int
    made: bool
    model: str
    own: bool = False


RUNS = (
    Run(lead=1, made=False, model="card"),
    Run(lead=1, made=False, model="boosted"),
    *(Run(lead=lead, made=True, model=model) for lead in LEADS for model in ("card", "boosted")),
    Run(lead=1, made=True, model="card", own=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """How one judge warns a population.

    Attributes:
        recall: by share of alerts; `precision` likewise.
        alerts: least share of alerts by recall wanted.
        auc: None of a rule.
        interval: of the recall at 20 % alerts, Wilson's of 95 %, chance among the defaults only.
    """

    recall: tuple[float, ...]
    precision: tuple[float, ...]
    alerts: tuple[float, ...]
    auc: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How "late now" warns everybody, and the recall of a run at as many alerts."""

    alerts: float
    recall: float
    precision: float
    card: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """The curves of one population, by run."""

    name: str
    rows: int
    bad: int
    curves: Mapping[Run, Curve]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCurves:
    """What was found so many months before; `month` is the last one that is known then."""

    lead: int
    month: str
    rule: Rule
    populations: tuple[Population, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the page tells; `columns` of the file are read, and `made` ones that are made of them."""

    leads: tuple[LeadCurves, ...]
    rows: int
    columns: int
    made: int

    @property
    def reached(self) -> dict[str, float]:
        """Recall at 20 % alerts, one month before, of the card that reads the made columns too."""
        run = Run(lead=1, made=True, model="card")
        return {one.name: one.curves[run].recall[1] for one in self.leads[0].populations}


def read_settings() -> dict[str, BoostSettings]:
    """Return how each model is fitted; read once, so that a run is of one text."""
    parts = read_document(SETTINGS, root=REPOSITORY).root.mapping(
        required=["joint_card", "boosted"], optional=["scorecard", "fusion_ridge"]
    )
    return {
        "card": boost_settings_from_node(parts["joint_card"]),
        "boosted": boost_settings_from_node(parts["boosted"]),
    }


def out_of_fold(table: pl.DataFrame, run: Run, settings: BoostSettings) -> np.ndarray:
    """Return the log-odds of bad of every row by a model that never saw it, (n,) float."""
    sample = warning_sample(table, lead=run.lead)
    features = sample.features if run.made else sample.features[: sample.plain]
    found = np.empty(len(sample.bad))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for train, test in folds.split(np.zeros(len(sample.bad)), sample.bad):
        rows = train[~sample.late[train]] if run.own else train
        fit = fit_boosted_card if run.model == "card" else fit_challenger
        model = fit(frame=sample.frame[rows], bad=sample.bad[rows], features=features, settings=settings)
        found[test] = model.log_odds(sample.frame[test])
    return found


def curve_of(log_odds: np.ndarray, bad: np.ndarray) -> Curve:
    """Return the curve of a judge over a population."""
    found = gains(score=-log_odds, bad=bad, shares=SHARES)
    caught, count = found[1].bad_caught, int(bad.sum())
    return Curve(
        recall=tuple(one.recall for one in found),
        precision=tuple(one.precision for one in found),
        alerts=tuple(alerts_for(log_odds, bad, recall) for recall in RECALLS),
        auc=auc(score=-log_odds, bad=bad),
        interval=wilson_interval(round(caught), count),
    )


def alerts_for(log_odds: np.ndarray, bad: np.ndarray, recall: float) -> float:
    """Return the least share of alerts that catches so much; a group of equal scores counts whole."""
    counts = counts_by_score(score=-log_odds, bad=bad)
    at = int(np.searchsorted(np.cumsum(counts.bads), recall * counts.bads.sum()))
    return float((counts.goods + counts.bads)[: at + 1].sum() / len(bad))


def rule_of(sample: WarningSample, log_odds: np.ndarray) -> Rule:
    """Return how "late now" warns everybody."""
    share = float(sample.late.mean())
    caught = int(sample.bad[sample.late].sum())
    [card] = gains(score=-log_odds, bad=sample.bad, shares=[share])
    return Rule(
        alerts=share,
        recall=caught / int(sample.bad.sum()),
        precision=caught / int(sample.late.sum()),
        card=card.recall,
    )


def fit_all(table: pl.DataFrame) -> dict[Run, np.ndarray]:
    """Return every run's log-odds, two at a time."""
    settings = read_settings()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = pool.map(out_of_fold, [table] * len(RUNS), RUNS, [settings[run.model] for run in RUNS])
        return dict(zip(RUNS, found, strict=True))


def measured(table: pl.DataFrame, answers: Mapping[Run, np.ndarray]) -> Measured:
    """Return what the page tells of the answers."""
    first = warning_sample(table, lead=1)
    return Measured(
        leads=tuple(_lead_curves(table, lead, answers) for lead in LEADS),
        rows=table.height,
        columns=first.plain,
        made=len(first.features) - first.plain,
    )


def _lead_curves(table: pl.DataFrame, lead: int, answers: Mapping[Run, np.ndarray]) -> LeadCurves:
    sample = warning_sample(table, lead=lead)
    populations = {"everybody": np.ones(len(sample.bad), dtype=np.bool_), "not_late": ~sample.late}
    return LeadCurves(
        lead=lead,
        month=_MONTH_NAMES[MONTHS[lead - 1]],
        rule=rule_of(sample, answers[Run(lead=lead, made=True, model="card")]),
        populations=tuple(
            Population(
                name=name,
                rows=int(own.sum()),
                bad=int(sample.bad[own].sum()),
                curves={
                    run: curve_of(log_odds[own], sample.bad[own])
                    for run, log_odds in answers.items()
                    if run.lead == lead and (name == "not_late" or not run.own)
                },
            )
            for name, own in populations.items()
        ),
    )


def page(told: Measured) -> str:
    """Write the page; every figure in it comes from `measured`."""
    there = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    there.filters["percent"] = lambda share: f"{100 * share:.1f} %"
    there.filters["count"] = lambda number: f"{number:,}"
    return there.get_template("warning_curve.md.jinja").render(bars=BARS, told=told)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="bench.warning_curve", description=(__doc__ or "").partition("\n")[0]
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--write", action="store_true")
    way.add_argument("--check", action="store_true")
    default = os.environ.get("CREDITLOOP_SHARED", str(REPOSITORY.parent / "shared"))
    parser.add_argument("--shared", type=Path, default=Path(default))
    given = parser.parse_args(arguments)
    file = given.shared / DATA
    if not file.is_file():
        print(f"{DATA} is not in {given.shared}: nothing is measured")
        return int(given.write or given.check)
    table = pl.read_parquet(file)
    told = measured(table, fit_all(table))
    text = page(told)
    if given.write:
        PAGE.write_text(text, encoding="utf-8")
    elif not given.check:
        print(text)
    missed = [name for name, bar in BARS.items() if not told.reached[name] > bar]
    for name in missed:
        print(f"missed: {name} {told.reached[name]:.4f}, bar > {BARS[name]}")
    differs = given.check and (not PAGE.is_file() or PAGE.read_text("utf-8") != text)
    if differs:
        print(f"{PAGE.relative_to(REPOSITORY)} tells other figures: write it anew with --write")
    return int(bool(missed) or differs)


if __name__ == "__main__":
    sys.exit(main())
