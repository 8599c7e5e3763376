"""Window features of one party with the read of its events from PostgreSQL, as a decision asks for them.

    python -m bench.online [--parties 1000] [--events 200] [--asked 500]

Account flows of made-up parties are imported under the bank's own contract, and features of its own document
asked for, one party after another: read through the one door (purpose, consent, masking), computed, and
committed with the row the door writes to the log of reads. Everything is simulated. `rows alone` is the
statement the door sends, without the door; `log row` is that row alone. `committed` waits for the disk.
Times are in milliseconds, one connection, after a warming round: of the clock, and means of processor time,
ours and that of the database's backend.
"""

import argparse
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from bench.evidence_verify import scratch_database, server_cpu

from creditloop.data import (
    Access,
    Contract,
    import_file,
    party_token,
    read_contract,
    record_access,
    source_table_name,
)
from creditloop.data.events import Event, PartyReading, party_events, party_features
from creditloop.data.events.computing import Compiled, compiled_features
from creditloop.data.events.reading import contract_table
from creditloop.data.fetching import Request, fetch_party
from creditloop.data.moments import last_instant
from creditloop.data.windows import WindowFeatureSet, read_window_features
from creditloop.kernel.documents import parse_document
from creditloop.kernel.storage import Connection, connect, migrate
from creditloop.service.rooms import ROOMS

_ROOT = Path(__file__).parents[1]
_CONTRACT, _DOCUMENT = "contracts/account_flows.yaml", "features/account_flows_windows.yaml"
_NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
_DAY = date(2025, 12, 31)
_COUNTS = (60, 900)


def documents() -> tuple[Contract, WindowFeatureSet]:
    """Read the bank's contract of account flows and its document of window features over them."""
    contract = read_contract(_ROOT / _CONTRACT, root=_ROOT)
    document = parse_document((_ROOT / _DOCUMENT).read_text("utf-8"), path=_DOCUMENT)
    return contract, read_window_features(document, contract=contract)


def write_flows(path: Path, *, contract: Contract, parties: int, events: int) -> None:
    """Write made-up flows over 720 days, one in twenty known a week late, as the source gives them."""
    random = Random(20251231)
    (table,) = contract.tables
    codes = {column.name: list(column.values) for column in table.columns if column.values}
    rows: list[dict[str, object]] = []
    for party in range(parties):
        for number in range(events):
            booked = _DAY - timedelta(random.randrange(720))
            rows.append(
                {
                    "party_no": f"{party:07d}",
                    "flow_no": f"{number:05d}",
                    "booked_on": booked,
                    "known_on": booked + timedelta(7 if random.random() < 0.05 else 0),
                    "amount": random.randrange(1, 50_000),
                    "balance": random.randrange(100_000),
                    "counterparty": f"c{random.randrange(40)}",
                    **{name: random.choice(values) for name, values in codes.items()},
                }
            )
    pq.write_table(pa.Table.from_pylist(rows), path)


