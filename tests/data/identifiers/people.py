"""A source of made-up people with identifiers (simulated), its contract, and keys."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from creditloop.data import Contract, ImportResult, import_file, parse_contract
from creditloop.data.identifiers import Algorithm, Doing, KeyRing, make_keys, open_key_ring
from creditloop.kernel.root_key import RootKey
from creditloop.kernel.storage import Connection

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
ROOT = RootKey(bytes(range(32)))
DOING = Doing(by="a test", reason="to see", now=NOW)
TABLE = "source.people_person"

IDS = ("440524188001010014", "11010519491231002X", "91350100M000100Y43")
"""The examples of GB 11643-1999 and GB 32100-2015."""
PHONES = ("13800001111", "13900002222", "13700003333")
HOMES = ("北京市海淀区中关村大街１号", "上海市静安区南京西路2号", "广州市天河区体育东路3号")

CONTRACT = (Path(__file__).parent / "people.yaml").read_text("utf-8")


def contract(*replacements: tuple[str, str]) -> Contract:
    """Return the contract, with pieces of its text replaced; each must be there once."""
    text = CONTRACT
    for old, new in replacements:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the contract"
        text = text.replace(old, new)
    return parse_contract(text, path="contracts/people.yaml")


def people(**changes: Sequence[object]) -> pl.DataFrame:
    """Return three people; `changes` replaces whole columns."""
    columns: Mapping[str, Sequence[object]] = {
        "no": ["C1", "C2", "C3"],
        "line": [1, 1, 1],
        "id_number": IDS,
        "phone": PHONES,
        "home": HOMES,
        "known_on": [date(2024, 5, 6)] * 3,
    }
    return pl.DataFrame({**columns, **changes})


def ring(connection: Connection, *, algorithm: Algorithm = Algorithm.AES_256_GCM) -> KeyRing:
    """Return the key ring of the database; of a new one, made with an algorithm."""
    make_keys(connection, root=ROOT, algorithm=algorithm, doing=DOING)
    return open_key_ring(connection, root=ROOT)


def imported(
    connection: Connection,
    folder: Path,
    frame: pl.DataFrame,
    *,
    name: str = "people",
    agreed: Contract | None = None,
) -> ImportResult:
    """Import people under the contract."""
    file = folder / f"{name}.parquet"
    frame.write_parquet(file)
    return import_file(connection, contract=agreed or contract(), file=file, now=NOW, keys=ring(connection))
