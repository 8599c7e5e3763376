"""How fast files are imported under a contract, and with how much memory.

    python -m bench.import_rows [ROWS…]

Generated rows of ten columns (default 30,000 and 1,000,000), as CSV and as Parquet, each imported into a new
database in a process of its own, so that its peak memory is its own. The peer, in the same run: the rows,
typed beforehand, by one plain COPY into a table of the same columns without index, constraint or check. The
example card book stands last: each of its rows gives eight. The server is its own, or the one of
CREDITLOOP_TEST_DATABASE_URL.
"""

import multiprocessing
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
from bench.evidence_verify import scratch_database

from creditloop.data import Contract, import_file, parse_contract, read_contract
from creditloop.kernel.storage import Room, connect, copy_frame, migrate

_NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
_ROOT = Path(__file__).parents[1]
_BASE = 10_000_000
_COLUMNS = {
    "account_no": ("text", "account_no"),
    "opened": ("date", "opened"),
    "kind": ("text", "kind"),
    "months_late": ("integer", "months_late"),
    "active": ("boolean", "active"),
    "balance_fen": ("money", "balance"),
    "limit_fen": ("money", "limit"),
    "paid_fen": ("money", "paid"),
    "branch": ("integer", "branch"),
}
_PEER = """
CREATE SCHEMA peer;
CREATE TABLE peer.account (party_id text, account_no text, opened date, kind text, months_late bigint,
    active boolean, balance_fen bigint, limit_fen bigint, paid_fen bigint, branch bigint);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What one step took."""

    rows: int
    seconds: float
    peak_megabytes: int


def bench_contract() -> Contract:
    """Return the contract of the generated rows."""
    columns = "\n".join(
        f"      {name}: {{from: {source}, type: {kind}, sensitivity: 3, personal: true, protected: false,"
        f" purposes: [posting], meaning: {{zh: 列, en: a column}}, null: false}}"
        for name, (kind, source) in _COLUMNS.items()
    )
    return parse_contract(
        f"""
contract: bench
version: 1
title: {{zh: 测速, en: Benchmark}}
source: {{publisher: bench, licence: none, url: none, attribution: none}}
formats: [csv, parquet]
currency: CNY
utc_offset_hours: 8
sensitivity_scale: JR/T 0197-2020
party: {{from: party, type: integer, sensitivity: 2, personal: true, purposes: [posting],
  meaning: {{zh: 主体, en: the party}}}}
purposes: {{posting: {{clear_up_to: 3}}}}
retention: {{months: 1, basis: {{title: a benchmark}}, after: {{zh: 删除, en: deleted}}}}
rejected_share_max: {{value: 0, source: {{title: generated rows are good}}}}
not_loaded: {{}}
tables:
  account:
    kind: plain
    meaning: {{zh: 账户, en: accounts}}
    key: [party_id, account_no]
    occurred_at: {{start_of: opened}}
    known_at: {{end_of: opened}}
    columns:
{columns}
    rules:
      - {{id: overdrawn, when: balance_fen > limit_fen, effect: keep, code: over_limit, field: balance_fen,
         expected: at most the limit, meaning: {{zh: 超限, en: over the limit}}}}
""",
        path="bench/import_rows",
    )


def generated(rows: int) -> pl.DataFrame:
    """Return rows as a file holds them: amounts in units with two decimals."""
    number = pl.int_range(0, rows, dtype=pl.Int64)
    return pl.select(
        party=number + 1,
        account_no=pl.format("6222{}", number + _BASE),
        opened=pl.lit(date(2020, 1, 1)) + pl.duration(days=number % 1_000),
        kind=pl.when(number % 3 == 0).then(pl.lit("card")).otherwise(pl.lit("loan")),
        months_late=number % 7,
        active=number % 2 == 0,
        balance=_units(number * 7_919 % 5_000_000),
        limit=_units(number * 104_729 % 9_000_000 + 1_000_000),
        paid=_units(number * 1_299_709 % 300_000),
        branch=number % 97,
    )


