"""Window features in bulk and for one party, with Polars expressions in the same run.

    python -m bench.features [--parties 1000000] [--wide-parties 100000] [--part one|peer|wide|bulk|all]
    python -m bench.features --part equality [--town FOLDER] [--equal-parties 10000]

The events are drawn by hashing, about 30 a party over 900 days, sorted by party as a store keeps them; one in
fifty is corrected later. Each party has a day of its own that it is asked about. Everything is simulated and
written to Parquet.
"""

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
from bench.feature_equality import equality

from creditloop.data.contracts import Words
from creditloop.data.windows.bulk import write_window_features
from creditloop.data.windows.definitions import (
    OF_MONTHS,
    Aggregate,
    Dimension,
    EventTable,
    Identifier,
    Measure,
    Quantity,
    Unit,
    Window,
    WindowFeature,
)
from creditloop.data.windows.online import window_function
from creditloop.formula import Kind, duckdb_engine

KINDS = ("loan", "card", "transfer", "salary", "tax", "fee")
LENDERS = ("bank", "consumer_finance", "small_loan", "platform")
DAYS = (30, 90, 180, 360, 720)
WIDE_DAYS = (7, 14, 30, 60, 90, 180, 360, 540, 720)
ASKED = (
    (Aggregate.COUNT, None),
    (Aggregate.SUM, "amount"),
    (Aggregate.MAX, "amount"),
    (Aggregate.MIN, "amount"),
    (Aggregate.DAYS_SINCE_LAST, None),
)
WIDE_ASKED = (
    *ASKED,
    (Aggregate.MEAN, "amount"),
    (Aggregate.DAYS_SINCE_FIRST, None),
    (Aggregate.DISTINCT, "shop"),
)


def table() -> EventTable:
    """Return the events: two dimensions, an amount, a counterparty."""
    return EventTable(
        name="event",
        party="party_id",
        day="day",
        known_at="known_at",
        superseded="superseded_at",
        meaning=_words("events"),
        dimensions=(_dimension("kind", KINDS), _dimension("lender", LENDERS)),
        measures=(
            Measure(
                name="amount", column="amount_fen", kind=Kind.MONEY, meaning=_words("amount"), unit="fen"
            ),
        ),
        identifiers=(Identifier(name="shop", column="shop", meaning=_words("shops")),),
    )


def features(count: int) -> list[WindowFeature]:
    """Return so many features.

    To 875: counts, sums, extremes, recency of every cut and window; then ratios of windows. Of 10,000 about a
    third are counted from events, means, different shops, entropies and months among them, in more windows.
    """
    wide = count > 1_000
    days = WIDE_DAYS if wide else DAYS
    cuts: list[tuple[tuple[str, str], ...]] = [(), *((("kind", kind),) for kind in KINDS)]
    cuts += [(("lender", lender),) for lender in LENDERS]
    cuts += [(("kind", kind), ("lender", lender)) for kind in KINDS for lender in LENDERS]
    quantities = [
        Quantity(aggregate, of, cut, Window(Unit.DAY, size))
        for cut in cuts
        for size in days
        for aggregate, of in (WIDE_ASKED if wide else ASKED)
    ]
    if wide:
        quantities += [
            Quantity(aggregate, "amount" if aggregate is Aggregate.DEVIATION else None, cut, window)
            for cut in cuts
            for aggregate in sorted(OF_MONTHS)
            for window in (Window(Unit.MONTH, size) for size in (3, 6, 12, 24))
        ]
        quantities += [
            Quantity(Aggregate.ENTROPY, "kind", cut, Window(Unit.DAY, size))
            for cut in cuts[:1] + cuts[7:11]
            for size in days
        ]
    divided = [
        (one, other)
        for one in quantities
        for other in quantities
        if one.aggregate in {Aggregate.COUNT, Aggregate.SUM, Aggregate.MEAN, Aggregate.MAX, Aggregate.MIN}
        and (one.aggregate, one.of, one.where) == (other.aggregate, other.of, other.where)
        and one.window < other.window
    ]
    divided += [
        (one, other)
        for other in quantities
        if other.aggregate in {Aggregate.COUNT, Aggregate.SUM} and len(other.where) < 2
        for one in quantities
        if (one.aggregate, one.of, one.window) == (other.aggregate, other.of, other.window)
        and set(other.where) < set(one.where)
    ]
    asked = [_feature(one) for one in quantities] + [_feature(one, other) for one, other in divided]
    if len(asked) < count:
        raise SystemExit(f"only {len(asked)} features can be made")
    return asked[:count]


