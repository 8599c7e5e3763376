"""Prepare events for the bulk execution of window features (批量准备): one Parquet file a table, by party.

1 the files a source gave are read under their contract as an import reads them, and put aside typed
2 of rows of one key and moment of knowing the first stands, as in an import; others are counted as rejected
3 each version of an event is given the day it became known and the day the next one did, null while it stands
4 sorted by party and written; the file is there only when it is whole, and says what it was made of

Sorting is DuckDB's, within the memory it is given: what does not fit is put on disk beside the target.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from creditloop.data.access import needs_consent
from creditloop.data.admission import check_in_clear, hidden_columns
from creditloop.data.contracts import PARTY_ID, Contract, Table
from creditloop.data.events.typed_files import TypedFile
from creditloop.data.findings import CONFLICTING_REPEAT, DUPLICATE_KEY
from creditloop.data.moments import known_day
from creditloop.data.purposes import PURPOSES
from creditloop.data.windows.definitions import SUPERSEDED_AT
from creditloop.formula import DUCKDB, duckdb_engine, sql_name
from creditloop.kernel.errors import InputError

MEMORY_MB = 1_024
"""Memory of the sort, if nothing else is said."""
_FILE, _ORDINAL, _CONTENT, _INSTANT = "__file", "__ordinal", "__content", "__instant"
"""Columns put aside with the rows: no contract's name begins so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedEvents:
    """A prepared file and what it was made of.

    Attributes:
        columns: the contract's columns in it, besides party_id, known_at and superseded_at (days).
        left_out: identifiers, and columns the purpose may not read or would see masked, with the reason.
        events: rows written, every version of an event being one; `superseded`: those that no longer stand.
        parties_withheld: of whom there are rows, and no consent.
        rows_read, rows_rejected: of all files, as an import counts them.
        findings: how many of each code; of rows that clash with others, rows.
    """

    path: Path
    contract_hash: str
    table: str
    columns: tuple[str, ...]
    left_out: Mapping[str, str]
    events: int
    superseded: int
    parties_withheld: int
    rows_read: int
    rows_rejected: int
    findings: Mapping[str, int]

    @property
    def relation(self) -> str:
        """The file as SQL after FROM."""
        return f"read_parquet({DUCKDB.text(str(self.path))})"


def prepare_events(
    *,
    contract: Contract,
    table: str,
    files: Sequence[Path],
    target: Path,
    purpose: str,
    consenting: Collection[str] | None = None,
    memory_mb: int = MEMORY_MB,
    progress: Callable[[int], None] = lambda rows: None,
) -> PreparedEvents:
    """Make one file of a table's events, every version of them, sorted by party.

    Args:
        files: in the order in which they are imported: of rows that clash the first stands.
        target: a Parquet file; one that is there is replaced when the new one is whole.
        purpose: only columns it may read, and sees in clear, are written.
        consenting: who consents (授权), as `consents.consenting_parties` tells; events of others are left out
            and counted. It must be said where the contract asks for consent; None is everybody.
        progress: is told how many rows were read.
    Raises: InputError for a table or purpose the contract does not have, no files, or too little memory;
        ContractBroken if a file does not keep the contract: a column that vanished or changed its type, too
        many rows rejected.
    """
    described = _described(contract, table)
    columns, left_out = _columns(contract, described, purpose)
    _check_request(contract, files, target, purpose=purpose, consenting=consenting)
    aside = target.with_name(target.name + ".aside")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    try:
        read = _without_repeats([TypedFile(contract, file) for file in files])
        _put_aside(read, described, contract, columns, aside / "rows.parquet", progress)
        settings: dict[str, str | int] = {"memory_limit": f"{memory_mb}MB", "temp_directory": str(aside)}
        with _within(memory_mb), duckdb_engine(preserve_insertion_order="false", **settings) as engine:
            rows = DUCKDB.text(str(aside / "rows.parquet"))
            engine.execute(f"CREATE VIEW aside AS SELECT * FROM read_parquet({rows})")
            _reject_clashes(engine, described, read)
            withheld = _withhold(engine, consenting)
            _write(engine, described, columns, _made_of(contract, table, purpose, read), target)
            events, superseded = _counted(engine, target)
    finally:
        shutil.rmtree(aside)
    return PreparedEvents(
        path=target,
        contract_hash=contract.document.hash,
        table=table,
        columns=tuple(columns),
        left_out=left_out,
        events=events,
        superseded=superseded,
        parties_withheld=withheld,
        rows_read=sum(one.rows_read for one in read),
        rows_rejected=sum(one.rows_rejected for one in read),
        findings=dict(sorted(sum((one.findings for one in read), start=Counter[str]()).items())),
    )


