"""How fast a card scores: one case with its reasons, and a frame; beside a peer in the same run.

    python -m bench.card [--rows N] [--oracle-python PYTHON]

Two cards of 20 features, simulated: one fitted by woe (numbers, special values as nulls, 5 % missing), and
one with the same features and 20 pairs over finer bins, in thousandths of a point, as boosting leaves them
(its points are drawn by a seed). One case: CPU microseconds of `Card.score`, score, pd and reasons, every row
another; the parts, worked out when they are asked for, beside it. A frame: CPU and wall seconds of
`Card.score_frame` over N rows (default 2,000,000), the best of three. A bar that is missed, 10 µs a case and
2,000,000 rows a CPU second by the first card, is an exit status of 1.

The peer, optbinning's Scorecard, may stand in another environment: --oracle-python names its interpreter.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.documents import Source, parse_document
from creditloop.risk.binning import Bin, CardFeature, Direction
from creditloop.risk.card import (
    Card,
    CardMethod,
    FitSettings,
    FittedCard,
    LearnerSettings,
    PairTable,
    card_text,
    read_card,
)
from creditloop.risk.fitting.scorecard import fit_card

FEATURES, PAIRS, SAMPLE, CASES = 20, 20, 50_000, 20_000
CASE_MICROSECONDS, ROWS_A_SECOND = 10.0, 2_000_000
PEER_SCRIPT = Path(__file__).with_name("card_peer.py")
SOURCE = Source(title="a choice of this benchmark", reference=None, checked=None)


def simulated(rows: int, seed: int) -> tuple[pl.DataFrame, np.ndarray]:
    """Draw rows and outcomes; a twentieth of every fourth column is missing."""
    random = np.random.default_rng(seed)
    drawn = random.normal(size=(rows, FEATURES))
    chance = 1 / (1 + np.exp(2.5 - drawn @ np.linspace(0.15, 0.5, FEATURES)))
    columns = []
    for number in range(FEATURES):
        column = pl.Series(f"f{number}", np.rint(np.exp(drawn[:, number]) * 1000).astype(np.int64))
        gone = random.random(rows) < (0.05 if number % 4 == 0 else 0)
        columns.append(pl.select(pl.when(pl.Series(~gone)).then(column).alias(column.name)).to_series())
    return pl.DataFrame(columns), random.random(rows) < chance


def woe_tables() -> FittedCard:
    """Fit the first card."""
    frame, bad = simulated(SAMPLE, 1)
    features = [
        CardFeature(
            name=name, kind=Kind.INTEGER, direction=Direction.UP, zh=f"特征 {name}", en=f"feature {name}"
        )
        for name in frame.columns
    ]  # fmt: skip
    settings = FitSettings(
        prebins_max=64, bins_max=8, share_min_nano=50_000_000, iv_min_nano=0, ridge_nano=100_000,
        bands_max=10, score_at=600, odds_at=20, points_to_double_odds=20, source=SOURCE,
    )  # fmt: skip
    return fit_card(frame=frame, bad=bad, features=features, settings=settings)


def paired_tables(woe: FittedCard) -> FittedCard:
    """Return the second card: thousandths of a point, and 20 pairs of 16 by 16 bins."""
    random = np.random.default_rng(2)
    names = list(combinations([entry.feature.name for entry in woe.features], 2))
    chosen = [names[at] for at in random.permutation(len(names))[:PAIRS]]
    has_missing = {entry.feature.name for entry in woe.features if entry.missing is not None}
    features = tuple(
        replace(
            entry,
            coefficient_nano=None,
            feature=replace(entry.feature, direction=Direction.FREE),
            bins=tuple(replace(part, points=part.points * 1000) for part in entry.bins),
        )
        for entry in woe.features
    )
    return replace(
        woe,
        base=woe.base * 1000,
        decimals=3,
        method=CardMethod.BOOSTED,
        features=features,
        pairs=tuple(_pair(pair, has_missing, woe, random) for pair in chosen),
        settings=LearnerSettings(
            score_at=600, odds_at=20, points_to_double_odds=20, learner={"rounds": 0}, source=SOURCE
        ),
    )


def _pair(
    names: tuple[str, str], has_missing: set[str], woe: FittedCard, random: np.random.Generator
) -> PairTable:
    axes = [_axis(name in has_missing) for name in names]
    shape = (len(axes[0]), len(axes[1]))
    seen, bad = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    seen[0, 0], bad[0, 0] = woe.rows, woe.bad
    points = random.integers(-3_000, 3_000, shape)
    return PairTable(
        features=names, rows=axes[0], columns=axes[1], points=_cells(points), seen=_cells(seen),
        bad=_cells(bad),
    )  # fmt: skip


def _cells(array: np.ndarray) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(row) for row in array.tolist())


def _axis(with_missing: bool) -> tuple[Bin, ...]:
    """Return 16 bins by the quantiles of what is simulated, and that of the missing if there is one."""
    cuts = [int(1000 * 4.5 ** (step / 5)) for step in range(-7, 8)]
    ends = [None, *cuts, None]
    bins = [Bin(low=low, high=high, rows=0, bad=0, woe_nano=0) for low, high in pairwise(ends)]
    return (*bins, Bin(missing=True, rows=0, bad=0, woe_nano=0)) if with_missing else tuple(bins)


def read_back(fitted: FittedCard) -> Card:
    """Write a card and read it."""
    text = card_text(fitted, card="bench", product="none", title={"zh": "基准", "en": "bench"}, facts={})
    return read_card(parse_document(text, path="bench.yaml"))


def case_microseconds(card: Card, rows: Sequence[dict[str, object]], *, parts: bool = False) -> list[float]:
    """Return the CPU microseconds of single cases, ascending: means of ten, the clock being coarse."""
    taken = []
    for at in range(0, len(rows) - 9, 10):
        ten = rows[at : at + 10]
        started = time.process_time_ns()
        for row in ten:
            told = card.score(row)
            if parts:
                _ = told.parts
        taken.append((time.process_time_ns() - started) / 10_000)
    return sorted(taken)


def batch_seconds(card: Card, frame: pl.DataFrame) -> tuple[float, float]:
    """Return the least CPU and wall seconds of three runs over a frame."""
    found = []
    for _ in range(3):
        started, wall = time.process_time(), time.perf_counter()
        card.score_frame(frame)
        found.append((time.process_time() - started, time.perf_counter() - wall))
    return min(found)


def peer_line(python: str, frame: pl.DataFrame, bad: np.ndarray, batch: pl.DataFrame) -> str:
    """Return what the peer needs for the same."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("sample.parquet", "batch.parquet")]
        frame.with_columns(bad=pl.Series(bad).cast(pl.Int64)).write_parquet(paths[0])
        batch.write_parquet(paths[1])
        run = [python, str(PEER_SCRIPT), *map(str, paths)]
        done = subprocess.run(run, capture_output=True, text=True, check=False)
    if done.returncode or not (found := json.loads(done.stdout))["installed"]:
        return "optbinning: not installed; --oracle-python names an interpreter that has it"
    single, count = found["single_cpu_s"], found["rows"]
    return (
        f"optbinning {found['version']}: one case, no reasons, {single[len(single) // 2] * 1e6:,.0f} µs CPU"
        f" (p50 of {len(single)}); {count:,} rows {found['batch_cpu_s']:.2f} s CPU,"
        f" {count / found['batch_cpu_s']:,.0f} rows a CPU second"
    )


