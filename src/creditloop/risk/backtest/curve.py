"""The cut-off curve (阈值曲线) and the frontier of approvals and bad rate (通过率—坏率前沿).

The curve says what there would be if everybody from a score on were approved, whatever the rules say; the
frontier is its part that nothing on it beats in both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from creditloop.risk.backtest.counts import BAD, SCORE, UNKNOWN
from creditloop.risk.backtest.figures import share_nano


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """Everybody whose score is `cutoff` or higher.

    Attributes:
        known, bad: of the approved; loss and profit in fen, of those known, None without formulas.
        uncounted: approved and known, but a formula could not be computed.
        on_frontier: no other cut-off approves as many at a lower bad rate, or more at the same.
    """

    cutoff: int
    rows: int
    approved: int
    known: int
    bad: int
    loss_fen: int | None
    profit_fen: int | None
    uncounted: int
    on_frontier: bool

    @property
    def approval_nano(self) -> int | None:
        """Approved as a share of all cases, those without score among them."""
        return share_nano(self.approved, self.rows)

    @property
    def bad_rate_nano(self) -> int | None:
        """Bads as a share of the approved whose outcome is known."""
        return share_nano(self.bad, self.known)

    def as_record(self) -> dict[str, object]:
        """Return the point as plain data, rates among them."""
        names = [name for name in self.__dataclass_fields__ if name != "rows"]
        rates = {"approval_nano": self.approval_nano, "bad_rate_nano": self.bad_rate_nano}
        return {name: getattr(self, name) for name in names} | rates


def cutoff_curve(scores: pl.DataFrame, *, rows: int) -> tuple[CurvePoint, ...]:
    """Return a point for each score that occurs, the strictest first; see `BacktestCounts.scores`."""
    has_money = "loss" in scores.columns
    known = pl.col("outcome") != UNKNOWN
    asked = [
        pl.col("rows").sum().alias("approved"),
        pl.col("rows").filter(known).sum().alias("known"),
        pl.col("rows").filter(pl.col("outcome") == BAD).sum().alias("bad"),
        *(pl.col(name).filter(known).sum() for name in ("uncounted", "loss", "profit") if has_money),
    ]
    table = (
        scores.filter(pl.col(SCORE).is_not_null())
        .group_by(SCORE)
        .agg(asked)
        .sort(SCORE, descending=True)
        .with_columns(pl.exclude(SCORE).cum_sum())
    )
    told = [dict(zip(table.columns, map(int, row), strict=True)) for row in table.iter_rows()]
    best = frontier([(point["approved"], point["bad"], point["known"]) for point in told])
    return tuple(
        CurvePoint(
            cutoff=point[SCORE],
            rows=rows,
            approved=point["approved"],
            known=point["known"],
            bad=point["bad"],
            loss_fen=point.get("loss"),
            profit_fen=point.get("profit"),
            uncounted=point.get("uncounted", 0),
            on_frontier=place in best,
        )
        for place, point in enumerate(told)
    )


def frontier(points: Sequence[tuple[int, int, int]]) -> frozenset[int]:
    """Return the places of those that no other beats: more approved at no higher bad rate, or the reverse.

    Args:
        points: approved, bad and known of each; one with nobody known has no bad rate and is never on it.

    >>> sorted(frontier([(10, 1, 10), (20, 1, 10), (30, 5, 10), (15, 2, 10)]))
    [1, 2]
    """
    order = sorted(
        (place for place, (_, _, known) in enumerate(points) if known),
        key=lambda place: (-points[place][0], points[place][1] / points[place][2], place),
    )
    kept: list[int] = []
    for place in order:
        _, bad, known = points[place]
        if not kept or bad * points[kept[-1]][2] < points[kept[-1]][1] * known:
            kept.append(place)
    return frozenset(kept)
