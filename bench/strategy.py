"""A strategy of 60 rules over 100 inputs, one case at a time and many at once, beside zen-engine (simulated).

    python -m bench.strategy [--rows N] [--repeats K]

The same strategy as our document and as a JDM graph (`bench.strategy_document`); before anything is timed the
two must decide 3,000 cases alike. Everything is CPU time, back to back in one process, median of K repeats
with the least and the most in brackets. zen-engine is measured at its best: `ZenEngine.evaluate`, whose
compiled decision is cached. Peak memory is of a process of its own each.
"""

import argparse
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from bench.strategy_document import COLLECT, FIRST, cases, jdm_text, policy_text

import zen
from creditloop.formula import polars_columns
from creditloop.formula.duckdb_target import duckdb_columns, duckdb_engine
from creditloop.kernel.documents import parse_document
from creditloop.risk import Policy, read_policy

CHECKED, ONLINE, TRACED, ZEN_BATCH = 3_000, 3_000, 300, 2_000
OUTPUTS = ("grade", "limit", "rate", "outcome")
WANTED = [*OUTPUTS, *(f"{table}__matched" for table in (*COLLECT, *FIRST))]
"""What a batch computes: the outputs, and which rows of each table matched."""
Row = dict[str, Any]


def the_policy() -> Policy:
    """Return the strategy in force."""
    return read_policy(parse_document(policy_text(), path="bench.yaml"), rules_as_of=date(2025, 1, 1))


def the_engine() -> zen.ZenEngine:
    """Return zen-engine with the same strategy under the key `strategy`."""
    text = jdm_text()
    return zen.ZenEngine({"loader": lambda key: text})


def check_alike(policy: Policy, engine: zen.ZenEngine, rows: Sequence[Row]) -> None:
    """Insist that both decide every row alike: the outputs, and the rules that matched."""
    for row in rows:
        judged, told = policy.judge(row), engine.evaluate("strategy", row)["result"]
        ours: dict[str, object] = {name: judged.outputs[name] for name in OUTPUTS}
        ours |= {table: _codes(table, judged.verdict(table).matched) for table in COLLECT}
        theirs = {name: told[name] for name in OUTPUTS}
        theirs |= {table: [hit["code"] for hit in told[table]] for table in COLLECT}
        if ours != theirs:
            raise SystemExit(f"the engines decide otherwise\n{row}\n{ours}\n{theirs}")


def _codes(table: str, matched: Sequence[str]) -> list[str]:
    return [f"{table.upper()}_{row[1:]}" for row in matched if row != "otherwise"]


# one case at a time


