"""How a model and its cut-off treat groups of people (公平性报告), with intervals where chance plays a part.

Protected attributes never decide; they are read here to see what others decided. A gap is shown, not
explained away: approval rates may differ because risk differs, so the bad rate, discrimination and
calibration within each group stand beside them. `oversight.measure_fairness` records the same ratios of
live decisions; this is the report of a model before it goes live.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.kernel.money import divide_half_away
from creditloop.risk.binning.bins import NANO, nano_from_float
from creditloop.risk.measures.calibration import CalibrationBand, calibration_table, checked_pds
from creditloop.risk.measures.intervals import AucInterval, auc_interval
from creditloop.risk.measures.outcomes import Bools, Ints, checked_bad

NOT_KNOWN = "not_known"
"""The group of those without a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTreatment:
    """One group of one attribute.

    Attributes:
        approval_rate_nano: approved of all; impact_ratio_nano: to the best-treated group's (adverse impact
            ratio); None where that approves nobody.
        pd_mean_nano: of all; pd_gap_nano: less that of everybody else; None where there is nobody else.
        bad_rate_nano, bad_rate_approved_nano: None where there are none.
        auc: within the group; None with one outcome.
        calibration: the group as one band of mean pd and bad rate, with Wilson's interval.
        too_small: fewer rows than counted: shown, and no yardstick.
    """

    group: str
    rows: int
    approved: int
    bad: int
    approval_rate_nano: int
    impact_ratio_nano: int | None
    pd_mean_nano: int
    pd_gap_nano: int | None
    bad_rate_nano: int
    bad_rate_approved_nano: int | None
    auc: AucInterval | None
    calibration: CalibrationBand
    too_small: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeTreatment:
    """One attribute: `best` is the group that impact ratios are to; groups in the order of their names."""

    attribute: str
    best: str
    groups: tuple[GroupTreatment, ...]


def report_fairness(
    *,
    attributes: pl.DataFrame,
    approved: npt.ArrayLike,
    pd_nano: npt.ArrayLike,
    bad: npt.ArrayLike,
    counted_min: int,
) -> tuple[AttributeTreatment, ...]:
    """Set the groups of each protected attribute beside each other.

    Args:
        attributes: a column each (sex, marriage, age in bands by `bands_of`); codes and texts are names of
            groups, null is the group `not_known`.
        approved: (n,) booleans; pd_nano: (n,) billionths; bad: (n,) of 0/1.
        counted_min: the best-treated group is sought among groups of so many rows; if there is none, in all.
    Raises: InputError for no attribute, columns of different length, nulls, what is no pd.
    """
    outcomes, chosen = checked_bad(bad), checked_bad(approved, name="approved")
    pds = checked_pds(pd_nano, rows=len(outcomes)).astype(np.int64)
    if not attributes.width or attributes.height != len(outcomes) or len(chosen) != len(outcomes):
        raise InputError(
            "attributes, approvals and outcomes must have the same rows",
            got=(attributes.width, attributes.height, len(chosen), len(outcomes)),
        )
    return tuple(
        _attribute(column, chosen, pds, outcomes, counted_min) for column in attributes.iter_columns()
    )


def bands_of(*, values: pl.Series, starts: Sequence[int]) -> pl.Series:
    """Name the band of each number (年龄段): `below_25`, `25_39`, `40_and_over`; null stays null.

    Args:
        starts: where each band but the lowest begins, ascending whole numbers.
    Raises: InputError if they are not.

    >>> bands_of(values=pl.Series("age", [18, 25, 39, 60]), starts=[25, 40]).to_list()
    ['below_25', '25_39', '25_39', '40_and_over']
    """
    if not starts or list(starts) != sorted(set(starts)):
        raise InputError("bands begin at ascending whole numbers", got=list(starts))
    ends = [f"{low}_{high - 1}" for low, high in pairwise(starts)]
    names = [f"below_{starts[0]}", *ends, f"{starts[-1]}_and_over"]
    found = np.searchsorted(np.asarray(starts), values.cast(pl.Float64).fill_null(0).to_numpy(), side="right")
    named = pl.Series(values.name, [names[int(at)] for at in found], dtype=pl.String)
    return named.to_frame().select(pl.when(values.is_not_null()).then(pl.col(values.name)))[values.name]


def groups_of(column: pl.Series) -> pl.Series:
    """Return the names of groups as texts, null as `not_known`."""
    return column.cast(pl.String).fill_null(NOT_KNOWN)


def _attribute(
    column: pl.Series, approved: Bools, pds: Ints, bad: Bools, counted_min: int
) -> AttributeTreatment:
    names = groups_of(column)
    places = {str(name): (names == name).to_numpy() for name in names.unique().sort().to_list()}
    counts = {name: (int(approved[at].sum()), int(at.sum())) for name, at in places.items()}
    large = {name: count for name, count in counts.items() if count[1] >= counted_min} or counts
    best = max(
        large, key=lambda name: (divide_half_away(large[name][0] * NANO, large[name][1]), large[name][1])
    )
    groups = tuple(
        _treatment(name, at, approved, pds, bad, counts[best], counted_min) for name, at in places.items()
    )
    return AttributeTreatment(attribute=column.name, best=best, groups=groups)


def _treatment(
    name: str, at: Bools, approved: Bools, pds: Ints, bad: Bools, best: tuple[int, int], counted_min: int
) -> GroupTreatment:
    rows, chosen, bads = int(at.sum()), int(approved[at].sum()), int(bad[at].sum())
    others = ~at
    gap = float(pds[at].mean() - pds[others].mean()) / NANO if others.any() else None
    return GroupTreatment(
        group=name,
        rows=rows,
        approved=chosen,
        bad=bads,
        approval_rate_nano=divide_half_away(chosen * NANO, rows),
        impact_ratio_nano=divide_half_away(chosen * best[1] * NANO, rows * best[0]) if best[0] else None,
        pd_mean_nano=divide_half_away(int(pds[at].sum()), rows),
        pd_gap_nano=None if gap is None else nano_from_float(gap),
        bad_rate_nano=divide_half_away(bads * NANO, rows),
        bad_rate_approved_nano=(
            divide_half_away(int(bad[at & approved].sum()) * NANO, chosen) if chosen else None
        ),
        auc=auc_interval(score=-pds[at], bad=bad[at]) if 0 < bads < rows else None,
        calibration=calibration_table(pd_nano=pds[at], bad=bad[at], bands=1)[0],
        too_small=rows < counted_min,
    )
