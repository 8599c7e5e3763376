"""Measure every candidate on the same folds (交叉验证), and, where rows come later, on those (时间外)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from creditloop.risk import CardFeature
from creditloop.risk.boosting import fold_of
from creditloop.service.modelling.candidates import Fitted, fit_candidate
from creditloop.service.modelling.figures import Figures, Floats, Ints, mean_and_sd, measured
from creditloop.service.modelling.findings import fit_features
from creditloop.service.modelling.plans.plan import CARDS, CandidateKind, ChoicePlan, ModelPlan
from creditloop.service.modelling.sample import Bools, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """A candidate measured.

    Attributes:
        out_of_fold: (n,) log-odds of bad of the rows that are fitted on, by models that never saw the row.
        folds: figures of each fold.
        late: log-odds of the later rows by the candidate fitted on all earlier ones; None without any.
        late_figures: figures of those.
    """

    kind: CandidateKind
    out_of_fold: Floats
    folds: tuple[Figures, ...]
    late: Floats | None
    late_figures: Figures | None

    @property
    def auc_nano(self) -> int:
        """The mean AUC over folds, which the rule of choice goes by."""
        return mean_and_sd(self.folds)["auc_nano"]

    def as_record(self) -> dict[str, object]:
        """Return the figures as plain data."""
        return {
            "kind": self.kind.value,
            "is_card": self.kind in CARDS,
            "white_box": self.kind is not CandidateKind.CHALLENGER,
            **mean_and_sd(self.folds),
            "folds": [one.as_record() for one in self.folds],
            "out_of_time": None if self.late_figures is None else self.late_figures.as_record(),
        }


def cross_fit(
    kind: CandidateKind,
    sample: Sample,
    features: tuple[CardFeature, ...],
    *,
    plan: ModelPlan,
    step: Callable[[], None],
) -> Crossed:
    """Fit a candidate without each fold and judge that fold; `step` is called after each fit."""
    early = np.flatnonzero(~sample.late)
    bad, frame = sample.bad[early], sample.frame[early]
    fold = folds_of(sample, folds=plan.split.folds, seed=plan.split.seed)
    out_of_fold, figures = np.empty(len(bad)), list[Figures]()
    for number in range(plan.split.folds):
        own = fold == number
        fitted = fit_on(kind, frame.filter(pl.Series(~own)), bad[~own], features, plan=plan)
        out_of_fold[own] = fitted.log_odds(frame.filter(pl.Series(own)))
        figures.append(measured(out_of_fold[own], bad[own], bands=plan.validation.bands))
        step()
    late, late_figures = None, None
    if sample.late.any():
        whole = fit_on(kind, frame, bad, features, plan=plan)
        late = whole.log_odds(sample.frame.filter(pl.Series(sample.late)))
        late_figures = measured(late, sample.bad[sample.late], bands=plan.validation.bands)
        step()
    return Crossed(
        kind=kind, out_of_fold=out_of_fold, folds=tuple(figures), late=late, late_figures=late_figures
    )


def folds_of(sample: Sample, *, folds: int, seed: int) -> Ints:
    """Return the fold of each row that is fitted on; all rows of a customer stand in one.

    Where customers have several rows, they are parted by whether they were ever bad.
    """
    early = ~sample.late
    bad = sample.bad[early]
    if sample.parties is None:
        return fold_of(bad, folds=folds, seed=seed)
    rows = pl.DataFrame({"party": sample.parties.filter(pl.Series(early)), "bad": bad})
    parties = rows.group_by("party", maintain_order=True).agg(pl.col("bad").any())
    fold = fold_of(parties["bad"].to_numpy(), folds=folds, seed=seed)
    told = parties.select("party").with_columns(fold=pl.Series(fold))
    return rows.join(told, on="party", how="left", maintain_order="left")["fold"].to_numpy()


def fit_on(
    kind: CandidateKind,
    frame: pl.DataFrame,
    bad: Bools,
    features: tuple[CardFeature, ...],
    *,
    plan: ModelPlan,
) -> Fitted:
    """Fit a candidate on rows, with the features these rows can bear."""
    return fit_candidate(
        kind, frame=frame, bad=bad, features=fit_features(frame, bad, features, plan=plan), plan=plan
    )


def chosen_card(crossed: Sequence[Crossed], *, choice: ChoicePlan) -> CandidateKind:
    """Return the card that the plan's rule takes: the first preferred one near enough to the best."""
    auc_nano = {one.kind: one.auc_nano for one in crossed if one.kind in CARDS}
    best = max(auc_nano.values())
    return next(kind for kind in choice.prefer if auc_nano[kind] >= best - choice.within_nano)


def costs(crossed: Sequence[Crossed]) -> dict[str, object]:
    """Return what reading costs and what splitting costs, in AUC; None where it was not measured.

    The cost of a white box is the challenger's AUC less the best card's, that of splitting by source the
    boosted card's less the fused one's. Below zero nothing is paid.
    """
    auc_nano = {one.kind: one.auc_nano for one in crossed}
    card = max(auc_nano[kind] for kind in CARDS if kind in auc_nano)
    challenger = auc_nano.get(CandidateKind.CHALLENGER)
    joint, fused = auc_nano.get(CandidateKind.BOOSTED_CARD), auc_nano.get(CandidateKind.FUSED)
    return {
        "white_box_nano": None if challenger is None else challenger - card,
        "splitting_nano": None if joint is None or fused is None else joint - fused,
        "simplicity_nano": None if joint is None else joint - auc_nano[CandidateKind.SCORECARD],
    }
