"""What boosted models cost: CPU seconds of fitting the joint card and the challenger, microseconds of a row.

    python -m bench.boosting [--rows N] [--cases N]

Data of the size of give_me_some_credit, 150,000 rows of 10 columns of which 7 in 100 turn bad, drawn by a
seed; settings are those of `conformance/credit/settings.yaml`. CPU seconds are of this process, one thread.
One row: CPU microseconds, median and 99th percentile, every row another; the challenger is the mean of one
model a fold. Beside it, in the same run, the same models by LightGBM's own door, an array of one row into
`Booster.predict`, and one model of the same growth by its scikit-learn API, to be multiplied by the number of
models for a comparison. The bar is 100 µs a row of the challenger, by the median; missed it is an exit status
of 1. `--rows 15000` takes about twelve CPU seconds, full size several minutes.
"""

import argparse
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.documents import read_document
from creditloop.risk import CardFeature, Direction, auc
from creditloop.risk.boosting import Challenger, boost_settings_from_node, fit_boosted_card, fit_challenger
from creditloop.risk.boosting.settings import BoostSettings, Growth

REPOSITORY = Path(__file__).parents[1]
SETTINGS = REPOSITORY / "conformance" / "credit" / "settings.yaml"
ROWS, CASES, COLUMNS = 150_000, 5_000, 10
ROW_MICROSECONDS = 100.0
_PEER_SHARE = 10
"""One in so many cases is judged by the peers, which take longer."""


def simulated(rows: int) -> tuple[pl.DataFrame, np.ndarray]:
    """Draw rows and outcomes: skewed columns, a fifth of one of them missing, two that matter together."""
    draw = np.random.default_rng(11)
    hidden = draw.normal(size=(rows, COLUMNS))
    log_odds = -3.4 + hidden @ np.linspace(0.1, 0.6, COLUMNS) + 0.5 * hidden[:, 0] * hidden[:, 1]
    columns = [
        pl.Series(f"f{number}", np.rint(np.exp(one) * 1000).astype(np.int64))
        for number, one in enumerate(hidden.T)
    ]
    frame = pl.DataFrame(columns).with_columns(
        pl.when(pl.Series(draw.random(rows) < 0.8)).then(pl.col("f4")).alias("f4")
    )
    return frame, draw.random(rows) < 1 / (1 + np.exp(-log_odds))


def read_settings() -> tuple[BoostSettings, BoostSettings]:
    """Return how the joint card and the challenger are fitted."""
    parts = read_document(SETTINGS, root=REPOSITORY).root.mapping(
        required=["joint_card", "boosted"], optional=["scorecard", "fusion_ridge"]
    )
    return boost_settings_from_node(parts["joint_card"]), boost_settings_from_node(parts["boosted"])


def percentiles(judge: Callable[[int], object], cases: int) -> tuple[float, float]:
    """Return median and 99th percentile of the CPU microseconds of judging each of so many cases."""
    for number in range(min(cases, 100)):
        judge(number)
    taken = np.empty(cases)
    for number in range(cases):
        start = time.thread_time_ns()
        judge(number)
        taken[number] = time.thread_time_ns() - start
    return float(np.median(taken)) / 1000, float(np.quantile(taken, 0.99)) / 1000


def of_one_row(challenger: Challenger, frame: pl.DataFrame, bad: np.ndarray, cases: int) -> list[float]:
    """Print what a row costs by each door; return the challenger's median and 99th percentile."""
    rows = frame.head(cases).rows(named=True)
    matrix = frame.head(cases).cast(pl.Float64).fill_null(float("nan")).to_numpy()
    scorer, grown = challenger.single_row(), challenger.grown
    answers = [scorer.log_odds(row) for row in rows[:200]]
    apart = float(np.abs(answers - challenger.log_odds(frame.head(200))).max())
    own = percentiles(lambda number: scorer.log_odds(rows[number]), cases)
    scorer.close()

    def by_predict(number: int) -> None:
        for model in grown.models:
            model.predict(
                matrix[number : number + 1], raw_score=True, num_iteration=grown.rounds, num_threads=1
            )

    fewer = max(cases // _PEER_SHARE, 100)
    told = {
        f"challenger, single row ({len(grown.models)} models × {grown.rounds} trees)": own,
        "the same by Booster.predict": percentiles(by_predict, fewer),
        "one model by the scikit-learn API": percentiles(_sklearn_judge(challenger, frame, bad), fewer),
    }
    for name, (median, most) in told.items():
        print(f"  {name:62} p50 {median:9,.1f} µs   p99 {most:9,.1f} µs")
    print(f"  single row and frame differ by {apart:.1e} at most in log-odds")
    return list(own)


def _sklearn_judge(challenger: Challenger, frame: pl.DataFrame, bad: np.ndarray) -> Callable[[int], object]:
    """Return what judges a row by a model of the chosen growth, as scikit-learn's users have it."""
    growth = _chosen(challenger)
    model = lightgbm.LGBMClassifier(
        n_estimators=challenger.grown.rounds,
        num_leaves=growth.leaves,
        learning_rate=growth.learning_rate,
        n_jobs=1,
        verbose=-1,
    )
    matrix = frame.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    model.fit(matrix, bad)
    return lambda number: model.predict_proba(matrix[number : number + 1])


def _chosen(challenger: Challenger) -> Growth:
    _, settings = read_settings()
    return next(growth for growth in settings.growths if growth.name == challenger.chosen)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and time; return the exit status."""
    parser = argparse.ArgumentParser(prog="bench.boosting", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--cases", type=int, default=CASES)
    given = parser.parse_args(arguments)
    frame, bad = simulated(given.rows)
    features = [
        CardFeature(name=name, kind=Kind.INTEGER, direction=Direction.NONE, zh=name, en=name)
        for name in frame.columns
    ]
    joint, boosted = read_settings()
    print(f"{platform.machine()}, Python {platform.python_version()}, LightGBM {lightgbm.__version__}")
    print(f"{given.rows:,} rows × {COLUMNS} columns, {int(bad.sum()):,} bad, simulated; CPU s, one thread")
    start = time.process_time()
    card = fit_boosted_card(frame=frame, bad=bad, features=features, settings=joint)
    print(f"  joint card {time.process_time() - start:8.1f} s, AUC out of fold {_auc(card.out_of_fold, bad)}")
    start = time.process_time()
    challenger = fit_challenger(frame=frame, bad=bad, features=features, settings=boosted)
    took = time.process_time() - start
    print(f"  challenger {took:8.1f} s, AUC out of fold {_auc(challenger.out_of_fold, bad)}")
    median, _ = of_one_row(challenger, frame, bad, given.cases)
    missed = median > ROW_MICROSECONDS
    told = f"challenger, single row: p50 {median:.1f} µs, bar at most {ROW_MICROSECONDS:.0f} µs"
    print(f"  {told}: {'missed' if missed else 'reached'}")
    return int(missed)


def _auc(log_odds: np.ndarray, bad: np.ndarray) -> str:
    return f"{auc(score=-log_odds, bad=bad):.4f}"


if __name__ == "__main__":
    sys.exit(main())
