"""Compare strategies (策略比较) on cases whose outcome is known: approvals, bad rates, who is swapped.

The strategy is set beside each baseline twice: as it decides (`own`), and with its score alone, cut where as
many are approved as by the baseline (`equal`), so that what the score adds is not hidden behind approving
fewer. Every line is printed, none is the headline; and every line stands on customers the old bank had
accepted, on the same months the card learned from: an in-time holdout, which says nothing about applicants
who were turned away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.kernel.money import divide_half_away
from creditloop.oversight.metrics import NANO, check_columns, nano_of
from creditloop.risk import Interval, SwapSet, swap_set

NOTE_ZH = "仅限存量已准入客户、同期留出样本"
NOTE_EN = "in-time holdout of accepted customers only"
NOTE = f"{NOTE_ZH} · {NOTE_EN}"
"""What every figure measured on decisions says of itself."""
OWN, EQUAL = "own", "equal"

_CASES = {"score": pl.Int64(), "approved": pl.Boolean()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A strategy written down beforehand: its name, the hash of its policy, the column of its approvals."""

    name: str
    policy_hash: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The strategy beside one baseline by one outcome.

    Attributes:
        approvals_at: "own" or "equal", see the module; `score_cutoff` is the lowest score approved at
            "equal", None at "own".
        swap_in: approved by the strategy and not by the baseline; `swap_out` the other way round.
        approval_change_nano: approval rate of the strategy less the baseline's.
        bad_rate_change_nano: bad rate among the approved, less the baseline's.
        swap_change_nano: bad rate of the swapped in, less that of the swapped out.
        …_low_nano, …_high_nano: percentile bootstrap interval of 95 %, seeded; None where not defined.
    """

    baseline: str
    baseline_hash: str
    outcome: str
    approvals_at: str
    score_cutoff: int | None
    rows: int
    bads: int
    baseline_approved: int
    baseline_bads: int
    strategy_approved: int
    strategy_bads: int
    swap_in: int
    swap_in_bads: int
    swap_out: int
    swap_out_bads: int
    approval_change_nano: int | None
    approval_change_low_nano: int | None
    approval_change_high_nano: int | None
    bad_rate_change_nano: int | None
    bad_rate_change_low_nano: int | None
    bad_rate_change_high_nano: int | None
    swap_change_nano: int | None
    swap_change_low_nano: int | None
    swap_change_high_nano: int | None

    def as_record(self) -> dict[str, object]:
        """Return the line as plain data: its fields, the four bad rates, and the note it carries."""
        rates = {
            "baseline_bad_rate_nano": _rate(self.baseline_bads, self.baseline_approved),
            "strategy_bad_rate_nano": _rate(self.strategy_bads, self.strategy_approved),
            "swap_in_bad_rate_nano": _rate(self.swap_in_bads, self.swap_in),
            "swap_out_bad_rate_nano": _rate(self.swap_out_bads, self.swap_out),
        }
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | rates | {"note": NOTE}


def compare(
    *,
    frame: pl.DataFrame,
    baselines: Sequence[Baseline],
    outcomes: Sequence[str],
    draws: int,
    seed: int,
) -> tuple[Comparison, ...]:
    """Compare the strategy with every baseline, by every outcome, at its own and at equal approvals.

    Args:
        frame: score (null where the card refers: never approved at equal approvals), approved (by the
            strategy), a boolean column per baseline and per outcome; nulls nowhere but in the score.
        draws, seed: of the bootstrap; the same give the same intervals.
    Returns: for each outcome, for each baseline: own, then equal.
    Raises: InputError if there is nothing to compare, or a column is absent, of another type, or not known.
    """
    booleans = [*(baseline.column for baseline in baselines), *outcomes]
    check_columns(frame, needed=_CASES | dict.fromkeys(booleans, pl.Boolean()), what="the compared frame")
    if not baselines or not outcomes or not frame.height:
        raise InputError(
            "there is nothing to compare",
            got=f"{len(baselines)} baselines, {len(outcomes)} outcomes, {frame.height} cases",
        )
    for name in ("approved", *booleans):
        if frame[name].null_count():
            raise InputError(f"the column {name!r} does not say of every case", got=frame[name].null_count())
    return tuple(
        line
        for outcome in outcomes
        for baseline in baselines
        for line in _lines(frame, baseline, outcome, draws, seed)
    )


def cutoff_for(score: pl.Series, *, approvals: int) -> int | None:
    """Return the score from which on nearly as many are approved: the nearest count, of two the smaller one.

    Scores are whole points and several cases share each, so a count in between cannot be had without drawing
    lots among equals. None approves nobody.

    >>> cutoff_for(pl.Series([1, 2, 2, 3]), approvals=2)
    3
    """
    present = score.drop_nulls()
    counted = present.value_counts(name="cases").sort(score.name, descending=True)
    reached: list[tuple[int, int | None]] = [
        (0, None),
        *zip(counted["cases"].cum_sum().to_list(), counted[score.name].to_list(), strict=True),
    ]
    _, cutoff = min(reached, key=lambda pair: (abs(pair[0] - approvals), pair[0]))
    return cutoff


def _lines(
    frame: pl.DataFrame, baseline: Baseline, outcome: str, draws: int, seed: int
) -> tuple[Comparison, Comparison]:
    approvals = int(frame[baseline.column].sum())
    cutoff = cutoff_for(frame["score"], approvals=approvals)
    scored = pl.Series("scored", [False] * frame.height) if cutoff is None else frame["score"] >= cutoff

    def line(approved: pl.Series, at: str, score_cutoff: int | None) -> Comparison:
        swapped = swap_set(
            champion=frame[baseline.column].to_numpy(),
            challenger=approved.to_numpy(),
            bad=frame[outcome].to_numpy(),
            draws=draws,
            seed=seed,
        )
        return _line(baseline, outcome, swapped, at=at, score_cutoff=score_cutoff)

    return line(frame["approved"], OWN, None), line(scored.fill_null(False), EQUAL, cutoff)


def _line(
    baseline: Baseline,
    outcome: str,
    swapped: SwapSet,
    *,
    at: str,
    score_cutoff: int | None,
) -> Comparison:
    return Comparison(
        baseline=baseline.name,
        baseline_hash=baseline.policy_hash,
        outcome=outcome,
        approvals_at=at,
        score_cutoff=score_cutoff,
        rows=swapped.rows,
        bads=swapped.bad,
        baseline_approved=swapped.champion.rows,
        baseline_bads=swapped.champion.bad,
        strategy_approved=swapped.challenger.rows,
        strategy_bads=swapped.challenger.bad,
        swap_in=swapped.swap_in.rows,
        swap_in_bads=swapped.swap_in.bad,
        swap_out=swapped.swap_out.rows,
        swap_out_bads=swapped.swap_out.bad,
        **_interval("approval_change", swapped.approval_difference),
        **_interval("bad_rate_change", swapped.bad_rate_difference),
        **_interval("swap_change", swapped.swap_difference),
    )


def _rate(bads: int, approved: int) -> int | None:
    return divide_half_away(bads * NANO, approved) if approved else None


def _interval(name: str, interval: Interval | None) -> Mapping[str, int | None]:
    values = (None, None, None) if interval is None else (interval.estimate, interval.low, interval.high)
    names = (f"{name}_nano", f"{name}_low_nano", f"{name}_high_nano")
    return {key: nano_of(value) for key, value in zip(names, values, strict=True)}
