"""How values were written down (记录痕迹): missing, patterns of digits, ids, groups that are decided.

What a customer is may tell of the outcome; how it was recorded should not. Each function measures one trace
and leaves the judgement to `leaks`.
"""

import math
from dataclasses import dataclass

import numpy as np

from creditloop.risk.measures.calibration import wilson_interval
from creditloop.risk.measures.outcomes import Bools, Floats
from creditloop.risk.probes.coding import EXACT, CodedColumn

_MULTIPLES = (2, 5, 10, 12, 100, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A yes-or-no of the recording, set against the outcome.

    Attributes:
        share_bad, share_good: how often it is so among bads and among goods.
        gap, error: the difference of the shares (for a pattern: among equal values), its standard error.
        bad_rate, bad_rate_rest: of the rows where it is so, and of the others; nan where there are none.
    """

    name: str
    rows: int
    share_bad: float
    share_good: float
    gap: float
    error: float
    bad_rate: float
    bad_rate_rest: float

    @property
    def surely(self) -> float:
        """The part of the gap that is not chance: three standard errors less, at least 0."""
        return max(0.0, abs(self.gap) - 3 * self.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A group of rows that one column puts beyond doubt.

    Attributes:
        kind: bad or good; rows; `bad` of them; `share` of all such outcomes that are in it.
        rate: its bad rate, `low` and `high` Wilson's interval; `places` which rows.
    """

    kind: str
    rows: int
    bad: int
    share: float
    rate: float
    low: float
    high: float
    places: Bools


def missing_trace(*, column: CodedColumn, bad: Bools) -> Trace:
    """Set being missing against the outcome."""
    return _trace("missing", column.missing, bad, np.ones(len(bad), dtype=bool))


def pattern_traces(*, column: CodedColumn, bad: Bools) -> tuple[Trace, ...]:
    """Set patterns of a number's digits against the outcome, among rows of equal codes where codes are wide.

    Whole numbers, multiples of 2, 5, 10, 12, 100 and 1000 (0 is none), exact values that occur again.
    """
    if column.numbers is None or column.ranked:
        return ()
    known = ~column.missing & (np.abs(np.nan_to_num(column.numbers)) < EXACT)
    numbers = np.where(known, np.nan_to_num(column.numbers, posinf=0, neginf=0), 0.5)
    whole = known & (numbers == np.floor(numbers))
    patterns = {"whole number": whole}
    patterns |= {f"multiple of {n}": whole & (numbers != 0) & (numbers % n == 0) for n in _MULTIPLES}
    values, place, rows = np.unique(numbers, return_inverse=True, return_counts=True)
    patterns["repeated value"] = known & (rows[place] > 1) & (len(values) > 0)
    return tuple(
        _within_codes(_trace(name, pattern, bad, known), pattern, column, bad, known)
        for name, pattern in patterns.items()
        if 0 < pattern[known].sum() < known.sum() and 0 < bad[known].sum() < known.sum()
    )


def is_id(*, column: CodedColumn) -> bool:
    """Tell whether a column names its rows: a whole number in each, no two alike."""
    if column.numbers is None or column.missing.any():
        return False
    numbers = column.numbers
    return bool((numbers == np.floor(numbers)).all()) and len(np.unique(numbers)) == len(numbers)


def decided_groups(*, rates: Floats, bad: Bools) -> tuple[Decided, ...]:
    """Find rows whose bad rate by their code, learnt on other rows, is high, or far below the sample's."""
    groups = {"bad": rates >= 0.8, "good": rates <= float(bad.mean()) / 20}
    found = list[Decided]()
    for kind, places in groups.items():
        rows, ones = int(places.sum()), int(bad[places].sum())
        if not rows:
            continue
        low, high = wilson_interval(ones, rows)
        counted = ones if kind == "bad" else rows - ones
        share = counted / int((bad if kind == "bad" else ~bad).sum())
        found.append(
            Decided(
                kind=kind,
                rows=rows,
                bad=ones,
                share=share,
                rate=ones / rows,
                low=low,
                high=high,
                places=places,
            )
        )
    return tuple(found)


def _trace(name: str, so: Bools, bad: Bools, known: Bools) -> Trace:
    shares = [float(so[known & part].mean()) if (known & part).any() else 0.0 for part in (bad, ~bad)]
    counts = [max(1, int((known & part).sum())) for part in (bad, ~bad)]
    error = math.sqrt(sum(float(_variance(s, n)) for s, n in zip(shares, counts, strict=True)))
    rates = [float(bad[part].mean()) if part.any() else math.nan for part in (so & known, ~so & known)]
    return Trace(
        name=name,
        rows=int((so & known).sum()),
        share_bad=shares[0],
        share_good=shares[1],
        gap=shares[0] - shares[1],
        error=error,
        bad_rate=rates[0],
        bad_rate_rest=rates[1],
    )


def _variance(share: Floats | float, rows: Floats | float) -> Floats | float:
    """Return the variance of a share, with one row more on each side: none of few rows is not never."""
    drawn = (share * rows + 1) / (rows + 2)
    return drawn * (1 - drawn) / rows


def _within_codes(trace: Trace, so: Bools, column: CodedColumn, bad: Bools, known: Bools) -> Trace:
    """Compare among equal codes: the weighted difference of the shares (Mantel and Haenszel, 1959)."""
    count = len(column.labels)

    def counted(part: Bools) -> Floats:
        return np.bincount(column.codes[part & known], minlength=count).astype(np.float64)

    bads, goods = counted(bad), counted(~bad)
    both = (bads > 0) & (goods > 0)
    single = len(np.unique(column.numbers[known])) < count if column.numbers is not None else False
    if single or not both.any():
        return trace
    bads, goods = bads[both], goods[both]
    of_bads, of_goods = counted(bad & so)[both] / bads, counted(~bad & so)[both] / goods
    weight = bads * goods / (bads + goods)
    weight /= weight.sum()
    variance = weight**2 * (_variance(of_bads, bads) + _variance(of_goods, goods))
    return Trace(
        name=trace.name,
        rows=trace.rows,
        share_bad=trace.share_bad,
        share_good=trace.share_good,
        gap=float((weight * (of_bads - of_goods)).sum()),
        error=math.sqrt(float(variance.sum())),
        bad_rate=trace.bad_rate,
        bad_rate_rest=trace.bad_rate_rest,
    )