def _described(contract: Contract, name: str) -> Table:
    table = contract.table(name)
    if table is None:
        raise InputError(f"the contract {contract.name!r} has no table {name!r}", got=name)
    if any(column.name == SUPERSEDED_AT for column in table.columns):
        raise InputError(
            "the table has a column of the name that says when an event was superseded",
            got=SUPERSEDED_AT,
            where={"contract": contract.name, "table": name},
        )
    return table


def _check_request(
    contract: Contract,
    files: Sequence[Path],
    target: Path,
    *,
    purpose: str,
    consenting: Collection[str] | None,
) -> None:
    if not files:
        raise InputError("no files to prepare events from", where={"contract": contract.name})
    if not target.parent.is_dir():
        raise InputError("there is no such folder to write to", got=target.parent)
    if consenting is None and needs_consent(contract, purpose=purpose):
        raise InputError(
            "the source may be read for this purpose only of parties who consent, and they are not said",
            got=purpose,
            where={"contract": contract.name},
        )


def _without_repeats(files: Sequence[TypedFile]) -> list[TypedFile]:
    """Return the files, of those with the same bytes the first: imported again, they would change nothing."""
    first: dict[str, TypedFile] = {}
    for file in files:
        first.setdefault(file.identity.sha256, file)
    return list(first.values())


def _columns(contract: Contract, table: Table, purpose: str) -> tuple[list[str], dict[str, str]]:
    """Return the columns a purpose may read and sees in clear, and why others are left out."""
    party, given = contract.party, set(contract.clear_up_to)
    if purpose not in PURPOSES or purpose not in party.purposes & given:
        raise InputError(
            f"the contract {contract.name!r} gives no events to this purpose",
            got=purpose,
            expected=", ".join(sorted(party.purposes & given)),
        )
    check_in_clear(contract, table, columns=(), purpose=purpose)
    named = [column.name for column in table.columns]
    hidden = hidden_columns(contract, table, columns=named, purpose=purpose)
    left_out: dict[str, str] = {}
    for column in table.columns:
        if column.identifier is not None:
            left_out[column.name] = "an identifier: in clear it stands in no file of ours"
        elif purpose not in column.purposes:
            left_out[column.name] = f"the purpose {purpose!r} may not read it"
        elif column.protected and PURPOSES[purpose].decides:
            left_out[column.name] = "a protected attribute"
        elif column.name in hidden:
            left_out[column.name] = f"the purpose {purpose!r} would see it masked"
    return [name for name in named if name not in left_out], left_out


def _put_aside(
    files: Sequence[TypedFile],
    table: Table,
    contract: Contract,
    columns: Sequence[str],
    target: Path,
    progress: Callable[[int], None],
) -> None:
    """Write the typed rows of all files, each with its place, its content's hash and when it was known."""
    own = [column.name for column in table.columns]
    kept = list(dict.fromkeys([PARTY_ID, *table.key, *columns]))
    writer: pq.ParquetWriter | None = None
    before = 0
    try:
        for number, file in enumerate(files):
            ordinal = 0
            for rows in file.rows(table):
                placed = rows.select(
                    *kept,
                    pl.lit(number, dtype=pl.Int32).alias(_FILE),
                    pl.int_range(ordinal, ordinal + rows.height, dtype=pl.Int64).alias(_ORDINAL),
                    pl.col("source_row"),
                    pl.struct("occurred_at", *own).hash().alias(_CONTENT),
                    pl.col("known_at").dt.replace_time_zone(None).alias(_INSTANT),
                    known_day(table, utc_offset_hours=contract.utc_offset_hours),
                ).to_arrow()
                ordinal += rows.height
                writer = writer or pq.ParquetWriter(target, placed.schema, compression="lz4")
                writer.write_table(placed)
                progress(before + file.rows_read)
            before += file.rows_read
    finally:
        if writer is not None:
            writer.close()


