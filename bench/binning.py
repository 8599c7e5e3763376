"""How fast features are binned, and how much information value the bins have, beside peers in the same run.

    python -m bench.binning [--rows N] [--features K] [--peer-features K] [--oracle-python PYTHON]
        [--shared PATH] [--plain]

1. Speed: K columns (default 100) of N rows (default 1,000,000), simulated: numbers all distinct, few and many
   values, heaps of nought, special codes, nulls, words, true and false; 64 pre-bins, exact search, cuts
   moved, every row placed. CPU seconds are of the process with all its threads; extra memory is the growth
   of its peak.
2. The same number columns by the peers (optbinning, toad), the first few of them, where they are installed.
3. Information value on give_me_some_credit, feature by feature and direction by direction, with at most as
   many bins of at least as many rows: 64 pre-bins here, 20 in the peer as it comes; then the same of the bins
   of a scorecard as `fit_card` makes it, no direction stated. Special codes and the missing stand apart in
   both; both values are of the bins' counts by one formula. Where the set or the peer is not there, the bench
   says so. A ratio below 0.995 is an exit status of 1.

Peers may stand in another environment: --oracle-python names its interpreter. With --plain cuts are not moved
between the pre-bins.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.documents import Source
from creditloop.risk import FitSettings, fit_card
from creditloop.risk.binning import BinLimits, CardFeature, Direction, bin_counts, bin_feature, count_values
from creditloop.risk.binning.merging import iv_parts

NANO = 10**9
LEAST_RATIO = 0.995
PREBINS_MAX, PEER_PREBINS_MAX, BINS_MAX, SHARE_MIN = 64, 20, 10, 0.05
PEER_SCRIPT = Path(__file__).with_name("binning_peer.py")
WORDS = [f"word {number:04d}" for number in range(10_000)]
LATE = (
    "NumberOfTime30-59DaysPastDueNotWorse",
    "NumberOfTimes90DaysLate",
    "NumberOfTime60-89DaysPastDueNotWorse",
)
SHAPES = ("distinct", "fen", "few", "zeros", "special", "1e5", "1e6", "1e7", "boolean", "10k words")
ASKED = ("none", "peak", "valley", "free", "auto")
"""Directions compared; `auto` is the peer's choice of a trend, ours the better of peak and valley."""

Told = dict[str, Any]


def simulated(number: int, rows: int) -> tuple[CardFeature, pl.Series, np.ndarray]:
    """Return a feature, its column, and outcomes that depend on it; the kind of column goes by the number."""
    random = np.random.default_rng(number)
    drawn = random.normal(size=rows)
    kind, special = Kind.INTEGER, tuple[int, ...]()
    match number % 10:
        case 0:
            kind, values = Kind.NANO, np.rint(drawn * 1e9)
        case 1:
            kind, values = Kind.MONEY, np.rint(np.exp(13 + drawn))
        case 2:
            values = np.rint(np.exp(drawn))
        case 3:
            values = np.where(drawn < 0, 0, np.rint(drawn * 1e5))
        case 4:
            values, special = np.where(random.random(rows) < 0.06, 98, np.rint(20 + 8 * drawn)), (96, 98)
        case 5 | 6 | 7 as wide:
            values = np.rint(drawn * 10.0**wide)
        case 8:
            kind, values = Kind.BOOLEAN, np.where(drawn > 1, 1, 0)
        case _:
            kind, values = Kind.TEXT, np.clip(np.rint(10 * 10 ** (1 + drawn)), 0, len(WORDS) - 1)
    bad = random.random(rows) < 1 / (1 + np.exp(2.6 - drawn * random.normal()))
    column = pl.Series("x", values.astype(np.int64))
    if kind is Kind.TEXT:
        column = pl.Series("x", WORDS).gather(column)
    if kind is Kind.BOOLEAN:
        column = column.cast(pl.Boolean)
    if number % 2:
        column = column.set(pl.Series(random.random(rows) < 0.05), None)
    return _feature(f"x{number}", kind, special=special), column.alias(f"x{number}"), bad


