"""Whether outcomes are fair (公平性检验): how a strategy treats the groups of people it may not look at.

Protected attributes never decide; they are read here for the purpose `fairness` alone. A gap is shown, not
explained away: approval rates may differ because risk differs, so bad rates among the approved and the
score's own discrimination within each group stand beside them.
"""

from collections.abc import Sequence

import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.kernel.money import divide_half_away
from creditloop.oversight.metrics import NANO, Metric, check_columns, nano_of, share
from creditloop.risk import auc

_NEEDED = {"score": pl.Int64(), "approved": pl.Boolean(), "bad": pl.Boolean()}


def measure_fairness(
    *, frame: pl.DataFrame, attributes: Sequence[str], counted_min: int
) -> tuple[Metric, ...]:
    """Measure how each group of each attribute is treated.

    Args:
        frame: score (null where the card refers), approved, bad (null where not known), and a text column
            per attribute; a person without a value is the group `not_known`.
        attributes: e.g. sex, marriage, education, age_band.
        counted_min: the best-treated group is sought among groups of at least so many cases, so that three
            people who were all approved are no yardstick; where there is none, all are candidates.
    Returns: by `<attribute>=<group>`, groups in order of their text: approval_rate, approval_ratio (to the
        best-treated group of the attribute), bad_rate_approved, score_mean (points, not a ratio), auc_within.
    """
    check_columns(frame, needed=_NEEDED | dict.fromkeys(attributes, pl.String()), what="the fairness frame")
    if not frame.height:
        raise InputError("there is nothing to measure", got="0 cases")
    found: list[Metric] = []
    for attribute in attributes:
        named = frame.with_columns(pl.col(attribute).fill_null("not_known"))
        parts = {str(key[0]): part for key, part in named.partition_by(attribute, as_dict=True).items()}
        best = _best_rate(parts, counted_min)
        for group in sorted(parts):
            found += _of_group(parts[group], f"{attribute}={group}", best)
    return tuple(found)


def _best_rate(parts: dict[str, pl.DataFrame], counted_min: int) -> tuple[int, int]:
    """Return the approvals and cases of the best-treated group."""
    counts = [(int(part["approved"].sum()), part.height) for part in parts.values()]
    large = [count for count in counts if count[1] >= counted_min] or counts
    return max(large, key=lambda count: (divide_half_away(count[0] * NANO, count[1]), count[1]))


def _of_group(part: pl.DataFrame, segment: str, best: tuple[int, int]) -> list[Metric]:
    approved = part.filter(pl.col("approved"))
    known = approved.filter(pl.col("bad").is_not_null())
    scored = part.filter(pl.col("score").is_not_null())
    judged = scored.filter(pl.col("bad").is_not_null())
    points = int(scored["score"].sum())
    bads = int(judged["bad"].sum())
    both = 0 < bads < judged.height
    return [
        share("approval_rate", segment, approved.height, part.height),
        _ratio(segment, approved.height, part.height, best),
        share("bad_rate_approved", segment, int(known["bad"].sum()), known.height),
        share("score_mean", segment, points, scored.height),
        Metric(
            name="auc_within",
            segment=segment,
            value_nano=nano_of(auc(score=judged["score"], bad=judged["bad"]) if both else None),
            numerator=bads,
            denominator=judged.height,
        ),
    ]


def _ratio(segment: str, approved: int, rows: int, best: tuple[int, int]) -> Metric:
    best_approved, best_rows = best
    value = divide_half_away(approved * best_rows * NANO, rows * best_approved) if best_approved else None
    return Metric(name="approval_ratio", segment=segment, value_nano=value, numerator=None, denominator=rows)