def _reject_clashes(engine: duckdb.DuckDBPyConnection, table: Table, files: Sequence[TypedFile]) -> None:
    """Find the rows that do not stand, in `fallen`, and count those an import would reject.

    In a file the later of two rows of one key and moment is rejected, whatever it says; between files only
    one that says something else: one that is equal changes nothing.
    """
    key = ", ".join(map(sql_name, (*table.key, _INSTANT)))
    engine.execute(
        f"""CREATE TABLE fallen AS
        WITH twice AS (SELECT {key} FROM aside GROUP BY {key} HAVING count(*) > 1),
        numbered AS (
            SELECT {_FILE}, {_ORDINAL}, source_row,
                row_number() OVER (PARTITION BY {key} ORDER BY {_FILE}, {_ORDINAL}) AS place,
                row_number() OVER (PARTITION BY {key}, {_FILE} ORDER BY {_ORDINAL}) AS place_in_file,
                {_CONTENT} = first_value({_CONTENT})
                    OVER (PARTITION BY {key} ORDER BY {_FILE}, {_ORDINAL}) AS equal
            FROM aside SEMI JOIN twice USING ({key})
        )
        SELECT {_FILE}, {_ORDINAL}, source_row, place_in_file > 1 AS repeated, equal
        FROM numbered WHERE place > 1"""
    )
    for repeated, code in ((True, DUPLICATE_KEY), (False, CONFLICTING_REPEAT)):
        rows = engine.execute(
            f"SELECT {_FILE}, count(DISTINCT source_row), min(source_row) FROM fallen"
            f" WHERE repeated = ? AND (repeated OR NOT equal) GROUP BY {_FILE} ORDER BY {_FILE}",
            [repeated],
        ).fetchall()
        for number, count, first in rows:
            files[number].reject(count, code=code, first_row=first)


def _withhold(engine: duckdb.DuckDBPyConnection, consenting: Collection[str] | None) -> int:
    """Make the view `allowed` of the rows that may be written; return how many parties have others."""
    if consenting is None:
        engine.execute("CREATE VIEW allowed AS SELECT * FROM aside")
        return 0
    engine.register("consenting", pa.table({PARTY_ID: pa.array(sorted(consenting), pa.string())}))
    join = f"JOIN consenting USING ({PARTY_ID})"
    engine.execute(f"CREATE VIEW allowed AS SELECT * FROM aside SEMI {join}")
    ((withheld,),) = engine.execute(f"SELECT count(DISTINCT {PARTY_ID}) FROM aside ANTI {join}").fetchall()
    return int(withheld)


@contextmanager
def _within(memory_mb: int) -> Iterator[None]:
    """Say in our words that the memory does not suffice, not even with the disk."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise InputError(
            "the events cannot be sorted within this memory", got=f"{memory_mb} MB", hint="give it more"
        ) from error


def _write(
    engine: duckdb.DuckDBPyConnection,
    table: Table,
    columns: Sequence[str],
    made_of: Mapping[str, str],
    target: Path,
) -> None:
    unfinished = target.with_name(target.name + ".unfinished")
    key = ", ".join(map(sql_name, table.key))
    own = "".join(f", {sql_name(name)}" for name in columns)
    told = ", ".join(f"{name}: {DUCKDB.text(text)}" for name, text in made_of.items())
    try:
        engine.execute(
            f"""COPY (
                SELECT {PARTY_ID}{own}, known_at,
                    lead(known_at) OVER (PARTITION BY {key} ORDER BY {_INSTANT}) AS {SUPERSEDED_AT}
                FROM allowed ANTI JOIN fallen USING ({_FILE}, {_ORDINAL})
                ORDER BY {key}, {_INSTANT}
            ) TO {DUCKDB.text(str(unfinished))} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{told}}})"""
        )
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    unfinished.replace(target)


def _made_of(contract: Contract, table: str, purpose: str, files: Sequence[TypedFile]) -> dict[str, str]:
    """Return what is said in the file's own metadata."""
    return {
        "contract": contract.name,
        "contract_hash": contract.document.hash,
        "table_name": table,
        "purpose": purpose,
        "files_sha256": ",".join(one.identity.sha256 for one in files),
    }


def _counted(engine: duckdb.DuckDBPyConnection, target: Path) -> tuple[int, int]:
    """Return how many events were written, and how many of them no longer stand."""
    relation = f"read_parquet({DUCKDB.text(str(target))})"
    ((events, superseded),) = engine.execute(
        f"SELECT count(*), count({SUPERSEDED_AT}) FROM {relation}"
    ).fetchall()
    return events, superseded
