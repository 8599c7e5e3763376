"""The report on a data set (外部验证): every model by fold, what leaks, how groups are treated."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context

import numpy as np
import polars as pl
from conformance.credit.dataset import NANO, Description, Sample
from conformance.credit.figures import Figures, mean_and_sd, measured
from conformance.credit.judging import WHITE_BOX, FoldAnswers, SuiteSettings, judge_fold
from sklearn.model_selection import StratifiedKFold

from creditloop.kernel.errors import InputError
from creditloop.risk.measures.outcomes import Bools, Floats, Ints
from creditloop.risk.probes import AttributeTreatment, LeakReport, bands_of, find_leaks, report_fairness

_APPROVED_SHARE = 0.7
"""The share of customers counted as approved in the report on fairness: those of the least pd."""
_COUNTED_MIN = 30
_AGES = (25, 35, 45, 55, 65)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFigures:
    """A model's figures by fold."""

    name: str
    white_box: bool
    folds: tuple[Figures, ...]

    def as_record(self) -> dict[str, object]:
        """Return means and deviations over folds, and the folds."""
        found: dict[str, object] = {"name": self.name, "white_box": self.white_box}
        for figure in ("auc", "ks", "brier", "calibration"):
            mean, sd = mean_and_sd([getattr(fold, figure) for fold in self.folds])
            found |= {figure: round(mean, 6), f"{figure}_sd": round(sd, 6)}
        return {**found, "folds": [fold.as_record() for fold in self.folds]}

    @property
    def auc(self) -> float:
        """Mean AUC over the folds."""
        return mean_and_sd([fold.auc for fold in self.folds])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditReport:
    """What was found of a data set."""

    name: str
    rows: int
    bad: int
    models: tuple[ModelFigures, ...]
    leaks: LeakReport
    fairness: tuple[AttributeTreatment, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]
    told: tuple[Mapping[str, object], ...]
    columns: Mapping[str, str]

    def as_record(self) -> dict[str, object]:
        """Return the report as plain data."""
        return {
            "dataset": self.name,
            "rows": self.rows,
            "bad": self.bad,
            "models": [model.as_record() for model in self.models],
            "leaks": [self._named(leak.as_record()) for leak in self.leaks.leaks],
            "noted": [self._named(noted.as_record()) for noted in self.leaks.noted],
            "row_order_tells": self.leaks.order_tells,
            "columns_bound": self.leaks.columns_bound,
            "fairness": [asdict(attribute) for attribute in self.fairness],
            "left_out": list(self.left_out),
            "notes": list(self.notes),
            "told": list(self.told),
        }

    def _named(self, record: Mapping[str, object]) -> dict[str, object]:
        """Return a record with the feature called as the file calls its column."""
        return {**record, "feature": self.columns[str(record["feature"])]}


def judge_set(
    described: Description, sample: Sample, *, settings: SuiteSettings, workers: int
) -> CreditReport:
    """Fit and judge every model on every fold, and look for leaks in the whole set.

    Args:
        workers: processes that fit folds at once; the answer is the same for any number.
    """
    folds = [*_folds(described, sample)]
    trained, judged = zip(*folds, strict=True)
    # started anew rather than forked: threads of the libraries do not survive a fork
    with ProcessPoolExecutor(max_workers=workers, mp_context=get_context("spawn")) as pool:
        leaks = pool.submit(find_leaks, frame=sample.values, bad=sample.bad, seed=described.seed)
        answers = list(pool.map(partial(_judged, sample, settings), trained, judged))
        found = leaks.result()
    return CreditReport(
        name=described.name,
        rows=sample.frame.height,
        bad=int(sample.bad.sum()),
        models=tuple(
            ModelFigures(
                name=name,
                white_box=white,
                folds=tuple(measured(fold.log_odds[name], sample.bad[fold.rows]) for fold in answers),
            )
            for name, white in WHITE_BOX.items()
        ),
        leaks=found,
        fairness=_fairness(described, sample, answers),
        left_out=tuple(dict.fromkeys(text for fold in answers for text in fold.left_out)),
        notes=sample.notes,
        told=tuple(fold.told for fold in answers),
        columns=sample.columns,
    )


def _judged(sample: Sample, settings: SuiteSettings, train: Ints, test: Ints) -> FoldAnswers:
    return judge_fold(sample, train, test, settings=settings)


def _folds(described: Description, sample: Sample) -> Iterator[tuple[Ints, Ints]]:
    if described.time_split is None:
        seed = described.fold_seed if described.shuffle else None
        cut = StratifiedKFold(described.folds, shuffle=described.shuffle, random_state=seed)
        yield from cut.split(np.zeros(len(sample.bad)), sample.bad)
        return
    assert sample.when is not None
    early = (sample.when <= described.time_split.train_until).fill_null(value=False).to_numpy()
    for rows, name in ((early, "fitted on"), (~early, "judged")):
        bad = int(sample.bad[rows].sum())
        if not 0 < bad < int(rows.sum()):
            raise InputError(
                f"rows {name} by the split by time have one outcome only",
                got=f"{bad} bad of {int(rows.sum())}",
                where={"column": described.time_split.column},
            )
    yield np.flatnonzero(early), np.flatnonzero(~early)


def _fairness(
    described: Description, sample: Sample, answers: Sequence[FoldAnswers]
) -> tuple[AttributeTreatment, ...]:
    """Return how the joint card treats groups, out of fold, where the safest are approved."""
    attributes = _attributes(described, sample)
    if not attributes.width:
        return ()
    rows = np.concatenate([fold.rows for fold in answers])
    log_odds = np.concatenate([fold.log_odds["joint_card"] for fold in answers])
    pd = 1 / (1 + np.exp(-log_odds))
    return report_fairness(
        attributes=attributes[rows],
        approved=_approved(pd),
        pd_nano=np.round(pd * NANO).astype(np.int64),
        bad=sample.bad[rows],
        counted_min=_COUNTED_MIN,
    )


def _approved(pd: Floats) -> Bools:
    found: Bools = pd <= np.quantile(pd, _APPROVED_SHARE)
    return found


def _attributes(described: Description, sample: Sample) -> pl.DataFrame:
    found = sample.protected
    if described.age is None:
        return found
    bands = bands_of(values=found[described.age].cast(pl.Int64), starts=_AGES)
    return found.with_columns(bands.alias(described.age))