def _dimension(name: str, values: Sequence[str]) -> Dimension:
    listed = {value: _words(value) for value in values}
    return Dimension(
        name=name, column=name, meaning=_words(name), values=listed, codes={value: value for value in values}
    )


def _words(text: str) -> Words:
    return Words(zh=text, en=text)


def _feature(*quantities: Quantity) -> WindowFeature:
    name = "_by_".join(
        "_".join([one.aggregate, *(value for _, value in one.where), str(one.window)]) for one in quantities
    )
    return WindowFeature(name=name, kind=Kind.INTEGER, unit="", meaning=_words(name), quantities=quantities)


def write_events(path: Path, *, parties: int) -> None:
    """Write events to Parquet, sorted by party, and beside them the parties with their days."""
    kinds, lenders = (", ".join(f"'{name}'" for name in names) for names in (KINDS, LENDERS))
    with duckdb_engine() as engine:
        engine.execute(
            f"""COPY (
                SELECT party_id, DATE '2023-01-01' + CAST(h % 900 AS INTEGER) AS day,
                    day + CAST(CASE WHEN h2 % 20 = 0 THEN h2 % 30 ELSE 0 END AS INTEGER) AS known_at,
                    CASE WHEN h % 50 = 0 THEN known_at + 20 END AS superseded_at,
                    [{kinds}][1 + h2 // 7 % {len(KINDS)}] AS kind,
                    [{lenders}][1 + h2 // 91 % {len(LENDERS)}] AS lender,
                    CAST(h // 1000 % 10000000 AS BIGINT) AS amount_fen,
                    CAST(h2 // 1000 % 50 AS INTEGER) AS shop
                FROM (
                    SELECT format('P{{:08d}}', p) AS party_id, CAST(hash(p, n) % 1000000007 AS BIGINT) AS h,
                        CAST(hash(n, p, 1) % 1000000007 AS BIGINT) AS h2
                    FROM range({parties}) t(p), range(30) u(n)
                ) ORDER BY party_id
            ) TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"""
        )
        engine.execute(
            f"""COPY (SELECT format('P{{:08d}}', p) AS party_id,
                DATE '2024-12-01' + CAST(hash(p, 7) % 180 AS INTEGER) AS as_of
                FROM range({parties}) t(p) ORDER BY party_id) TO '{_parties(path)}' (FORMAT parquet)"""
        )


def _parties(path: Path) -> Path:
    return path.with_suffix(".parties.parquet")


def bulk(path: Path, count: int) -> str:
    """Compute so many features of all parties and write them to Parquet; return what it took."""
    parties, out = pq.read_table(_parties(path)), path.with_suffix(".features.parquet")
    asked = features(count)
    began, cpu = time.perf_counter(), time.process_time()
    write_window_features(
        out, table=table(), features=asked, events=f"read_parquet('{path}')", parties=parties
    )
    wall, spent = time.perf_counter() - began, time.process_time() - cpu
    written = out.stat().st_size
    out.unlink()
    return _told("ours", wall, spent, parties.num_rows, len(asked), written)


def polars(path: Path, count: int) -> str:
    """Compute the same by one Polars expression a feature, but for ratios."""
    out = path.with_suffix(".features.parquet")
    asked = [one for one in features(count) if len(one.quantities) == 1]
    began, cpu = time.perf_counter(), time.process_time()
    frame = (
        pl.scan_parquet(path)
        .join(pl.scan_parquet(_parties(path)), on="party_id")
        .filter((pl.col("day") <= pl.col("as_of")) & (pl.col("known_at") <= pl.col("as_of")))
        .filter(pl.col("superseded_at").is_null() | (pl.col("superseded_at") > pl.col("as_of")))
        .with_columns(age=(pl.col("as_of") - pl.col("day")).dt.total_days())
        .group_by("party_id")
        .agg(_expression(one.quantities[0]).alias(one.name) for one in asked)
        .collect()
    )
    frame.write_parquet(out, compression="zstd", compression_level=1)
    wall, spent = time.perf_counter() - began, time.process_time() - cpu
    return _told("polars", wall, spent, frame.height, len(asked), out.stat().st_size)


