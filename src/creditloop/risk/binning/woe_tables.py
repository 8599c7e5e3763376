"""Tell bins as a table of weights of evidence (证据权重表): records for documents and pictures."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from creditloop.kernel.errors import InputError
from creditloop.kernel.money import divide_half_away
from creditloop.risk.binning.bins import NANO, Bin, CardFeature


class Binned(Protocol):
    """A feature with its bins, however they were found."""

    @property
    def feature(self) -> CardFeature:
        """Which feature it is."""
        ...

    @property
    def bins(self) -> Sequence[Bin]:
        """Its bins; together they hold the sample."""
        ...


class WoeRow(NamedTuple):
    """One bin of a table of weights of evidence; ratios in nano, half away from zero.

    Attributes:
        label: the bin as people read it.
        share_nano: of all rows.
        bad_rate_nano: bads of the bin's rows; None of a bin without rows.
        woe_nano: what the bin was given, higher is safer; 0 where it was too small to say anything.
        iv_nano: its part of the information value, (share of goods - share of bads) · woe.
    """

    label: str
    rows: int
    share_nano: int
    bad: int
    bad_rate_nano: int | None
    woe_nano: int
    iv_nano: int


def woe_table(binned: Binned) -> tuple[WoeRow, ...]:
    """Return the table of a feature, in the order of its bins.

    Raises: InputError if the bins hold one outcome only.
    """
    rows, bad = sum(part.rows for part in binned.bins), sum(part.bad for part in binned.bins)
    if bad in {0, rows}:
        raise InputError("both outcomes must occur", got=f"{bad} bad of {rows}")
    return tuple(
        WoeRow(
            label=part.label(binned.feature.kind),
            rows=part.rows,
            share_nano=divide_half_away(part.rows * NANO, rows),
            bad=part.bad,
            bad_rate_nano=divide_half_away(part.bad * NANO, part.rows) if part.rows else None,
            woe_nano=part.woe_nano,
            iv_nano=_iv_nano(part, goods=rows - bad, bads=bad),
        )
        for part in binned.bins
    )


def _iv_nano(part: Bin, *, goods: int, bads: int) -> int:
    """Return (g / G - b / B) · woe, exactly, rounded once."""
    return divide_half_away(((part.rows - part.bad) * bads - part.bad * goods) * part.woe_nano, goods * bads)
