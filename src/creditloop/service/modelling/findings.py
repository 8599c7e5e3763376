"""Look at the columns before anything is fitted (建模前检查): every fault has a name, none is silent.

What cannot be fitted is left out and said. A feature that the leak probe names is left out too, unless the
plan accepts it with a reason; either way it stands in the report.
"""

from dataclasses import dataclass

import polars as pl

from creditloop.kernel.documents import Node
from creditloop.kernel.errors import InputError
from creditloop.risk import (
    BinLimits,
    CardFeature,
    ColumnFinding,
    DirectionFinding,
    column_findings,
    direction_findings,
)
from creditloop.risk.probes import LeakReport, find_leaks
from creditloop.service.modelling.plans.plan import ModelPlan
from creditloop.service.modelling.sample import Bools, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found, and which features are left to fit with."""

    columns: tuple[ColumnFinding, ...]
    directions: tuple[DirectionFinding, ...]
    leaks: LeakReport
    features: tuple[CardFeature, ...]


def look_at_columns(sample: Sample, *, plan: ModelPlan) -> tuple[ColumnFinding, ...]:
    """Name the columns that must not be fitted as they are, on the rows that are fitted on."""
    early = ~sample.late
    prebins = plan.candidates.scorecard.prebins_max
    return column_findings(
        frame=sample.frame.filter(pl.Series(early)),
        bad=sample.bad[early],
        features=sample.features,
        prebins_max=prebins,
    )


def look_further(sample: Sample, found: tuple[ColumnFinding, ...], *, plan: ModelPlan) -> Findings:
    """Probe what can be fitted for leaks, and see whether the directions stated can be kept.

    Raises: InputError if no feature is left, or the plan accepts a leak of a feature there is none of.
    """
    sound = without_faulty(sample.features, found)
    _check_left(sound, plan, "no column can be fitted")
    _check_accepted(sample, plan)
    names = [feature.name for feature in sound]
    once = _once_a_customer(sample)
    months = None if sample.months is None else sample.months.filter(once).to_list()
    leaks = find_leaks(
        frame=sample.frame.select(names).filter(once),
        bad=sample.bad[once.to_numpy()],
        seed=plan.split.seed,
        months=months,
    )
    accepted = {entry.feature for entry in plan.accepted_leaks}
    named = {leak.feature for leak in leaks.leaks} - accepted
    kept = tuple(feature for feature in sound if feature.name not in named)
    _check_left(kept, plan, "every column that can be fitted is named by the leak probe")
    early = ~sample.late
    directions = direction_findings(
        frame=sample.frame.filter(pl.Series(early)),
        bad=sample.bad[early],
        features=kept,
        limits=bin_limits(plan, rows=int(early.sum())),
    )
    return Findings(columns=found, directions=directions, leaks=leaks, features=kept)


def fit_features(
    frame: pl.DataFrame, bad: Bools, features: tuple[CardFeature, ...], *, plan: ModelPlan
) -> tuple[CardFeature, ...]:
    """Return the features that these rows can bear: in a fold a rare value may be gone."""
    prebins = plan.candidates.scorecard.prebins_max
    found = column_findings(frame=frame, bad=bad, features=features, prebins_max=prebins)
    return without_faulty(features, found)


def without_faulty(
    features: tuple[CardFeature, ...], found: tuple[ColumnFinding, ...]
) -> tuple[CardFeature, ...]:
    """Return the features without those that nothing can be fitted with."""
    faulty = {entry.column for entry in found if entry.leaves_out}
    return tuple(feature for feature in features if feature.name not in faulty)


def bin_limits(plan: ModelPlan, *, rows: int) -> BinLimits:
    """Return the limits of the scorecard's bins on so many rows."""
    return plan.candidates.scorecard.bin_limits(rows=rows)


def _once_a_customer(sample: Sample) -> pl.Series:
    """Tell one row of each customer, the last: what only names a customer again would look like a leak."""
    if sample.parties is None:
        return pl.Series([True]).new_from_index(0, len(sample.bad))
    return sample.parties.is_last_distinct()


def _check_left(features: tuple[CardFeature, ...], plan: ModelPlan, message: str) -> None:
    if not features:
        raise InputError(message, got="0 features", where={"file": plan.document.path})


def _check_accepted(sample: Sample, plan: ModelPlan) -> None:
    names = {feature.name for feature in sample.features}
    if unknown := [entry.feature for entry in plan.accepted_leaks if entry.feature not in names]:
        node: Node = plan.document.root.mapping()["accepted_leaks"]
        raise node.fail(
            "a leak is accepted of features there are none of", got=unknown, expected=sorted(names)
        )
