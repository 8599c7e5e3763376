"""What publishing a strategy of 500 rules takes: checks, proof, a backtest of a million rows (simulated).

    python -m bench.publish [--rules N] [--proof-rows N] [--rows N]

The strategy is drawn by a seed: tables of 25 rules over 120 inputs of all kinds, every third table
collecting, the others first-hit, an outcome read from these. Each part is timed, wall and CPU seconds.
There is no peer: no open engine checks, proves or backtests.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from random import Random

import polars as pl

from creditloop.formula import prove
from creditloop.kernel.documents import parse_document
from creditloop.risk import Policy, check_strategy, read_policy

IN_TABLE = 25
INTEGERS, MONEY, RATIOS, TEXTS, FLAGS = 60, 20, 20, 10, 10
WORDS = ["A", "B", "C", "D", "E"]


def inputs() -> dict[str, str]:
    """Return the kinds of the inputs by name."""
    return {
        **{f"count_{n:02d}": "integer" for n in range(INTEGERS)},
        **{f"amount_{n:02d}": "money" for n in range(MONEY)},
        **{f"share_{n:02d}": "nano" for n in range(RATIOS)},
        **{f"word_{n:02d}": "text" for n in range(TEXTS)},
        **{f"flag_{n:02d}": "boolean" for n in range(FLAGS)},
    }


def policy_text(*, rules: int, seed: int) -> str:
    """Return the strategy's document."""
    random = Random(seed)
    declared = "\n".join(
        f"  {name}: {{kind: {kind}{', values: [A, B, C, D, E]' if kind == 'text' else ''}}}"
        for name, kind in inputs().items()
    )
    tables = [_table(index, random) for index in range(rules // IN_TABLE)]
    return (
        "policy: bench_publish\nproduct: bench\nstage: admit\ntitle: {zh: 模拟, en: simulated}\n"
        f"inputs:\n{declared}\nsteps:\n{''.join(tables)}{_outcome(rules // IN_TABLE)}"
    )


def _table(index: int, random: Random) -> str:
    collect = index % 3 == 0
    rows = "".join(
        f'        - {{id: t{index:02d}_{n:02d}, when: "{_condition(random)}", '
        f"then: {{stop_{index:02d}: 'true'}}, "
        f"reason: {{code: T{index:02d}_{n:02d}, zh: 规则, en: rule}}}}\n"
        for n in range(IN_TABLE)
    )
    return (
        f"  - table:\n      id: table_{index:02d}\n      hit_policy: {'collect' if collect else 'first'}\n"
        f"      outputs: {{stop_{index:02d}: {{kind: boolean}}}}\n      rows:\n{rows}"
        f"      otherwise: {{then: {{stop_{index:02d}: 'false'}}, "
        f"reason: {{code: T{index:02d}, zh: 无, en: none}}}}\n"
    )


def _outcome(tables: int) -> str:
    stops = " or ".join(f"stop_{index:02d}" for index in range(tables) if index % 3)
    return (
        "  - table:\n      id: outcome\n      hit_policy: first\n"
        "      outputs: {outcome: {kind: text, values: [approve, decline]}}\n      rows:\n"
        f'        - {{id: stopped, when: "{stops}", then: {{outcome: decline}}, '
        "reason: {code: STOP, zh: 拒绝, en: declined}}\n"
        "      otherwise: {then: {outcome: approve}, reason: {code: PASS, zh: 通过, en: approved}}\n"
    )


def _condition(random: Random) -> str:
    drawn = random.sample(sorted(inputs().items()), 3)
    return " and ".join(_atom(name, kind, random) for name, kind in drawn)


def _atom(name: str, kind: str, random: Random) -> str:
    match kind:
        case "integer":
            return f"{name} {random.choice(['>', '<', '>='])} {random.randint(1, 99)}"
        case "money":
            return f"{name} {random.choice(['>', '<'])} yuan({random.randint(1, 99)}000)"
        case "nano":
            return f"{name} {random.choice(['>', '<='])} 0.{random.randint(1, 99):02d}"
        case "text":
            return f"{name} in ['{random.choice('AB')}', '{random.choice('CDE')}']"
        case _:
            return name if random.random() < 0.5 else f"not {name}"


def cases(*, rows: int, seed: int) -> pl.DataFrame:
    """Return simulated cases, 3 % of each input null."""
    number = pl.int_range(rows, eager=True)

    def drawn(index: int, most: int) -> pl.Series:
        return (number.hash(seed=seed * 1_000 + index) % most).cast(pl.Int64)

    columns = []
    for index, (name, kind) in enumerate(inputs().items()):
        values = drawn(index, {"integer": 100, "money": 10_000_000, "nano": 10**9}.get(kind, len(WORDS)))
        if kind == "text":
            values = values.replace_strict(list(range(len(WORDS))), WORDS, return_dtype=pl.String)
        elif kind == "boolean":
            values = values == 0
        present = drawn(500 + index, 100) >= 3
        columns.append(values.to_frame(name).select(pl.when(present).then(pl.col(name))).to_series())
    return pl.DataFrame(columns)


@contextmanager
def timed(name: str, told: Callable[[], str]) -> Iterator[None]:
    """Print wall and CPU seconds of what is done inside, processes begun there included."""
    wall, cpu = time.perf_counter(), _cpu()
    yield
    took = f"{time.perf_counter() - wall:>8.2f} s wall {_cpu() - cpu:>8.2f} s CPU"
    print(f"{name:<16} {took}   {told()}", flush=True)


def _cpu() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def main() -> None:
    """Publish once, part by part."""
    parser = argparse.ArgumentParser(prog="bench.publish")
    parser.add_argument("--rules", type=int, default=500)
    parser.add_argument("--proof-rows", type=int, default=50_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, polars {pl.__version__}; simulated strategy and cases")
    text = policy_text(rules=given.rules, seed=1)
    found: dict[str, object] = {}
    begun = time.perf_counter()
    with timed(
        "read and lower", lambda: f"{len(policy.rules)} rules, {len(policy.program.operations)} steps"
    ):
        policy: Policy = read_policy(parse_document(text, path="bench.yaml"), rules_as_of=date(2025, 1, 1))
    with timed("static checks", lambda: f"{len(found)} kinds of findings"):
        found = {finding.code: finding for finding in check_strategy(policy)}
    with timed(
        "proof", lambda: f"{proof.boundary_rows} + {proof.random_rows} rows, {proof.differences} differ"
    ):
        proof = prove(policy.program, rows=given.proof_rows, seed=1)
    frame = cases(rows=given.rows, seed=1)
    with timed("backtest", lambda: str(counts)):
        judged = policy.judge_frame(frame.lazy(), outputs=["outcome"])
        counted = judged.group_by("outcome").len().sort("outcome")
        counts = dict(counted.collect(engine="streaming").iter_rows())
    print(f"in all {time.perf_counter() - begun:.1f} s (the cases' making included)")
    sys.exit(not proof.holds)


if __name__ == "__main__":
    main()