def _feature(
    name: str, kind: Kind, direction: Direction = Direction.NONE, special: tuple[int, ...] = ()
) -> CardFeature:
    return CardFeature(name=name, kind=kind, direction=direction, zh="特征", en="feature", special=special)


def _limits(rows: int, *, refined: bool) -> BinLimits:
    return BinLimits(
        prebins_max=PREBINS_MAX, bins_max=BINS_MAX, rows_min=-(-rows * 5 // 100), refined=refined
    )


def measure_speed(features: int, rows: int, *, refined: bool) -> list[float]:
    """Bin simulated columns one after another; print CPU seconds and memory; return seconds by column."""
    spent, extra = list[float](), 0
    for number in range(features):
        feature, column, bad = simulated(number, rows)
        _reset_peak()
        before, started = _memory("VmRSS"), time.process_time()
        bin_feature(values=column, bad=bad, feature=feature, limits=_limits(rows, refined=refined))
        spent.append(time.process_time() - started)
        extra = max(extra, _memory("VmHWM") - before)
    for number, kind in enumerate(SHAPES[:features]):
        of = spent[number::10]
        print(f"  {kind:<12}{len(of):>4} columns {sum(of) / len(of) * 1000:>8.1f} ms CPU each")
    told = f"{sum(spent):.2f} CPU s, extra memory {extra / 1024:.0f} MiB"
    print(f"  all {features} columns of {rows:,} rows: {told}")
    return spent


def _reset_peak() -> None:
    """Let the peak of memory begin anew, where the system can (Linux)."""
    peak = Path("/proc/self/clear_refs")
    if peak.exists():
        peak.write_text("5")


def _memory(key: str) -> int:
    """Return resident memory in KiB: now (VmRSS) or at its peak (VmHWM)."""
    told = Path("/proc/self/status")
    if not told.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line = next(one for one in told.read_text().splitlines() if one.startswith(key))
    return int(line.split()[1])


def asked_of_peer(python: str, task: Told) -> Told:
    """Have a peer bin the columns of a Parquet file, in its own interpreter, on one thread."""
    one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    asked = Path(task["path"]).with_suffix(".json")
    asked.write_text(json.dumps(task), "utf-8")
    done = subprocess.run(
        [python, str(PEER_SCRIPT), str(asked)],
        capture_output=True,  # solvers talk; what they say matters if they fail
        text=True,
        check=False,
        env={**os.environ, **one_thread, "POLARS_MAX_THREADS": "1", "PYTHONPATH": ""},
    )
    if done.returncode:
        raise SystemExit(f"{python} could not run {task['peer']}: {done.stderr}")
    found: Told = json.loads(done.stdout)
    return found


def measure_peers(python: str, features: int, rows: int, ours: Sequence[float], folder: Path) -> None:
    """Print what the peers need for the first number columns, beside what we needed."""
    made = [(n, *simulated(n, rows)) for n in range(features) if n % 10 < 8]
    path, columns = folder / "speed.parquet", [column for _, _, column, _ in made]
    bad = pl.Series("bad", made[0][3]).cast(pl.Int8)  # one outcome for all: the time hardly depends on it
    pl.DataFrame([*columns, bad]).write_parquet(path)
    our = sum(ours[n] for n, *_ in made)
    print(f"  {len(made)} number columns: ours {our:.2f} CPU s")
    for peer in ("optbinning", "toad"):
        task = _task(peer, path, "bad", [(column.name, "none") for column in columns])
        task["special"] = {feature.name: feature.special for _, feature, _, _ in made}
        found = asked_of_peer(python, task)
        if not found["installed"]:
            print(f"  {peer}: not installed, not measured")
            continue
        cpu = sum(row["cpu_s"] for row in found["rows"])
        print(
            f"  {peer} {found['version']}: {cpu:.2f} CPU s, {cpu / our:.0f} times ours,"
            f" extra memory {found['extra_mib']:.0f} MiB (its import: {found['import_cpu_s']:.1f} CPU s)"
        )


def _task(peer: str, path: Path, bad: str, asked: Sequence[tuple[str, str]]) -> Told:
    return {
        "peer": peer, "path": str(path), "bad": bad, "asked": asked, "special": {},
        "peer_prebins_max": PEER_PREBINS_MAX, "bins_max": BINS_MAX, "share_min": SHARE_MIN,
    }  # fmt: skip


def measure_iv(python: str, shared: Path, folder: Path, *, refined: bool) -> bool | None:
    """Print information values beside the peer's; tell whether all are enough, None if none is known."""
    source = shared / "data/give_me_some_credit/give_me_some_credit.parquet"
    if not source.exists():
        print(f"  not measured: no {source.name} under --shared")
        return None
    frame = pl.read_parquet(source).drop("id")
    bad = frame["SeriousDlqin2yrs"].to_numpy() == 1
    features, path = dict[str, CardFeature](), folder / "credit.parquet"
    whole = [_whole(column) for column in frame.drop("SeriousDlqin2yrs")]
    for number, column in enumerate(whole):
        special = (96, 98) if column.name in LATE else ()
        features[column.name] = _feature(f"x{number}", Kind.INTEGER, special=special)
    pl.DataFrame([*whole, frame["SeriousDlqin2yrs"].alias("bad")]).write_parquet(path)
    task = _task("optbinning", path, "bad", [(name, way) for name in features for way in ASKED])
    task["special"] = {name: one.special for name, one in features.items()}
    found = asked_of_peer(python, task)
    if not found["installed"]:
        print("  optbinning: not installed, not measured")
        return None
    ratios = [
        ratio
        for column in whole
        for ratio in _compared(column, bad, features[column.name], found["rows"], refined=refined)
    ]
    print(f"  least ratio {min(ratios):.4f}, bar {LEAST_RATIO}")
    of_card = list(_card_ratios(whole, bad, features, found["rows"], refined=refined))
    print(f"  fit_card: least ratio {min(of_card):.4f} of {len(of_card)} features")
    return min(*ratios, *of_card) >= LEAST_RATIO


def _whole(column: pl.Series) -> pl.Series:
    """Return a column as whole numbers: ratios in nano."""
    return (column * 1e9).round().cast(pl.Int64) if column.dtype.is_float() else column


def _compared(
    column: pl.Series, bad: np.ndarray, feature: CardFeature, rows: Sequence[Told], *, refined: bool
) -> Iterator[float]:
    """Print a column's information values in every direction, and yield how ours is to the peer's."""
    for told in (row for row in rows if row["name"] == column.name):
        ways = ("peak", "valley") if told["direction"] == "auto" else (told["direction"],)
        started = time.process_time()
        tried = [_our_cuts(column, bad, feature, Direction(way), refined=refined) for way in ways]
        spent = time.process_time() - started
        (ours, bins), (theirs, their_bins) = (
            max(_iv(column, bad, feature, cuts) for cuts in several) for several in (tried, [told["cuts"]])
        )
        ratio = ours / theirs if theirs else 1.0
        print(
            f"  {column.name:<38}{told['direction']:<8}{ours:>9.5f}{bins:>4}{theirs:>9.5f}{their_bins:>4}"
            f"{ratio:>9.4f}{spent:>8.3f}{told['cpu_s']:>8.2f}  {told['status']}"
        )
        yield ratio


def _card_ratios(
    whole: Sequence[pl.Series],
    bad: np.ndarray,
    features: dict[str, CardFeature],
    rows: Sequence[Told],
    *,
    refined: bool,
) -> Iterator[float]:
    """Yield how the information value of each feature of a fitted scorecard is to the peer's."""
    frame = pl.DataFrame([column.alias(features[column.name].name) for column in whole])
    started = time.process_time()
    settings = FitSettings(
        prebins_max=PREBINS_MAX, bins_max=BINS_MAX, share_min_nano=int(SHARE_MIN * NANO), iv_min_nano=0,
        ridge_nano=100_000, bands_max=20, score_at=600, odds_at=20, points_to_double_odds=20,
        source=Source(title="this bench", reference=None, checked=None), refined=refined,
    )  # fmt: skip
    card = fit_card(frame=frame, bad=bad, features=list(features.values()), settings=settings)
    print(f"  fit_card: {time.process_time() - started:.2f} CPU s, left out: {len(card.dropped)}")
    fitted = {entry.feature.name: entry for entry in card.features}
    for column in whole:
        feature = features[column.name]
        told = next(row for row in rows if row["name"] == column.name and row["direction"] == "none")
        if feature.name not in fitted:
            continue
        cuts = [part.high for part in fitted[feature.name].bins if part.high is not None]
        (ours, bins), (theirs, _) = (_iv(column, bad, feature, each) for each in (cuts, told["cuts"]))
        print(
            f"  {column.name:<38}{'card':<8}{ours:>9.5f}{bins:>4}{theirs:>9.5f}{'':>4}{ours / theirs:>9.4f}"
        )
        yield ours / theirs


def _our_cuts(
    column: pl.Series, bad: np.ndarray, feature: CardFeature, direction: Direction, *, refined: bool
) -> list[float]:
    counts = count_values(
        values=column, bad=bad, feature=_feature(feature.name, feature.kind, direction, feature.special)
    )
    bins = bin_counts(counts=counts, limits=_limits(len(bad), refined=refined)).bins
    return [part.high for part in bins if part.high is not None]


def _iv(column: pl.Series, bad: np.ndarray, feature: CardFeature, cuts: Sequence[float]) -> tuple[float, int]:
    """Return the information value of intervals, special codes and the missing, and how many intervals."""
    counts = count_values(values=column, bad=bad, feature=feature)
    at = np.searchsorted(np.array(sorted(cuts)), counts.least, side="right")
    apart = [*counts.special, counts.missing]
    goods = np.array([*np.bincount(at, counts.goods), *(one.goods for one in apart)])
    bads = np.array([*np.bincount(at, counts.bads), *(one.bads for one in apart)])
    held = goods + bads > 0
    value = iv_parts(goods[held].astype(np.int64), bads[held].astype(np.int64), counts.totals).sum()
    return float(value), len(cuts) + 1


def main() -> int:
    """Measure what is asked; return the exit status."""
    asked = argparse.ArgumentParser(prog="bench.binning", description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--features", type=int, default=100)
    asked.add_argument("--peer-features", type=int, default=10)
    asked.add_argument("--oracle-python", default=sys.executable)
    default = os.environ.get("CREDITLOOP_SHARED", str(Path(__file__).resolve().parents[2] / "shared"))
    asked.add_argument("--shared", type=Path, default=Path(default))
    asked.add_argument("--plain", action="store_true", help="do not move cuts between the pre-bins")
    given = asked.parse_args()
    print(platform.platform(), platform.python_version(), "NumPy", np.__version__, "Polars", pl.__version__)
    print("speed (simulated)")
    refined = not given.plain
    ours = measure_speed(given.features, given.rows, refined=refined)
    with tempfile.TemporaryDirectory() as name:
        if given.peer_features:
            peer_features = min(given.peer_features, given.features)
            measure_peers(given.oracle_python, peer_features, given.rows, ours, Path(name))
        print(f"information value, give_me_some_credit, at most {BINS_MAX} bins of at least {SHARE_MIN:.0%}")
        columns = f"{'ours':>9}{'':>4}{'peer':>9}{'':>4}{'ratio':>9}{'CPU s':>8}{'peer':>8}"
        print(f"  {'feature':<38}{'':<8}{columns}")
        enough = measure_iv(given.oracle_python, given.shared, Path(name), refined=refined)
    return 1 if enough is False else 0


if __name__ == "__main__":
    raise SystemExit(main())
