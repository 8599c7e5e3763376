"""Figures of a model (模型指标): a name, a segment, a value in nano, and the counts it was made from.

`measuring` makes them from frames, `alarms` judges them by the bank's thresholds, `runs` records them. Floats
of statistics end here, each turned to nano once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.kernel.money import divide_half_away

NANO = 10**9
"""A ratio of 1, in nano."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure of a model.

    Attributes:
        name: auc, ks, calibration_gap, pd_mean, bad_rate, psi_score, psi_feature, approval_rate, …
        segment: what part it is about: an outcome, a band, a feature, a group.
        value_nano: the figure; None where it is not defined (no bad, no good, nobody approved).
        numerator: what was counted, where the figure is a share; None where it is not.
        denominator: cases it was made from.
        level: none (not judged), green, yellow or red; by the row `rule` of the alarm policy.
    """

    name: str
    segment: str
    value_nano: int | None
    numerator: int | None
    denominator: int
    level: str = "none"
    rule: str = ""

    def as_record(self) -> dict[str, object]:
        """Return the figure as plain data."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def share(name: str, segment: str, part: int, whole: int) -> Metric:
    """Make a figure that is a share: exact, None of nothing."""
    value = divide_half_away(part * NANO, whole) if whole else None
    return Metric(name=name, segment=segment, value_nano=value, numerator=part, denominator=whole)


def nano_of(value: float | None) -> int | None:
    """Turn a statistic into nano, rounded to the nearest; None stays None.

    >>> nano_of(0.5)
    500000000
    """
    return None if value is None else round(value * NANO)


def check_columns(frame: pl.DataFrame, *, needed: Mapping[str, pl.DataType], what: str) -> None:
    """Refuse a frame that lacks a column, or holds it as another type.

    Raises: InputError naming the column.
    """
    for name, dtype in needed.items():
        if name not in frame.columns:
            raise InputError(f"{what} lacks the column {name!r}", got=frame.columns, expected=list(needed))
        if frame.schema[name] != dtype:
            raise InputError(
                f"{what} holds {name!r} as another type", got=str(frame.schema[name]), expected=str(dtype)
            )
