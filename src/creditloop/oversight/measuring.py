"""Measure a model: its scores against outcomes, and a month's distributions against the fit sample's.

Pure: frames of scores and outcomes in, figures out. A case without a score, or without an outcome, cannot be
measured; it is left out and counted (`unscored`). Where a statistic is not defined — no bad case, no good
one — the figure says None rather than guess.

Source: AUC and KS as in `risk.discrimination`, calibration as in `risk.calibration`, PSI as in
`risk.stability` (Siddiqi, Credit Risk Scorecards, 2006, chapter 8).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.kernel.money import divide_half_away
from creditloop.oversight.life import ReviewDay
from creditloop.oversight.metrics import NANO, Metric, check_columns, nano_of, share
from creditloop.risk import BinCount, auc, auc_interval, brier, calibration_table, ks, psi

_SCORED = {"score": pl.Int64(), "pd_nano": pl.Int64()}
SCORE = "score"
"""The name under which a card counts its score by bands, beside its features."""


def measure_performance(
    *, frame: pl.DataFrame, outcomes: Sequence[str], pd_of: str, bands: int
) -> tuple[Metric, ...]:
    """Measure discrimination and calibration (区分度与校准) by each outcome.

    Args:
        frame: score and pd_nano as a card gives them (null where it refers), a boolean column per outcome.
        outcomes: names of the outcome columns; each becomes a segment.
        pd_of: the outcome the card's probability is of; calibration is measured by it alone.
        bands: calibration bands, of about equal size.
    Returns: by outcome auc, ks and bad_rate; of `pd_of` brier, and by `<outcome>/<band>` pd_mean, bad_rate,
        calibration_gap (pd_mean − bad_rate: above 0 the card was too careful); over all, unscored.
    """
    check_columns(frame, needed=_SCORED | dict.fromkeys(outcomes, pl.Boolean()), what="the scored frame")
    if not frame.height:
        raise InputError("there is nothing to measure", got="0 cases")
    scored = frame.filter(pl.col("score").is_not_null())
    found = [share("unscored", "all", frame.height - scored.height, frame.height)]
    for outcome in outcomes:
        known = scored.filter(pl.col(outcome).is_not_null())
        found += _discrimination(known, outcome)
        if outcome == pd_of:
            found += _calibration(known, outcome, bands)
    return tuple(found)


def _discrimination(known: pl.DataFrame, outcome: str) -> list[Metric]:
    bad = known[outcome]
    bads, rows = int(bad.sum()), known.height
    both = 0 < bads < rows
    values = {
        "auc": auc(score=known["score"], bad=bad) if both else None,
        "ks": ks(score=known["score"], bad=bad).value if both else None,
    }
    statistics = [
        Metric(name=name, segment=outcome, value_nano=nano_of(value), numerator=bads, denominator=rows)
        for name, value in values.items()
    ]
    return [*statistics, share("bad_rate", outcome, bads, rows)]


def _calibration(known: pl.DataFrame, outcome: str, bands: int) -> list[Metric]:
    bad = known[outcome]
    if not 0 < int(bad.sum()) < known.height:
        return []
    whole = nano_of(brier(pd_nano=known["pd_nano"], bad=bad))
    found = [
        Metric(name="brier", segment=outcome, value_nano=whole, numerator=None, denominator=known.height)
    ]
    for number, band in enumerate(calibration_table(pd_nano=known["pd_nano"], bad=bad, bands=bands), 1):
        segment = f"{outcome}/{number:02}"
        expected = nano_of(band.expected)
        seen = share("bad_rate", segment, band.bad, band.rows)
        assert expected is not None and seen.value_nano is not None  # a band holds cases
        values = {"pd_mean": expected, "calibration_gap": expected - seen.value_nano}
        found.append(seen)
        found += [
            Metric(name=name, segment=segment, value_nano=value, numerator=None, denominator=band.rows)
            for name, value in values.items()
        ]
    return found


def measure_stability(*, counts: Mapping[str, Sequence[BinCount]]) -> tuple[Metric, ...]:
    """Measure how far a month's score and features have moved from the fit sample's (PSI, 群体稳定性).

    Args:
        counts: rows of the fit sample and of the month by bin, for the score (`SCORE`) and each feature, as
            `Card.bin_counts` gives them.
    Returns: psi_score for the score, psi_feature by feature; None where nobody was counted.
    """
    found = []
    for name, bins in counts.items():
        expected, actual = [count.expected for count in bins], [count.actual for count in bins]
        rows = sum(actual)
        value = psi(expected=expected, actual=actual) if rows and sum(expected) else None
        kind = "psi_score" if name == SCORE else "psi_feature"
        found.append(
            Metric(name=kind, segment=name, value_nano=nano_of(value), numerator=None, denominator=rows)
        )
    return tuple(found)


def measure_scoring(*, frame: pl.DataFrame, counts: Mapping[str, Sequence[BinCount]]) -> tuple[Metric, ...]:
    """Measure a scoring before anything came of it: what is odd about its cases, and how far all have moved.

    Args:
        frame: a column score, null where the card refers; `counts` as `measure_stability` takes them.
    Returns: unscored, the share of cases without a score; by feature unseen, the share of cases whose value
        has no bin or one the fit sample had no case in; psi_score, psi_feature.
    Raises: InputError for no cases.
    """
    if not frame.height:
        raise InputError("there is nothing to measure", got="0 cases")
    unscored = share("unscored", "all", frame["score"].null_count(), frame.height)
    unseen = (
        share("unseen", name, sum(one.actual for one in bins if not one.expected), frame.height)
        for name, bins in counts.items()
        if name != SCORE
    )
    return (unscored, *unseen, *measure_stability(counts=counts))


def measure_case(*, score: int | None, unseen: Sequence[str]) -> tuple[Metric, ...]:
    """Measure one case that was scored by itself: the figures of `measure_scoring` that one case has.

    Args:
        score: None where the card refers.
        unseen: the features whose value has no bin, or one the fit sample had no case in.
    Returns: unscored of one case, and unseen, which is 1, of these features.
    """
    return (
        share("unscored", "all", int(score is None), 1),
        *(share("unseen", name, 1, 1) for name in unseen),
    )


def measure_review(*, day: ReviewDay) -> tuple[Metric, ...]:
    """Measure by how long a model's review is overdue.

    Returns: review_overdue, in days (a day is 1, so 10^9 nano), 0 if it is not; made from the days since the
        entry it is due from.
    """
    since = day.model.next_review_due - day.model.registered_on
    late = max(0, -day.days_left)
    return (
        Metric(
            name="review_overdue",
            segment="all",
            value_nano=late * NANO,
            numerator=None,
            denominator=since.days - day.days_left,
        ),
    )


def measure_month(
    *, month: str, frame: pl.DataFrame, outcome: str, counts: Mapping[str, Sequence[BinCount]]
) -> tuple[Metric, ...]:
    """Measure what a card said in one month against what came of it, and how far the month has moved.

    Args:
        month: `2005-07`, the segment of the figures; a feature's is `2005-07/<feature>`.
        frame: score and pd_nano as the card gives them (null where it refers), a boolean column `outcome`.
        counts: as `measure_stability` takes them.
    Returns: auc with DeLong's interval (auc_low, auc_high), ks, brier, bad_rate, pd_mean, calibration_gap of
        the month as a whole, unscored; psi_score, and psi_feature (CSI) by feature. A statistic that is not
        defined is None.
    """
    check_columns(frame, needed=_SCORED | {outcome: pl.Boolean()}, what="the scored frame")
    if not frame.height:
        raise InputError("there is nothing to measure", got="0 cases", where={"month": month})
    scored = frame.filter(pl.col("score").is_not_null())
    known = scored.filter(pl.col(outcome).is_not_null())
    moved = (
        replace(one, segment=month if one.segment == SCORE else f"{month}/{one.segment}")
        for one in measure_stability(counts=counts)
    )
    unscored = share("unscored", month, frame.height - scored.height, frame.height)
    return (unscored, *_month_figures(known, month, outcome), *moved)


def _month_figures(known: pl.DataFrame, month: str, outcome: str) -> list[Metric]:
    bad = known[outcome]
    bads, rows = int(bad.sum()), known.height
    values: dict[str, float | None] = dict.fromkeys(("auc", "auc_low", "auc_high", "ks", "brier"))
    if 0 < bads < rows:
        interval = auc_interval(score=known["score"], bad=bad)
        values = {
            "auc": interval.estimate,
            "auc_low": interval.low,
            "auc_high": interval.high,
            "ks": ks(score=known["score"], bad=bad).value,
            "brier": brier(pd_nano=known["pd_nano"], bad=bad),
        }
    figures = {name: nano_of(value) for name, value in values.items()}
    rate = share("bad_rate", month, bads, rows)
    mean = divide_half_away(int(known["pd_nano"].sum()), rows) if rows else None
    figures["pd_mean"] = mean
    gap = None if mean is None or rate.value_nano is None else mean - rate.value_nano
    figures["calibration_gap"] = gap
    return [
        rate,
        *(
            Metric(name=name, segment=month, value_nano=value, numerator=None, denominator=rows)
            for name, value in figures.items()
        ),
    ]
