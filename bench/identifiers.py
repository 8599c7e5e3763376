"""What identifiers cost: the import of a source that has them, and encrypting all of them anew.

    python -m bench.identifiers [--parties 100000] [--algorithm AES-256-GCM]

Made-up customers (simulated) with a number of an identity document that checks, a telephone and an address,
under the bank's own contract of parties: imported, and once more into another database under the contract
without `identifier:`; then each step of the import alone; then every value is encrypted with a key of the
other algorithm, and read back. Seconds of the clock and of this program; the rest is the database's.
"""

import argparse
import platform
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
from bench.evidence_verify import scratch_database

from creditloop.data import Contract, import_file, parse_contract, read_contract, source_tables
from creditloop.data.identifiers import (
    CIPHERS,
    SORTS,
    Algorithm,
    Doing,
    KeyRing,
    Place,
    make_keys,
    open_key_ring,
    opened_column,
    recrypt_values,
    rotate_key,
)
from creditloop.data.identifiers.sealing import sealed, tokens
from creditloop.kernel.root_key import RootKey
from creditloop.kernel.storage import Connection, connect, migrate
from creditloop.service.rooms import ROOMS

_ROOT = Path(__file__).parents[1]
_NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
_DOING = Doing(by="bench", reason="bench.identifiers", now=_NOW)
_CHECK_SIGNS = "10X98765432"
_AT_ONCE = 20_000


def id_number(number: int) -> str:
    """Make up a person's number whose day of birth is one and whose last sign checks (GB 11643-1999)."""
    born = date(1950, 1, 1) + timedelta(days=number % 18_000)
    digits = f"110105{born:%Y%m%d}{number % 1000:03}"
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(digits))
    return digits + _CHECK_SIGNS[total % 11]


def write_parties(path: Path, *, parties: int) -> pl.DataFrame:
    """Write made-up customers as the source gives them; return them."""
    numbers = range(parties)
    frame = pl.DataFrame(
        {
            "party_no": [f"C{number:07}" for number in numbers],
            "id_number": list(map(id_number, numbers)),
            "phone": [f"138{number:08}" for number in numbers],
            "address": [f"北京市海淀区中关村大街{number}号院{number % 40}单元" for number in numbers],
        }
    ).with_columns(
        kind=pl.lit("person"),
        customer_since=date(2020, 1, 1),
        region=pl.lit("r01"),
        industry=pl.lit("retail"),
        size=pl.lit(None, pl.String),
        established_on=pl.lit(None, pl.Date),
        birth_year=pl.lit(1980, pl.Int64),
        sex=pl.lit("male"),
        known_on=date(2020, 1, 2),
    )
    frame.write_parquet(path)
    return frame


def contracts() -> tuple[Contract, Contract]:
    """Return the bank's contract of parties, and the same without identifiers."""
    contract = read_contract(_ROOT / "contracts" / "parties.yaml", root=_ROOT)
    text, changed = re.subn(r", identifier: \w+|^ +identifier: \w+\n", "", contract.document.text, flags=re.M)
    if changed != len(SORTS):
        raise SystemExit(f"the contract has {changed} identifiers, not {len(SORTS)}")
    return contract, parse_contract(text, path="contracts/parties.yaml")


@contextmanager
def measured(what: str) -> Iterator[None]:
    """Print a line about the block: seconds of the clock and of this program."""
    clock, own = time.perf_counter(), time.process_time()
    yield
    print(f"{what:<34}{time.perf_counter() - clock:>10.2f}{time.process_time() - own:>12.2f}", flush=True)


def imported(
    connection: Connection, what: str, *, contract: Contract, file: Path, keys: KeyRing | None
) -> None:
    """Time the import of the file, and insist that it was all of it and that nothing was found."""
    with measured(what):
        result = import_file(connection, contract=contract, file=file, now=_NOW, keys=keys)
        connection.commit()
    if result.rows_rejected or result.findings_by_code:
        raise SystemExit(f"the import is wrong: {result.rows_rejected} rejected, {result.findings_by_code}")


def alone(frame: pl.DataFrame, keys: KeyRing) -> None:
    """Time what an import does to each sort, one after the other."""
    for name, sort in SORTS.items():
        with measured(f"{name}: checked"):
            sort.fails(sort.normalised(frame[name]))
        with measured(f"{name}: token"):
            tokens(frame[name], sort=name, keys=keys)
        with measured(f"{name}: encrypted"):
            place = Place(source_table="source.parties_party", column=name)
            sealed(frame[name], rows=frame["party_no"], place=place, key=keys.newest)


def encrypted_anew(connection: Connection, *, keys: KeyRing) -> None:
    """Time encrypting every value with the newest key, as `creditloop data-keys recrypt` does."""
    total = 0
    with measured("recrypt"):
        while act := recrypt_values(
            connection, keys=keys, tables=source_tables(connection), most=_AT_ONCE, doing=_DOING
        ):
            total += act.values_count
            connection.commit()
    print(f"{'':<4}{total:,} values")


def read_back(connection: Connection, *, keys: KeyRing, frame: pl.DataFrame) -> None:
    """Time decrypting one column, and insist that it is what was imported."""
    found = connection.execute(
        "SELECT batch_id::text, row_no, party_id, known_at FROM source.parties_party ORDER BY party_id"
    ).fetchall()
    rows = pl.DataFrame(found, schema=["batch_id", "row_no", "party_id", "known_at"], orient="row")
    with measured("id_number: decrypted"):
        place = Place(source_table="source.parties_party", column="id_number")
        read = opened_column(connection, place=place, rows=rows, key=["party_id"], keys=keys)
    if read.to_list() != frame["id_number"].to_list():
        raise SystemExit("what was read back is not what was imported")


def size(connection: Connection) -> str:
    """Return how large the encrypted values are, with their indexes."""
    (row,) = connection.execute(
        "SELECT pg_size_pretty(pg_total_relation_size('data.sealed_value'))"
    ).fetchall()
    return str(row[0])


def main() -> None:
    """Print one line a step."""
    parser = argparse.ArgumentParser(prog="bench.identifiers")
    parser.add_argument("--parties", type=int, default=100_000)
    parser.add_argument("--algorithm", type=Algorithm, choices=CIPHERS, default=Algorithm.AES_256_GCM)
    given = parser.parse_args()
    (other,) = set(CIPHERS) - {given.algorithm}
    contract, without = contracts()
    root = RootKey.fresh()
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "parties.parquet"
        frame = write_parties(file, parties=given.parties)
        print(f"{platform.platform()}; {given.parties:,} customers (simulated), {given.algorithm.value}")
        print(f"{'step':<34}{'clock s':>10}{'CPU ours s':>12}")
        with scratch_database() as url, connect(url) as connection:
            migrate(connection, rooms=ROOMS, now=_NOW)
            imported(connection, "import without identifiers", contract=without, file=file, keys=None)
        with scratch_database() as url, connect(url) as connection:
            migrate(connection, rooms=ROOMS, now=_NOW)
            make_keys(connection, root=root, algorithm=given.algorithm, doing=_DOING)
            keys = open_key_ring(connection, root=root)
            imported(connection, "import", contract=contract, file=file, keys=keys)
            print(f"{'':<4}{size(connection)} of encrypted values")
            alone(frame, keys)
            rotate_key(connection, root=root, algorithm=other, doing=_DOING)
            keys = open_key_ring(connection, root=root)
            encrypted_anew(connection, keys=keys)
            read_back(connection, keys=keys, frame=frame)


if __name__ == "__main__":
    main()