def _told(name: str, wall: float, spent: float, parties: int, count: int, written: int) -> str:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return (
        f"{name:<7}{count:>6} features x {parties:>9,} parties: {wall:6.1f} s wall, {spent:6.1f} s CPU, "
        f"{most:.2f} GiB at most, {parties * count / spent / 1e6:5.1f} M values/CPU s, "
        f"{written / 2**30:.2f} GiB written"
    )


def _expression(quantity: Quantity) -> pl.Expr:
    inside = pl.col("age") < quantity.window.size
    for name, value in quantity.where:
        inside &= pl.col(name) == value
    match quantity.aggregate:
        case Aggregate.COUNT:
            return inside.sum()
        case Aggregate.DAYS_SINCE_LAST:
            return pl.col("age").filter(inside).min()
        case aggregate:
            amounts = pl.col("amount_fen").filter(inside)
            return {Aggregate.SUM: amounts.sum, Aggregate.MAX: amounts.max}.get(aggregate, amounts.min)()


def one(count: int, events: int = 200) -> str:
    """Time the features of one party from its events."""
    asked = features(count)
    function = window_function(table=table(), features=asked).evaluate
    day = date(2025, 1, 1)
    own = [
        (
            date.fromordinal(day.toordinal() - (n * 37) % 900),
            date.fromordinal(day.toordinal() - (n * 37) % 900),
            None,
            KINDS[n % 6],
            LENDERS[n % 4],
            n * 1013 % 100_000,
            n % 50,
        )
        for n in range(events)
    ]
    times = _timed(lambda: function(own, day), repeats=300)
    return (
        f"one party, {events} events, {len(asked)} features: p50 {times[0]:.3f} ms, p99 {times[1]:.3f} ms CPU"
    )


def _timed(call: Callable[[], object], *, repeats: int) -> tuple[float, float]:
    spent: list[float] = []
    for _ in range(repeats):
        began = time.thread_time_ns()
        call()
        spent.append((time.thread_time_ns() - began) / 1e6)
    return statistics.median(spent), sorted(spent)[int(repeats * 0.99)]


def main() -> None:
    """Run the parts asked for, each in a process of its own, so that its memory is its own."""
    parser = argparse.ArgumentParser(prog="bench.features")
    parser.add_argument("--parties", type=int, default=1_000_000)
    parser.add_argument("--wide-parties", type=int, default=100_000)
    parser.add_argument("--part", choices=["one", "bulk", "wide", "peer", "equality", "all"], default="all")
    parser.add_argument("--town", type=Path, help="a town's files, for the part equality; else drawn events")
    parser.add_argument("--equal-parties", type=int, default=10_000)
    given = parser.parse_args()
    print(f"duckdb {duckdb.__version__}, polars {pl.__version__}, {os.cpu_count()} cores; simulated events")
    if given.part in {"one", "all"}:
        print(one(900))
        print(one(60), flush=True)
    if given.part == "equality":
        for told in equality(given.town, parties=given.equal_parties):
            print(told, flush=True)
        return
    fresh = get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        for part, count, parties, runs in (
            ("peer", 900, given.wide_parties, (bulk, polars)),
            ("wide", 10_000, given.wide_parties, (bulk,)),
            ("bulk", 900, given.parties, (bulk,)),
        ):
            if given.part not in {part, "all"}:
                continue
            path = Path(folder) / f"events_{parties}.parquet"
            with ProcessPoolExecutor(1, mp_context=fresh) as pool:
                pool.submit(write_events, path, parties=parties).result()
            for run in runs:
                with ProcessPoolExecutor(1, mp_context=fresh) as pool:
                    print(pool.submit(run, path, count).result(), flush=True)


if __name__ == "__main__":
    main()