def _units(fen: pl.Expr) -> pl.Expr:
    """Return amounts as the floats a file holds; not by dividing: Polars multiplies by the reciprocal."""
    return pl.format("{}.{}", fen // 100, (fen % 100).cast(pl.String).str.zfill(2)).cast(pl.Float64)


def typed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the same rows as the peer's table holds them."""
    amounts = [
        (pl.col(name) * 100).round().cast(pl.Int64).alias(f"{name}_fen")
        for name in ("balance", "limit", "paid")
    ]
    return frame.select(
        pl.format("bench/{}", "party").alias("party_id"),
        *("account_no", "opened", "kind", "months_late", "active"),
        *amounts,
        "branch",
    )


def import_step(url: str, file: Path, contract: Contract) -> int:
    """Import the file; return its rows."""
    with connect(url) as connection:
        rows = import_file(connection, contract=contract, file=file, now=_NOW).rows_read
        connection.commit()
    return rows


def import_generated(url: str, file: Path) -> int:
    """Import generated rows."""
    return import_step(url, file, bench_contract())


def import_cards(url: str, file: Path) -> int:
    """Import the example card book."""
    return import_step(url, file, read_contract(_ROOT / "contracts" / "taiwan_cards.yaml", root=_ROOT))


def copy_step(url: str, file: Path) -> int:
    """COPY the same rows, read back from Parquet and typed beforehand."""
    frame = typed(pl.read_parquet(file))
    with connect(url) as connection:
        rows = copy_frame(connection, table="peer.account", frame=frame)
        connection.commit()
    return rows


def import_measured(step: Callable[[str, Path], int], file: Path) -> Measure:
    """Run a step on a new database in a process of its own, and measure it there."""
    with scratch_database() as url:
        rooms = [Room(package="creditloop.kernel.storage"), Room(package="creditloop.data")]
        with connect(url) as connection:
            migrate(connection, rooms=rooms, now=_NOW)
            connection.execute(_PEER)
            connection.commit()
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            return pool.apply(measured, (step, url, file))


def measured(step: Callable[[str, Path], int], url: str, file: Path) -> Measure:
    """Measure a step in this process."""
    start = time.perf_counter()
    rows = step(url, file)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Measure(rows=rows, seconds=seconds, peak_megabytes=peak // unit)


def write_files(rows: int, csv: Path, parquet: Path) -> None:
    """Write the generated rows in both formats."""
    frame = generated(rows)
    frame.write_csv(csv)
    frame.write_parquet(parquet)


def show(what: str, measure: Measure) -> None:
    """Print one line."""
    speed = measure.rows / measure.seconds
    print(f"{what:<34}{measure.rows:>11,}{measure.seconds:>9.2f}{speed:>12,.0f}{measure.peak_megabytes:>10,}")


def main() -> None:
    """Print one line per step."""
    sizes = [int(text) for text in sys.argv[1:]] or [30_000, 1_000_000]
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'step':<34}{'rows':>11}{'seconds':>9}{'rows/s':>12}{'peak MB':>10}")
    with tempfile.TemporaryDirectory() as place:
        for size in sizes:
            csv, parquet = Path(place) / f"{size}.csv", Path(place) / f"{size}.parquet"
            with multiprocessing.get_context("spawn").Pool(
                1
            ) as pool:  # a child begins with its parent's peak
                pool.apply(write_files, (size, csv, parquet))
            show("import CSV", import_measured(import_generated, csv))
            show("import Parquet", import_measured(import_generated, parquet))
            show("peer: plain COPY of typed rows", import_measured(copy_step, parquet))
    cards = _ROOT / "examples" / "taiwan_cards" / "taiwan_default.parquet"
    show("import the card book (8 rows each)", import_measured(import_cards, cards))


if __name__ == "__main__":
    main()