def asked(features: WindowFeatureSet, count: int) -> list[str]:
    """Return the names of so many features, from all over the document."""
    every = [feature.name for feature in features.features]
    return [every[number * len(every) // count] for number in range(count)]


def steps(
    connection: Connection, features: WindowFeatureSet, names: Sequence[str], contract: Contract
) -> dict[str, Callable[[str], object]]:
    """Return what is timed, by name, each of a party; what it wrote is committed or rolled back outside."""
    compiled = compiled_features(features, names=names, reading=reading(contract, "nobody"))
    own: dict[str, list[Event]] = {}

    def read(party: str) -> None:
        own[party] = party_events(connection, table=compiled.table, reading=reading(contract, party))

    def whole(party: str) -> None:
        party_features(connection, features=features, reading=reading(contract, party), names=names)

    def committed(party: str) -> None:
        whole(party)
        connection.commit()

    return {
        "rows alone": lambda party: rows_alone(connection, contract, compiled, party),
        "log row": lambda party: log_row(connection, contract, compiled, party),
        "read": read,
        "compute": lambda party: compiled.evaluate(own[party], _DAY),
        "read + compute": whole,
        "… committed": committed,
    }


def reading(contract: Contract, party: str) -> PartyReading:
    """Return the reading of a party's flows for a rule."""
    return PartyReading(
        contract=contract,
        party_id=party,
        as_of=_DAY,
        purpose="rule",
        reader="bench",
        reason="bench.online",
        now=_NOW,
        record_denial=lambda access: None,
    )


def rows_alone(connection: Connection, contract: Contract, compiled: Compiled, party: str) -> object:
    """Send the door's statement, without its checks and its log."""
    table = contract_table(contract, compiled.table)
    return fetch_party(
        connection,
        request=Request(
            table=table,
            table_name=source_table_name(contract, table),
            columns=compiled.table.columns,
            known_by=last_instant(table, as_of=_DAY, utc_offset_hours=contract.utc_offset_hours),
            now=_NOW,
            consent_for=None,
            party_ids=[party],
            occurred_from=None,
        ),
    )


def log_row(connection: Connection, contract: Contract, compiled: Compiled, party: str) -> None:
    """Write the row the door writes for such a read."""
    given = reading(contract, party)
    access = Access(
        reader=given.reader,
        purpose=given.purpose,
        reason=given.reason,
        contract=contract.name,
        contract_hash=contract.document.hash,
        table=source_table_name(contract, contract_table(contract, compiled.table)),
        columns=compiled.table.columns,
        masked_columns=(),
        parties_count=1,
        party_token=party_token(party),
        known_by=given.now,
        refusal=None,
        at=given.now,
    )
    record_access(connection, access=access)


def timed(connection: Connection, step: Callable[[str], object], parties: Sequence[str]) -> str:
    """Return the median and the 99th percentile of a step, and the processor time of both sides."""
    spent, servers, ours = [], server_cpu(connection), time.process_time()
    for party in parties:
        began = time.perf_counter_ns()
        step(party)
        spent.append((time.perf_counter_ns() - began) / 1e6)
        connection.rollback()
    cpu = [
        1e3 * used / len(parties) for used in (time.process_time() - ours, server_cpu(connection) - servers)
    ]
    figures = [statistics.median(spent), sorted(spent)[int(len(spent) * 0.99)], *cpu]
    return "".join(f"{figure:>10.2f}" for figure in figures)


def main() -> None:
    """Print one line per number of features and step."""
    parser = argparse.ArgumentParser(prog="bench.online")
    parser.add_argument("--parties", type=int, default=1_000)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--asked", type=int, default=500)
    given = parser.parse_args()
    contract, features = documents()
    parties = [f"{contract.party.register}/{number:07d}" for number in range(given.parties)]
    with scratch_database() as url, tempfile.TemporaryDirectory() as place, connect(url) as connection:
        migrate(connection, rooms=ROOMS, now=_NOW)
        file = Path(place) / "flows.parquet"
        write_flows(file, contract=contract, parties=given.parties, events=given.events)
        import_file(connection, contract=contract, file=file, now=_NOW)
        connection.commit()
        connection.execute(f"ANALYZE source.{contract.name}_{features.table.name}".encode())
        connection.commit()
        print(
            platform.platform(), "PostgreSQL", connection.info.server_version, "psycopg", psycopg.__version__
        )
        print(f"{given.parties:,} parties (simulated) of {given.events} events; {given.asked} asked about")
        print(f"{'features':<10}{'step':<16}{'p50':>10}{'p99':>10}{'CPU ours':>10}{'server':>10}")
        for count in _COUNTS:
            for name, step in steps(connection, features, asked(features, count), contract).items():
                timed(connection, step, parties[: given.asked])
                print(f"{count:<10}{name:<16}{timed(connection, step, parties[: given.asked])}", flush=True)


if __name__ == "__main__":
    main()
