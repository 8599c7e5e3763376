"""How fast a decision table of 20 rules runs: case by case in Python, a frame in Polars; and their proof.

    python -m bench.formula_rows [ROWS] [PROOF_ROWS]

ROWS (default 1,000,000) random cases, 3 % of each input null; CPU seconds of this process, median of 5 runs
with the least and the most in brackets. There is no peer here: the engines that were compared before this was
built are not installed. The same table is decided three ways: `flat` (values and states only), `decide` (the
whole working and reasons) and `decide_frame`; the first 2,000 rows of the frame must equal `decide`.
"""

import platform
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable
from random import Random

import polars as pl

from creditloop.formula import prove
from creditloop.kernel.documents import parse_document
from creditloop.risk import DecisionTable, read_table

CHECKED = 2_000
"""Rows of the frame that are decided one by one as well and must be equal."""
RUNS = 5
CONDITIONS = [
    "overdue_days > 90",
    "overdue_days_max_24m >= 60 and overdue_count_24m > 2",
    "blacklisted",
    "channel not in ['A', 'B', 'C', 'D']",
    "age not in [18..65]",
    "debt / income > 0.75",
    "payments * 12 / income > 0.55",
    "income < yuan(3000)",
    "queries_3m > 8",
    "queries_3m > 4 and lenders > 5",
    "lenders > 9",
    "utilisation > 0.95 and cards >= 3",
    "opened > date('2025-06-30') and limit > yuan(50000)",
    "score < 480",
    "score in [480..540) and overdue_count_24m > 0",
    "employed_months < 6 and not owner",
    "max(debt, limit) > yuan(1000000)",
    "debt - payments > income * 6",
    "utilisation * 0.5 + 0.1 > 0.58",
    "region in ['X1', 'X2', 'X3'] and score < 600",
]
KINDS = {
    "integer": [
        *("overdue_days", "overdue_days_max_24m", "overdue_count_24m", "age", "queries_3m"),
        *("lenders", "cards", "score", "employed_months"),
    ],
    "money": ["debt", "income", "payments", "limit"],
    "nano": ["utilisation"],
    "text": ["channel", "region"],
    "boolean": ["blacklisted", "owner"],
    "date": ["opened"],
}
COLUMNS = {
    "overdue_days": (pl.Int64, 0, 120),
    "overdue_days_max_24m": (pl.Int64, 0, 120),
    "overdue_count_24m": (pl.Int64, 0, 5),
    "age": (pl.Int64, 16, 70),
    "queries_3m": (pl.Int64, 0, 10),
    "lenders": (pl.Int64, 0, 10),
    "cards": (pl.Int64, 0, 6),
    "score": (pl.Int64, 400, 800),
    "employed_months": (pl.Int64, 0, 240),
    "debt": (pl.Int64, 0, 10**8),
    "income": (pl.Int64, 2 * 10**5, 10**8),
    "payments": (pl.Int64, 0, 10**6),
    "limit": (pl.Int64, 0, 10**7),
    "utilisation": (pl.Int64, 0, 10**9),
}
CHOICES: dict[str, list[object]] = {
    "channel": ["A", "B", "C", "D", "E"],
    "region": [f"X{n}" for n in range(10)],
    "blacklisted": [True, *[False] * 19],
    "owner": [True, False],
}


def the_table() -> DecisionTable:
    """Return the table, written as a bank would write it."""
    inputs = "".join(f"  {name}: {{kind: {kind}}}\n" for kind, names in KINDS.items() for name in names)
    rows = "".join(
        f'  - {{id: r{n}, when: "{text}", then: {{outcome: decline, cap: yuan(0)}},'
        f" reason: {{code: R{n}, zh: 规则{n}, en: rule {n}}}}}\n"
        for n, text in enumerate(CONDITIONS)
    )
    outputs = "outputs:\n  outcome: {kind: text, values: [approve, decline]}\n  cap: {kind: money}\n"
    cap = "floor(income * 3, yuan(100))"
    last = f"{{then: {{outcome: approve, cap: '{cap}'}}, reason: {{code: OK, zh: 通过, en: ok}}}}\n"
    text = f"id: bench\nhit_policy: first\ninputs:\n{inputs}{outputs}rows:\n{rows}otherwise: {last}"
    return read_table(parse_document(text, path="bench.yaml").root)


def cases(rows: int) -> pl.DataFrame:
    """Return seeded random cases."""
    random = Random(20050630)
    columns = [
        pl.Series(name, [random.randint(least, most) for _ in range(rows)], dtype=dtype)
        for name, (dtype, least, most) in COLUMNS.items()
    ]
    columns += [pl.Series(name, random.choices(values, k=rows)) for name, values in CHOICES.items()]
    days = pl.Series("opened", [random.randint(7_300, 20_400) for _ in range(rows)], dtype=pl.Int32)
    frame = pl.DataFrame([*columns, days.cast(pl.Date)])
    return frame.select(
        pl.when(pl.Series([random.random() >= 0.03 for _ in range(rows)])).then(pl.col(name)).alias(name)
        for name in frame.columns
    )


def measured(what: str, count: int, work: Callable[[], object]) -> None:
    """Print CPU time of the work: in all, for each case, and cases a CPU second."""
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    middle = statistics.median(times)
    spread, each = f"[{min(times):.2f} … {max(times):.2f}]", middle / count * 1e6
    print(f"{what:<22}{count:>11,}{middle:>9.2f} {spread:<18}{each:>10.2f}{count / middle:>14,.0f}")


def check(table: DecisionTable, frame: pl.DataFrame) -> None:
    """Insist that the frame says what each case says."""
    found = table.decide_frame(frame).select("bench_state", "outcome", "cap").rows()
    for row, answer in zip(frame.iter_rows(named=True), found, strict=True):
        verdict = table.decide(row)
        if answer != (verdict.state, verdict.outputs.get("outcome"), verdict.outputs.get("cap")):
            raise SystemExit(f"the frame differs: {row} {answer} {verdict}")


def main() -> None:
    """Print one line for each way of deciding, then the proof."""
    count, proof_rows = (int(text) for text in (*sys.argv[1:3], "1000000", "50000")[:2])
    table, frame = the_table(), cases(count)
    one_by_one = frame.head(50_000).to_dicts()
    print(
        platform.platform(),
        platform.python_version(),
        "Polars",
        pl.__version__,
        "threads",
        pl.thread_pool_size(),
    )
    check(table, frame.head(CHECKED))
    print(f"{'20 rules, 19 inputs':<22}{'cases':>11}{'CPU s':>9} {'':<18}{'µs/case':>10}{'cases/CPU s':>14}")
    flat, decide = table.function.flat, table.decide
    measured("Python, flat", len(one_by_one), lambda: deque(map(flat, one_by_one), maxlen=0))
    measured("Python, full working", len(one_by_one), lambda: deque(map(decide, one_by_one), maxlen=0))
    measured("Polars, frame", count, lambda: table.decide_frame(frame))
    start = time.process_time()
    proof = prove(table.program, rows=proof_rows, seed=1)
    spent = time.process_time() - start
    rows = f"{proof.boundary_rows:,} boundary and {proof.random_rows:,} random rows"
    print(f"proof: {rows}, {proof.targets}: {proof.differences} differences, {spent:.1f} CPU s")
    if not proof.holds:
        raise SystemExit("the targets differ")


if __name__ == "__main__":
    main()
