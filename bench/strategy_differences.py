"""One strategy through every execution: boundary rows and random ones, 0 differences expected (simulated).

    python -m bench.strategy_differences [--rows N] [--seed S] [--record FILE]

The strategy of 60 rules and 100 inputs (`bench.strategy_document`) and a program of every operation of the
language, each through Python, Polars and DuckDB: value and state of every step, types included. Rows come in
chunks of 100,000, each with a seed of its own; with --record the finished chunks are noted in a file, and a
run that was broken off goes on after them. Exit status 1 if anything differs.
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

from bench.strategy import the_policy

from creditloop.formula import Input, Kind, NullPolicy, Program, Step, compile_program, prove

CHUNK = 100_000
SHARE = 10
"""The strategy gets all rows, the program of every operation one row in so many."""
TEXTS = [
    *("n + k", "n - k", "n * k", "n / k", "-n", "abs(n)", "min(n, k)", "max(a, b)", "remainder(n, k)"),
    *("a * r", "r * r", "a / b", "r / n", "round(n, 7)", "floor(a, yuan(1))", "ceil(r, 0.01)"),
    *("truncate(a, yuan(100))", "d + n", "d - e", "add_months(d, k)", "months_between(d, e)", "year(d)"),
    *("month(d)", "day(d)", "weekday(d)", "n = k", "a != b", "r < n", "d <= e", "n in [0..100)"),
    *("n in [1, 2, 3]", "s = t", "s in ['A', 'b']", "f and n > 0", "f or a > b", "not f", "n is null"),
    *("lower(s)", "upper(s)", "trim(s)", "length(s)", "concat(s, t)", "contains(s, t)", "a ?? b"),
    *("starts_with(s, t)", "ends_with(s, t)", "if f then n else k"),
    "case when n > 5 then a when k > 5 then b when f then null else a + b end",
]  # fmt: skip


def every_operation() -> Program:
    """Return a program of every operation over inputs of every kind and null policy."""
    kinds = {
        **{"n": Kind.INTEGER, "k": Kind.INTEGER, "a": Kind.MONEY, "b": Kind.MONEY, "r": Kind.NANO},
        **{"s": Kind.TEXT, "t": Kind.TEXT, "d": Kind.DATE, "e": Kind.DATE, "f": Kind.BOOLEAN},
    }
    policies = {
        "k": NullPolicy.NO_MATCH,
        "b": NullPolicy.MATCH,
        "t": NullPolicy.NO_MATCH,
        "f": NullPolicy.MATCH,
    }
    return compile_program(
        inputs=[Input(name, kind, policies.get(name, NullPolicy.REFER)) for name, kind in kinds.items()],
        steps=[Step(f"s{index}", text) for index, text in enumerate(TEXTS)],
    )


def chunks(rows: int, seed: int) -> Iterator[tuple[str, Program, int, int]]:
    """Give what to prove: a name, the program, the rows and their seed."""
    strategy, language = the_policy().program, every_operation()
    for start in range(0, rows, CHUNK):
        count = min(CHUNK, rows - start)
        yield "strategy", strategy, count, seed + start // CHUNK
        yield "language", language, max(1, count // SHARE), seed + start // CHUNK


def main() -> None:
    """Prove chunk by chunk and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="random rows of the strategy; 10,000,000 in full"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=Path, help="a file of finished chunks, to go on from")
    given = parser.parse_args()
    done = _done(given.record)
    total = differences = 0
    for name, program, rows, seed in chunks(given.rows, given.seed):
        key = f"{name} {program.hash} {rows} {seed}"
        if key not in done:
            start = time.process_time()
            proof = prove(program, rows=rows, seed=seed)
            spent = time.process_time() - start
            done[key] = (proof.boundary_rows + proof.random_rows, proof.differences)
            told = f"{proof.boundary_rows:,} boundary and {rows:,} random rows, {', '.join(proof.targets)}"
            print(
                f"{name}, seed {seed}: {told}: {proof.differences} differences, {spent:.1f} CPU s", flush=True
            )
            for difference in proof.first:
                print("  ", difference)
            if given.record is not None:
                given.record.write_text(json.dumps(done))
        total, differences = total + done[key][0], differences + done[key][1]
    print(f"{total:,} rows through every execution: {differences} differences")
    raise SystemExit(1 if differences else 0)


def _done(record: Path | None) -> dict[str, tuple[int, int]]:
    if record is None or not record.exists():
        return {}
    return {key: (rows, differences) for key, (rows, differences) in json.loads(record.read_text()).items()}


if __name__ == "__main__":
    main()
