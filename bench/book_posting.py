"""How fast the example book is posted, and how much faster than the usual way, row by row.

    python -m bench.book_posting [PARQUET]

Ours: 30,000 opening balances and five statement months, each month durably committed by itself, through
every check of the code and of the database. The peer: a sample of the same events and postings the way an
object mapper writes them, one INSERT a row and ten events a transaction, into tables of the same columns and
keys; its rows are given, so it computes, hashes and checks nothing. Medians of three runs, with the least and
the most in brackets; CPU seconds are this process's and, where the machine shows them, its server backend's.
The server is the embedded one, or that of CREDITLOOP_DATABASE_URL.
"""

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
from conformance.card_book import import_statements, post_book, scratch_database

from creditloop.data import denials_kept_at
from creditloop.kernel.storage import Connection, connect

RUNS = 3
SAMPLE_EVENTS = 4_000
EVENTS_A_TRANSACTION = 10
_NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
_EXAMPLE = Path(__file__).parent.parent / "examples" / "taiwan_cards" / "taiwan_default.parquet"
_PEER_TABLES = b"""
CREATE TABLE public.peer_event (LIKE book.event INCLUDING INDEXES);
CREATE TABLE public.peer_posting (LIKE book.posting INCLUDING INDEXES)
"""
_SAMPLE = b"SELECT * FROM book.event WHERE kind = 'payment' ORDER BY party_id, sequence LIMIT %s"
_POSTINGS = b"SELECT * FROM book.posting WHERE party_id = %s AND sequence = %s ORDER BY leg"

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One way, once: what it wrote and what it took."""

    events: int
    postings: int
    wall_s: float
    cpu_s: float


def run_once(parquet: Path) -> tuple[Measured, Measured]:
    """Post the book in a fresh database, then a sample of it the peer's way; return both."""
    with scratch_database(_NOW) as url, connect(url) as connection:
        rows = import_statements(connection, parquet, now=_NOW, record_denial=denials_kept_at(url))
        connection.commit()
        ours = _measured(connection, lambda: _post(connection, rows))
        sample = _sample(connection)
        connection.execute(_PEER_TABLES)
        connection.commit()
        return ours, _measured(connection, lambda: _insert_row_by_row(connection, sample))


def main() -> None:
    """Print one line per way, and how they compare."""
    parquet = Path(sys.argv[1]) if len(sys.argv) > 1 else _EXAMPLE
    runs = [run_once(parquet) for _ in range(RUNS)]
    ours, peers = [pair[0] for pair in runs], [pair[1] for pair in runs]
    print(platform.platform(), platform.python_version(), f"{os.cpu_count()} CPUs")
    print(f"{'way':<12}{'events':>9}{'postings':>10}{'wall s':>24}{'CPU s':>24}{'events/CPU s':>26}")
    for name, way in (("ours, COPY", ours), ("row by row", peers)):
        first = way[0]
        figures = f"{_spread(way, _wall):>24}{_spread(way, _cpu):>24}{_spread(way, _rate):>26}"
        print(f"{name:<12}{first.events:>9,}{first.postings:>10,}{figures}")
    for what, count in (("events", ours[0].events), ("postings", ours[0].postings)):
        print(f"{what}/s, ours, by the clock: {count / statistics.median(map(_wall, ours)):,.0f}")
    ratio = statistics.median(map(_rate, ours)) / statistics.median(map(_rate, peers))
    print(f"events per CPU second, ours to row by row: {ratio:.1f} times")


def _post(connection: Connection, rows: Mapping[date, pl.DataFrame]) -> tuple[int, int]:
    post_book(connection, rows, now=_NOW)
    found = connection.execute("SELECT sum(event_count), sum(posting_count) FROM book.batch").fetchone()
    assert found is not None
    return int(found[0]), int(found[1])


def _sample(connection: Connection) -> list[tuple[Row, list[Row]]]:
    """Return some events of the book, each with its postings."""
    events = connection.execute(_SAMPLE, (SAMPLE_EVENTS,)).fetchall()
    return [(event, connection.execute(_POSTINGS, event[2:4]).fetchall()) for event in events]


def _insert_row_by_row(connection: Connection, sample: Sequence[tuple[Row, list[Row]]]) -> tuple[int, int]:
    postings = 0
    for number, (event, legs) in enumerate(sample, start=1):
        connection.execute(_insert("peer_event", event), event)
        for leg in legs:
            connection.execute(_insert("peer_posting", leg), leg)
            postings += 1
        if number % EVENTS_A_TRANSACTION == 0:
            connection.commit()
    connection.commit()
    return len(sample), postings


def _insert(table: str, row: Row) -> bytes:
    return f"INSERT INTO public.{table} VALUES ({', '.join(['%s'] * len(row))})".encode()


def _measured(connection: Connection, work: Callable[[], tuple[int, int]]) -> Measured:
    wall, ours, servers = time.perf_counter(), time.process_time(), _server_cpu(connection)
    events, postings = work()
    return Measured(
        events=events,
        postings=postings,
        wall_s=time.perf_counter() - wall,
        cpu_s=time.process_time() - ours + _server_cpu(connection) - servers,
    )


def _server_cpu(connection: Connection) -> float:
    """Return the CPU seconds of the connection's backend, 0 where the machine does not show them."""
    stat = Path(f"/proc/{connection.info.backend_pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wall(one: Measured) -> float:
    return one.wall_s


def _cpu(one: Measured) -> float:
    return one.cpu_s


def _rate(one: Measured) -> float:
    return one.events / one.cpu_s


def _spread(way: Sequence[Measured], figure: Callable[[Measured], float]) -> str:
    values = sorted(map(figure, way))
    shown = ",.0f" if values[0] > 100 else ",.2f"
    return f"{statistics.median(values):{shown}} [{values[0]:{shown}}–{values[-1]:{shown}}]"


if __name__ == "__main__":
    main()
