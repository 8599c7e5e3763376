"""A model's figures as pictures (模型指标图): KS curve, lift and calibration by band, and month by month.

Everything is drawn from figures on record, so that each number leads to the row it was recorded in. Bands are
those the calibration was measured in, the safest first; a KS curve over bands lies below the exact one, which
the figure's own page draws score by score.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from creditloop.oversight import Metric
from creditloop.risk import wilson_interval
from creditloop.service.console.charts import Series, line_chart
from creditloop.service.console.figures import decimal, percent, ratio
from creditloop.service.console.words import Words

_NANO = 10**9
MONTH_FIGURES = ("auc", "ks", "brier", "bad_rate", "pd_mean", "calibration_gap", "psi_score")


@dataclass(frozen=True, slots=True, kw_only=True)
class BandLine:
    """A band of calibration with what is made of it, ratios in nano.

    Attributes:
        found: the figures recorded of it, by name.
        low_nano, high_nano: Wilson's interval of 95 % about the bad rate.
        bad_share_nano, good_share_nano: of all bad and good cases, up to this band from the riskiest.
        lift_nano: its bad rate over that of all.
    """

    number: int
    found: Mapping[str, Metric]
    low_nano: int
    high_nano: int
    bad_share_nano: int | None
    good_share_nano: int | None
    gap_nano: int | None
    lift_nano: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthLine:
    """The figures of one month, by name, with Wilson's interval of the bad rate."""

    month: str
    found: Mapping[str, Metric]
    low_nano: int | None
    high_nano: int | None


def band_lines(metrics: Sequence[Metric], *, outcome: str) -> list[BandLine]:
    """Return the bands of an outcome from the riskiest to the safest, with shares, gap and lift."""
    bands: dict[str, dict[str, Metric]] = {}
    for one in metrics:
        if one.segment.startswith(f"{outcome}/"):
            bands.setdefault(one.segment, {})[one.name] = one
    whole = [found for _, found in sorted(bands.items(), reverse=True) if "bad_rate" in found]
    rows_all = sum(found["bad_rate"].denominator for found in whole)
    bads_all = sum(found["bad_rate"].numerator or 0 for found in whole)
    lines, bad_so_far, good_so_far = list[BandLine](), 0, 0
    for found in whole:
        rows, bad = found["bad_rate"].denominator, found["bad_rate"].numerator or 0
        bad_so_far, good_so_far = bad_so_far + bad, good_so_far + rows - bad
        bad_share, good_share = ratio(bad_so_far, bads_all), ratio(good_so_far, rows_all - bads_all)
        low, high = interval_nano(found["bad_rate"])
        lines.append(
            BandLine(
                number=int(found["bad_rate"].segment.partition("/")[2]),
                found=found,
                low_nano=low or 0,
                high_nano=high or 0,
                bad_share_nano=bad_share,
                good_share_nano=good_share,
                gap_nano=None if bad_share is None or good_share is None else abs(bad_share - good_share),
                lift_nano=ratio(bad * rows_all, rows * bads_all),
            )
        )
    return lines


def interval_nano(rate: Metric) -> tuple[int | None, int | None]:
    """Return Wilson's interval of 95 % about a share, in nano; None of nothing."""
    if rate.numerator is None or not rate.denominator:
        return None, None
    low, high = wilson_interval(rate.numerator, rate.denominator)
    return round(low * _NANO), round(high * _NANO)


def ks_curve(lines: Sequence[BandLine], words: Words) -> Markup:
    """Draw the shares of all bad and all good cases up to each band, from the riskiest."""
    return line_chart(
        title=words("model.ks_curve"),
        labels=[str(one.number) for one in lines],
        series=[
            _percents(words("measurement.bad_share"), [one.bad_share_nano for one in lines]),
            _percents(words("measurement.good_share"), [one.good_share_nano for one in lines]),
        ],
    )


def lift_curve(lines: Sequence[BandLine], words: Words) -> Markup:
    """Draw the lift of each band, from the riskiest; at 1 a band is as bad as all."""
    lifts = [one.lift_nano for one in lines]
    return line_chart(
        title=words("model.lift"),
        labels=[str(one.number) for one in lines],
        series=[
            Series(
                name=words("model.lift"),
                values=[None if one is None else one / _NANO for one in lifts],
                texts=[decimal(one, 2) for one in lifts],
            )
        ],
    )


def calibration_curve(lines: Sequence[BandLine], words: Words, *, label: str) -> Markup:
    """Draw the mean pd of each band beside the bad rate seen and its interval, the safest band first."""
    safest = list(reversed(lines))
    told = [one.found["pd_mean"].value_nano if "pd_mean" in one.found else None for one in safest]
    return line_chart(
        title=f"{words('model.calibration')} {label}",
        labels=[str(one.number) for one in safest],
        series=[
            _percents(words.of("metric", "pd_mean"), told),
            _percents(words.of("metric", "bad_rate"), [one.found["bad_rate"].value_nano for one in safest]),
            _percents(words("model.low"), [one.low_nano for one in safest]),
            _percents(words("model.high"), [one.high_nano for one in safest]),
        ],
    )


def month_lines(metrics: Sequence[Metric]) -> list[MonthLine]:
    """Return the figures of a monthly measurement by month, in order of time."""
    months: dict[str, dict[str, Metric]] = {}
    for one in metrics:
        if "/" not in one.segment:
            months.setdefault(one.segment, {})[one.name] = one
    lines = []
    for month, found in sorted(months.items()):
        low, high = interval_nano(found["bad_rate"]) if "bad_rate" in found else (None, None)
        lines.append(MonthLine(month=month, found=found, low_nano=low, high_nano=high))
    return lines


def month_drift(metrics: Sequence[Metric]) -> list[tuple[str, list[Metric | None]]]:
    """Return PSI of the score and CSI of each feature (lines) by month (columns)."""
    months = [line.month for line in month_lines(metrics)]
    by_place: dict[tuple[str, str], Metric] = {}
    for one in metrics:
        month, _, feature = one.segment.partition("/")
        if one.name in {"psi_score", "psi_feature"}:
            by_place[feature or "score", month] = one
    names = dict.fromkeys(["score", *(name for name, _ in by_place)] if by_place else [])
    return [(name, [by_place.get((name, month)) for month in months]) for name in names]


def months_curve(lines: Sequence[MonthLine], words: Words) -> Markup:
    """Draw AUC with its interval and KS by month."""
    named = {
        name: [line.found[name].value_nano if name in line.found else None for line in lines]
        for name in ("auc", "ks", "auc_low", "auc_high")
    }
    return line_chart(
        title=words("model.months"),
        labels=[line.month for line in lines],
        series=[
            Series(
                name=words.of("metric", name),
                values=[None if one is None else one / _NANO for one in values],
                texts=[decimal(one) for one in values],
            )
            for name, values in named.items()
        ],
    )


def _percents(name: str, values: Sequence[int | None]) -> Series:
    drawn = [None if one is None else one / 10**7 for one in values]
    return Series(name=name, values=drawn, texts=[percent(one) for one in values])
