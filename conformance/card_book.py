"""The card book against a second opinion: `python -m conformance.card_book DIR`.

DIR holds Parquet files in the format of the UCI data set 350 (default of credit card clients). Each is
imported under its contract into a scratch database (on the server of CREDITLOOP_DATABASE_URL, or the embedded
one) and posted month by month; then every balance of every customer, month and account is compared with
`card_book.sql`, which computes them from the Parquet alone and shares no code with the book. One line per
failure and per refused file; the last line counts customer-months (files, if refused); exit status 0 only if
nothing failed.
"""

import argparse
import os
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import psycopg
from psycopg import sql

from creditloop.book import ACCOUNTS, balances, migrate_opening, owed, post_statement_month
from creditloop.data import RecordDenial, denials_kept_at, import_file, read_contract, read_table
from creditloop.kernel.dates import Dates, month_end
from creditloop.kernel.errors import CreditloopError, InputError
from creditloop.kernel.storage import Connection, Room, connect, migrate
from creditloop.kernel.storage.server import (
    create_database,
    database_url,
    default_state_folder,
    ensure_running,
    stop,
)

CURRENCY = "TWD"
RULES_AS_OF = date(2024, 6, 30)
MONTH_ENDS = tuple(month_end(2005, month) for month in range(4, 10))
"""The statements of a file, April to September 2005; the book opens with the first."""

