"""How fast a strategy of 60 rules over 100 inputs is backtested, streamed from Parquet (simulated cases).

    python -m bench.backtest [--rows N] [--reads K] [--folder PATH]

Writes N distinct rows (default 10,000,000) in parts to a temporary folder, then backtests, each end to end:
reading, deciding, money by formulas, counts by month and segment, what every rule does, the cut-off curve.
First one strategy, once; then champion and challenger with the swap set, K times (default 10): every time all
rows are read and decided again, and all answers must be equal. CPU seconds are of this process with all its
threads; rows are rows of the file, so with two strategies each row is decided twice. There is no peer here:
none of the engines compared before backtests at all.
"""

import argparse
import platform
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from bench.strategy_document import (
    CHANNELS,
    FLAGS,
    INTEGERS,
    MONEY,
    PASSED,
    RATIOS,
    REGIONS,
    kinds,
    policy_text,
)

from creditloop.kernel.documents import parse_document
from creditloop.risk import Policy, read_policy
from creditloop.risk.backtest import BacktestPlan, BacktestResult, backtest, read_backtest_plan

PART = 500_000
"""Rows of a file."""
RULES = date(2024, 1, 1)
NUMBER = (
    "{{kind: {kind}, unit: {unit},"
    " values: [{{from: 2020-01-01, value: {value}, source: {{title: a bench}}}}]}}"
)
PLAN = f"""\
backtest: bench
title: {{zh: 回测测速, en: a backtest measured}}
simulated: true
rules_as_of: 2024-01-01
cases: {{path: cases.parquet, key: case_no}}
strategy: strategy.yaml
outcome: {{column: bad, bad: {{zh: 抽签, en: drawn by lot}}, population: through_the_door}}
decision: {{output: outcome, approves: [approve], refers: [refer], declines: [decline]}}
month: month
segments: [channel]
parameters:
  lgd: {NUMBER.format(kind="nano", unit="ratio", value="0.45")}
  half_again: {NUMBER.format(kind="nano", unit="ratio", value="1.5")}
money:
  amount: limit
  loss: "if bad then amount * parameter.lgd else yuan(0)"
  profit: "amount * rate - loss"
score: {{column: bureau_score, step: 5}}
assumptions: [half_again]
bootstrap: {{draws: 1000, seed: 1}}
"""


def strategy(text: str) -> Policy:
    """Return a strategy of the bench."""
    return read_policy(parse_document(text, path="strategy.yaml"), rules_as_of=RULES)


def write_cases(folder: Path, *, rows: int) -> None:
    """Write seeded random cases, no two alike, in files of `PART` rows; 3 % of most inputs are null."""
    for number, start in enumerate(range(0, rows, PART)):
        part = some_cases(start, min(PART, rows - start), seed=number)
        part.write_parquet(folder / f"part-{number:04d}.parquet", compression="lz4")


def some_cases(start: int, rows: int, *, seed: int) -> pl.DataFrame:
    """Return rows of cases; `case_no` tells each from all others."""
    random = np.random.default_rng(seed)
    whole = {**INTEGERS, **RATIOS, **dict.fromkeys(PASSED, (0, 1000))}
    always = {**MONEY, "age": (16, 70)}
    columns = {"case_no": pl.int_range(start, start + rows, eager=True)}
    for name, (least, most) in {**always, **whole}.items():
        columns[name] = pl.Series(random.integers(least, most + 1, rows))
    columns["channel"] = pl.Series(CHANNELS).gather(random.integers(0, len(CHANNELS), rows))
    columns["region"] = pl.Series(REGIONS).gather(random.integers(0, len(REGIONS), rows))
    for name in FLAGS:
        columns[name] = pl.Series(random.random(rows) < 1 / 16)
    months = [f"2023-{month:02d}" for month in range(1, 13)]
    columns["month"] = pl.Series(months).gather(random.integers(0, 12, rows))
    drawn = random.random(rows)
    columns["bad"] = pl.Series(drawn < 0.08)
    frame = pl.DataFrame(columns)
    nullable = [name for name in kinds() if name in {*whole, *FLAGS}]
    gone = {name: pl.Series(random.random(rows) < 0.03) for name in nullable}
    frame = frame.with_columns(pl.when(~gone[name]).then(pl.col(name)).alias(name) for name in nullable)
    return frame.with_columns(bad=pl.when(pl.Series(drawn < 0.8)).then(pl.col("bad")))


def measured(
    what: str, plan: BacktestPlan, champion: Policy, challenger: Policy | None, folder: Path
) -> BacktestResult:
    """Backtest all rows once; print rows a CPU second, CPU and wall seconds, and the peak of memory."""
    wall, spent = time.perf_counter(), time.process_time()
    result = backtest(
        plan=plan,
        champion=champion,
        challenger=challenger,
        chunks=pl.scan_parquet(folder / "*.parquet"),
    )
    spent, wall = time.process_time() - spent, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{what:<28}{result.rows:>12,}{result.rows / spent:>16,.0f}{spent:>9.1f}{wall:>9.1f}{peak:>9.2f}")
    sys.stdout.flush()
    return result


def main() -> None:
    """Print one line for a strategy alone, and one for each reading of champion and challenger."""
    asked = argparse.ArgumentParser(description="measure backtests")
    asked.add_argument("--rows", type=int, default=10_000_000)
    asked.add_argument("--reads", type=int, default=10)
    asked.add_argument("--folder", type=Path, default=None, help="where the cases are written for a while")
    given = asked.parse_args()
    print(platform.platform(), platform.python_version(), "Polars", pl.__version__, pl.thread_pool_size())
    plan = read_backtest_plan(parse_document(PLAN, path="plan.yaml"))
    champion = strategy(policy_text())
    challenger = strategy(policy_text().replace("[600..700)", "[560..700)"))
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder, start = Path(name), time.perf_counter()
        write_cases(folder, rows=given.rows)
        size = sum(file.stat().st_size for file in folder.iterdir()) / 2**30
        print(f"{given.rows:,} rows written: {size:.2f} GiB in {time.perf_counter() - start:.0f} s")
        print(f"{'':<28}{'rows':>12}{'rows/CPU s':>16}{'CPU s':>9}{'wall s':>9}{'peak GiB':>9}")
        measured("one strategy", plan, champion, None, folder)
        wall = time.perf_counter()
        told = [
            measured(f"champion, challenger, read {n}", plan, champion, challenger, folder)
            for n in range(1, given.reads + 1)
        ]
        print(f"{given.reads} readings of both: {time.perf_counter() - wall:.0f} s wall")
    if any(one != told[0] for one in told):
        raise SystemExit("two readings of the same cases differ")
    assert told[0].swap is not None
    if not any(rows for (one, other), (rows, _, _) in told[0].swap.matrix.items() if one != other):
        raise SystemExit("the two strategies do not differ: nothing was measured")


if __name__ == "__main__":
    main()