def main() -> int:
    """Run it; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--oracle-python", default=sys.executable)
    asked = parser.parse_args()
    print(f"Python {platform.python_version()}, Polars {pl.__version__}, {platform.machine()}; simulated")
    woe = woe_tables()
    frame, _ = simulated(asked.rows, 3)
    cases = frame[:CASES].to_dicts()
    missed = False
    for name, tables in (("20 features", woe), ("20 features, 20 pairs", paired_tables(woe))):
        card = read_back(tables)
        case_microseconds(card, cases[:2_000])
        taken, whole = case_microseconds(card, cases), case_microseconds(card, cases, parts=True)
        p50, p99 = (taken[len(taken) * share // 100] for share in (50, 99))
        cpu, wall = batch_seconds(card, frame)
        print(
            f"{name}: one case with reasons {p50:.1f} µs CPU p50, {p99:.1f} p99 (with all parts"
            f" {whole[len(whole) // 2]:.1f} p50); {asked.rows:,} rows {cpu:.2f} s CPU, {wall:.2f} s wall,"
            f" {asked.rows / cpu:,.0f} rows a CPU second, {asked.rows / wall:,.0f} a second of the clock"
        )
        if not tables.pairs:
            missed = p50 > CASE_MICROSECONDS or asked.rows / cpu < ROWS_A_SECOND
    sample, bad = simulated(SAMPLE, 1)
    print(peer_line(asked.oracle_python, sample, bad, frame[:100_000]))
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