def online(what: str, decide: Callable[[Row], object], rows: Sequence[Row], repeats: int) -> None:
    """Print the median and the 99th of 100 of CPU time a case."""
    medians, tails = list[float](), list[float]()
    for row in rows[:50]:
        decide(row)
    for _ in range(repeats):
        spent = []
        for row in rows:
            start = time.thread_time_ns()
            decide(row)
            spent.append((time.thread_time_ns() - start) / 1000)
        spent.sort()
        medians.append(spent[len(spent) // 2])
        tails.append(spent[len(spent) * 99 // 100])
    middle, tail = statistics.median(medians), statistics.median(tails)
    spread = f"[{min(medians):.1f} … {max(medians):.1f}]"
    print(f"{what:<40}{middle:>10.1f} {spread:<20}{tail:>10.1f}")


# many at once


def batch_polars(policy: Policy, path: Path) -> Callable[[], object]:
    """Return the work: outputs and matched rows of every row of a frame in memory."""
    frame = pl.read_parquet(path).lazy()
    return lambda: polars_columns(policy.program, frame, steps=WANTED, states=False).select(WANTED).collect()


def batch_polars_judged(policy: Policy, path: Path) -> Callable[[], object]:
    """Return the work: `judge_frame`, which says for each table which row decided and whether it refers."""
    frame = pl.read_parquet(path).lazy()
    return lambda: policy.judge_frame(frame).drop(frame.collect_schema().names()).collect()


def batch_polars_file(policy: Policy, path: Path) -> Callable[[], object]:
    """Return the work: the same, streamed from Parquet to Parquet."""
    frame = pl.scan_parquet(path)
    columns = polars_columns(policy.program, frame, steps=WANTED, states=False).select(WANTED)
    return lambda: columns.sink_parquet(path.with_suffix(".polars"))


def batch_duckdb_file(policy: Policy, path: Path) -> Callable[[], object]:
    """Return the work: outputs and matched rows by DuckDB from Parquet to Parquet."""
    connection = duckdb_engine()
    relation = connection.read_parquet(str(path))
    columns = duckdb_columns(policy.program, relation, steps=WANTED, states=False, keep=[])
    return lambda: columns.write_parquet(str(path.with_suffix(".duckdb")))


def batch_zen(policy: Policy, path: Path) -> Callable[[], object]:
    """Return the work: zen-engine's batch call over the same rows as dictionaries, without trace."""
    engine, rows = the_engine(), pl.read_parquet(path).to_dicts()
    calls: list[list[Any]] = [
        [{"key": "strategy", "context": row} for row in rows[start : start + ZEN_BATCH]]
        for start in range(0, len(rows), ZEN_BATCH)
    ]
    return lambda: [engine.evaluate_batch(call) for call in calls]


BATCHES: Mapping[str, tuple[str, Callable[[Policy, Path], Callable[[], object]]]] = {
    "polars": ("Polars, in memory", batch_polars),
    "judged": ("Polars, judge_frame, in memory", batch_polars_judged),
    "streamed": ("Polars, Parquet to Parquet", batch_polars_file),
    "duckdb": ("DuckDB, Parquet to Parquet", batch_duckdb_file),
    "zen": ("zen-engine, evaluate_batch", batch_zen),
}


def batch(name: str, path: Path, rows: int, repeats: int) -> None:
    """Print rows a CPU second, and the peak memory of a process that does nothing else."""
    work = BATCHES[name][1](the_policy(), path)
    work()
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    middle = statistics.median(spent)
    spread = f"[{min(spent):.2f} … {max(spent):.2f}]"
    each = f"{rows / middle:>13,.0f}{peak_mib():>10,.0f}"
    print(f"{BATCHES[name][0]:<40}{rows:>10,} {middle:>8.2f} {spread:<20}{each}")


def peak_mib() -> float:
    """Return the peak memory of this process; what the kernel counts for it begins with its parent's."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


def main() -> None:
    """Check that both decide alike, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, default=500_000, help="rows of a batch; zen-engine gets a fiftieth"
    )
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--batch", choices=BATCHES, help="one batch only, over --file")
    parser.add_argument("--file", type=Path)
    given = parser.parse_args()
    if given.batch:
        batch(given.batch, given.file, given.rows, given.repeats)
        return
    policy, engine = the_policy(), the_engine()
    rows = cases(CHECKED).to_dicts()
    check_alike(policy, engine, rows)
    versions = f"Polars {pl.__version__} DuckDB {duckdb.__version__} zen-engine {version('zen-engine')}"
    print(platform.platform(), "Python", platform.python_version(), versions)
    print(f"{len(policy.rules)} rules, {len(policy.inputs)} inputs; {CHECKED:,} cases decided alike by both")
    print(f"\n{'one case, µs of CPU':<40}{'p50':>10} {'[least … most]':<20}{'p99':>10}")
    online("creditloop, outputs", policy.decide, rows[:ONLINE], given.repeats)
    online("creditloop, full working and reasons", policy.judge, rows[:ONLINE], given.repeats)
    online("zen-engine, evaluate", lambda row: engine.evaluate("strategy", row), rows[:ONLINE], given.repeats)
    traced: Any = {"trace": True}
    online(
        "zen-engine, evaluate with trace",
        lambda row: engine.evaluate("strategy", row, traced),
        rows[:TRACED],
        given.repeats,
    )
    head = (
        f"{'many at once':<40}{'rows':>10} {'CPU s':>8} {'[least … most]':<20}{'rows/CPU s':>13}{'MiB':>10}"
    )
    print(f"\n{head}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in BATCHES:
            count = max(ZEN_BATCH, given.rows // 50) if name == "zen" else given.rows
            path = Path(folder) / f"{count}.parquet"
            if not path.exists():
                cases(count).write_parquet(path)
            command = [sys.executable, "-m", "bench.strategy", "--batch", name, "--file", str(path)]
            more = ["--rows", str(count), "--repeats", str(given.repeats)]
            subprocess.run([*command, *more], check=True)


if __name__ == "__main__":
    main()