_KEYS = ("id", "month_end", "account")
_REPOSITORY = Path(__file__).parent.parent
_ROOMS = tuple(Room(package=f"creditloop.{name}") for name in ("kernel.storage", "data", "book"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A balance on which book and second opinion disagree, in fen; None: one of them has no such customer."""

    customer: str
    month_end: date
    account: str
    expected_fen: int | None
    got_fen: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How many customer-months agree in every account, how many do not, and where."""

    passed: int
    failed: int
    differences: tuple[Difference, ...]


def compare(connection: Connection, parquet: Path) -> Comparison:
    """Compare every balance of the book in this database with the second opinion over a Parquet file.

    A customer's party id ends in "/" and the ID of the file; other parties in the book are differences.
    """
    expected = second_opinion(parquet)
    got = _book(connection)
    both = expected.join(got, on=_KEYS, how="full", coalesce=True).filter(
        # a null on one side is a customer the other does not have
        pl.col("expected_fen").ne_missing(pl.col("got_fen"))
    )
    months = pl.concat([expected.select(_KEYS[:2]), got.select(_KEYS[:2])]).unique()
    failed = both.select(_KEYS[:2]).unique().height
    differences = tuple(
        Difference(
            customer=customer,
            month_end=closing,
            account=account,
            expected_fen=expected_fen,
            got_fen=got_fen,
        )
        for customer, closing, account, expected_fen, got_fen in both.sort(_KEYS)
        .select(*_KEYS, "expected_fen", "got_fen")
        .iter_rows()
    )
    return Comparison(passed=months.height - failed, failed=failed, differences=differences)


def second_opinion(parquet: Path) -> pl.DataFrame:
    """Compute every balance from the file alone: id, month_end, account, expected_fen; zeros too."""
    query = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    with duckdb.connect() as engine:
        result = engine.execute(query, {"file": str(parquet)})
        names = [column[0] for column in result.description or ()]
        wide = pl.DataFrame(result.fetchall(), schema=names, orient="row")
    return wide.with_columns(pl.col("id").cast(pl.String)).unpivot(
        index=["id", "month_end"], variable_name="account", value_name="expected_fen"
    )


def import_statements(
    connection: Connection, parquet: Path, *, now: datetime, record_denial: RecordDenial
) -> dict[date, pl.DataFrame]:
    """Import a file under its contract, and return the rows the book is handed, by month end.

    Raises: InputError if the file does not keep the contract.
    """
    contract = read_contract(_REPOSITORY / "contracts" / "taiwan_cards.yaml", root=_REPOSITORY)
    result = import_file(connection, contract=contract, file=parquet, now=now)
    if result.rows_rejected:
        raise InputError("rows do not keep the contract", got=f"{result.rows_rejected} rows", expected="none")
    frame = read_table(
        connection,
        contract=contract,
        table="statement",
        columns=["party_id", "statement_date", "batch_id", "row_no", "bill_fen", "payment_fen"],
        purpose="posting",
        reader="conformance.card_book",
        reason="comparison with a second opinion",
        known_by=now,
        now=now,
        record_denial=record_denial,
    )
    rows = frame.with_columns(
        source_ref=pl.format("source.taiwan_cards_statement/{}/{}", "batch_id", "row_no")
    )
    return {month_end: rows.filter(pl.col("statement_date") == month_end) for month_end in MONTH_ENDS}


def post_book(connection: Connection, rows: Mapping[date, pl.DataFrame], *, now: datetime) -> None:
    """Post the opening balances and the months after, each committed by itself."""
    for closing in MONTH_ENDS:
        post = migrate_opening if closing == MONTH_ENDS[0] else post_statement_month
        post(
            connection,
            rows=rows[closing],
            batch_key=f"card_book/{closing:%Y-%m}",
            dates=Dates(business_date=closing, rules_as_of=RULES_AS_OF),
            booking_date=now.date(),
            now=now,
            currency=CURRENCY,
        )
        connection.commit()


def run(folder: Path, *, now: datetime) -> int:
    """Check every file of a folder, print the lines, and return the exit status."""
    passed = failed = refused = 0
    for file in sorted(path for path in folder.iterdir() if path.is_file()):
        try:
            comparison = judge(file, now=now)
        except InputError as error:
            refused += 1
            print(f"REFUSED {file.name}: {_one_line(error)}")
        except CreditloopError as error:
            failed += 1
            print(f"FAILED {file.name}: {_one_line(error)}")
        else:
            passed, failed = passed + comparison.passed, failed + comparison.failed
            for each in comparison.differences:
                print(
                    f"FAILED {file.name}: customer {each.customer} {each.month_end} {each.account}:"
                    f" expected {each.expected_fen}, got {each.got_fen}"
                )
    print(f"{passed} passed, {failed} failed, {refused} refused")
    return 1 if failed else 0


def judge(parquet: Path, *, now: datetime) -> Comparison:
    """Import and post one file into a scratch database, and compare.

    Raises: InputError if it is not a file of this format, or a row of it cannot be posted.
    """
    if parquet.suffix != ".parquet":
        raise InputError("not a Parquet file", got=parquet.name, expected="a name ending in .parquet")
    with scratch_database(now) as url, connect(url) as connection:
        rows = import_statements(connection, parquet, now=now, record_denial=denials_kept_at(url))
        post_book(connection, rows, now=now)
        return compare(connection, parquet)


def main() -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(
        prog="python -m conformance.card_book", description="Compare the card book with a second opinion."
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of Parquet files")
    folder: Path = parser.parse_args().folder
    if not folder.is_dir():
        parser.error(f"no such folder: {folder}")
    return run(folder, now=datetime.now(UTC))


@contextmanager
def scratch_database(now: datetime) -> Iterator[str]:
    """Make a migrated database of our own on the server at hand, give its address, leave nothing behind."""
    state = default_state_folder(os.environ, is_root=os.geteuid() == 0)
    server = ensure_running(state=state, environment=os.environ)
    name = f"conformance_{uuid.uuid4().hex}"
    create_database(server, name)
    try:
        with connect(database_url(server, name)) as connection:
            migrate(connection, rooms=_ROOMS, now=now)
        yield database_url(server, name)
    finally:
        with psycopg.connect(server.url, autocommit=True) as administration:
            administration.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        if server.started:
            stop(state=state)


def _book(connection: Connection) -> pl.DataFrame:
    """Return the book's balances at every month end: id, month_end, account, got_fen; zeros too."""
    accounts = pl.DataFrame({"account": [account.code for account in ACCOUNTS]})
    parties = owed(connection, as_of=MONTH_ENDS[-1]).select("party_id")
    months = []
    for closing in MONTH_ENDS:
        found = balances(connection, as_of=closing)
        every = parties.join(accounts, how="cross").join(found, on=["party_id", "account"], how="left")
        months.append(every.with_columns(pl.col("balance_fen").fill_null(0), month_end=pl.lit(closing)))
    return pl.concat(months).select(
        pl.col("party_id").str.split("/").list.last().alias("id"),
        "month_end",
        "account",
        pl.col("balance_fen").alias("got_fen"),
    )


def _one_line(error: CreditloopError) -> str:
    return "; ".join(line.strip() for line in error.diagnostics().splitlines())


if __name__ == "__main__":
    sys.exit(main())
