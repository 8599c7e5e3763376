"""A pd against what came, month by month and segment by segment (分时段、分客群验证).

Every figure has its interval, so that a bad month and a small one are not taken for each other; a group with
too few rows or outcomes is said to be too small, and what still can be counted of it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.measures.calibration import CalibrationBand, brier, calibration_table, checked_pds
from creditloop.risk.measures.discrimination import ks
from creditloop.risk.measures.intervals import AucInterval, auc_interval
from creditloop.risk.measures.outcomes import Bools, Floats, checked_bad
from creditloop.risk.measures.swap_set import Interval, check_draws


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFigures:
    """How a pd does in one month or segment.

    Attributes:
        group: its name, as text.
        too_small: fewer rows, bads or goods than asked for: its figures are shown, and prove nothing.
        auc: with DeLong's interval; ks: with a bootstrap interval; None where there is one outcome only.
        brier: mean of (pd - bad)².
        calibration: mean pd and bad rate with Wilson's interval, the group as one band.
    """

    group: str
    rows: int
    bad: int
    too_small: bool
    auc: AucInterval | None
    ks: Interval | None
    brier: float
    calibration: CalibrationBand


def validate_by_time(
    *,
    pd_nano: npt.ArrayLike,
    bad: npt.ArrayLike,
    months: Sequence[object],
    rows_min: int,
    outcomes_min: int,
    draws: int,
    seed: int,
) -> tuple[GroupFigures, ...]:
    """Measure a pd in each month, the earliest first; as `validate_by_segment`, but each row has a month.

    Raises: InputError as there, and for a row without a month.
    """
    column = pl.Series("month", months, strict=False)
    if column.null_count():
        raise InputError("every row has a month", got=f"{column.null_count()} without")
    return _validated(pd_nano, bad, column, (rows_min, outcomes_min), draws, seed)


def validate_by_segment(
    *,
    pd_nano: npt.ArrayLike,
    bad: npt.ArrayLike,
    segments: Sequence[object],
    no_record: str,
    rows_min: int,
    outcomes_min: int,
    draws: int,
    seed: int,
) -> tuple[GroupFigures, ...]:
    """Measure a pd in each segment (客群), in the order of their names.

    Args:
        pd_nano: (n,) billionths; bad: (n,) of 0/1 or booleans.
        segments: (n,) names; None is a customer without a record (无征信记录), a segment of its own.
        no_record: what that segment is called.
        rows_min, outcomes_min: fewer rows, or bads or goods, are too small to judge by.
        draws, seed: of the bootstrap of KS, as `swap_set`.
    Raises: InputError for no rows, columns of different length, what is no pd, too few draws.
    """
    column = pl.Series("segment", segments, strict=False).cast(pl.String).fill_null(no_record)
    return _validated(pd_nano, bad, column, (rows_min, outcomes_min), draws, seed)


def _validated(
    pd_nano: npt.ArrayLike,
    bad: npt.ArrayLike,
    groups: pl.Series,
    least: tuple[int, int],
    draws: int,
    seed: int,
) -> tuple[GroupFigures, ...]:
    outcomes = checked_bad(bad)
    pds = checked_pds(pd_nano, rows=len(outcomes))
    if len(groups) != len(outcomes):
        raise InputError("every row has a group", got=len(groups), expected=len(outcomes))
    check_draws(draws, seed)
    names = groups.unique().sort().to_list()
    return tuple(
        _figures(str(name), pds[at], outcomes[at], least, draws, seed)
        for name in names
        for at in [(groups == name).to_numpy()]
    )


def _figures(
    name: str, pds: Floats, bad: Bools, least: tuple[int, int], draws: int, seed: int
) -> GroupFigures:
    rows, bads = len(bad), int(bad.sum())
    both = 0 < bads < rows
    return GroupFigures(
        group=name,
        rows=rows,
        bad=bads,
        too_small=rows < least[0] or min(bads, rows - bads) < least[1],
        auc=auc_interval(score=-pds, bad=bad) if both else None,
        ks=_ks_interval(pds, bad, draws, seed) if both else None,
        brier=brier(pd_nano=pds, bad=bad),
        calibration=calibration_table(pd_nano=pds, bad=bad, bands=1)[0],
    )


def _ks_interval(pds: Floats, bad: Bools, draws: int, seed: int) -> Interval:
    """Return KS with a percentile bootstrap interval of 95 %, bads and goods resampled apart."""
    rng = np.random.default_rng(seed)
    _, place = np.unique(pds, return_inverse=True)
    parts, count = (place[bad], place[~bad]), int(place.max()) + 1
    found = np.empty(draws)
    for draw in range(draws):
        shares = [
            np.cumsum(np.bincount(part[rng.integers(0, len(part), len(part))], minlength=count)) / len(part)
            for part in parts
        ]
        found[draw] = np.abs(shares[0] - shares[1]).max()
    low, high = np.percentile(found, (2.5, 97.5))
    return Interval(estimate=ks(score=-pds, bad=bad).value, low=float(low), high=float(high), draws=draws)
