"""The whole example book against the second opinion, and one changed payment in a copy of a part of it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from psycopg import conninfo, sql

from conformance import card_book
from creditloop.book import EventKind, adjustments, balances_above, check_history, history, trial_balance
from creditloop.data import denials_kept_at
from creditloop.kernel.storage import Connection, connect

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
SEPTEMBER = date(2005, 9, 30)
CHANGED, PAYMENT = 13, "PAY_AMT3"
"""A customer and a month (July) with a payment, in the first hundreds of the file."""


@pytest.fixture(scope="module")
def parquet() -> Path:
    return Path(__file__).parents[2] / "examples" / "taiwan_cards" / "taiwan_default.parquet"


@pytest.fixture
def second_database(server_url: str, template: str) -> Iterator[Connection]:
    """Another fresh database beside `database`."""
    name = f"{template}_second"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        with connect(conninfo.make_conninfo(server_url, dbname=name)) as connection:
            yield connection
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def part(parquet: Path, into: Path, *, add_to_payment: int = 0) -> Path:
    """Write the first 400 customers to a file, one payment changed."""
    amount = (
        pl.when(pl.col("ID") == CHANGED).then(pl.col(PAYMENT) + add_to_payment).otherwise(pl.col(PAYMENT))
    )
    pl.read_parquet(parquet).head(400).with_columns(amount.alias(PAYMENT)).write_parquet(into)
    return into


def rows_of(parquet: Path) -> dict[date, pl.DataFrame]:
    """The rows of a file as the book is handed them, but with a source that does not tell the file."""
    frame = pl.read_parquet(parquet)
    party = "cards/" + pl.col("ID").cast(pl.String)
    return {
        closing: frame.select(
            party_id=party,
            source_ref=party,
            bill_fen=(pl.col(f"BILL_AMT{i}") * 100).cast(pl.Int64),
            payment_fen=(pl.col(f"PAY_AMT{i}") * 100).cast(pl.Int64),
        )
        for i, closing in zip(range(6, 0, -1), card_book.MONTH_ENDS, strict=True)
    }


def post(connection: Connection, file: Path) -> None:
    card_book.post_book(connection, rows_of(file), now=NOW)


def events(connection: Connection) -> dict[tuple[str, date, str], tuple[object, ...]]:
    """Every event with its postings, all that does not depend on events before it."""
    rows = connection.execute(
        "SELECT event.party_id, event.value_date, event.idempotency_key, event.sequence, event.kind,"
        " event.booking_date, event.amount_fen, event.derived, event.source_ref,"
        " array(SELECT (leg, account, amount_fen, currency)::text FROM book.posting"
        "       WHERE posting.party_id = event.party_id AND posting.sequence = event.sequence ORDER BY leg)"
        " FROM book.event"
    ).fetchall()
    return {(party, day, key): tuple(rest) for party, day, key, *rest in rows}


def heads(connection: Connection) -> dict[str, str]:
    rows = connection.execute(
        "SELECT DISTINCT ON (party_id) party_id, hash FROM book.event ORDER BY party_id, sequence DESC"
    )
    return dict(rows.fetchall())


@pytest.mark.outside
def test_the_whole_book_is_the_bills_of_all_customers_and_months(
    database: Connection, database_url: str, parquet: Path
) -> None:
    rows = card_book.import_statements(
        database, parquet, now=NOW, record_denial=denials_kept_at(database_url)
    )
    card_book.post_book(database, rows, now=NOW)
    comparison = card_book.compare(database, parquet)
    assert comparison.differences == ()
    assert (comparison.passed, comparison.failed) == (180_000, 0)
    lines = trial_balance(database, as_of=SEPTEMBER)
    file = pl.read_parquet(parquet)
    assert lines[0].balance_fen == 100 * file["BILL_AMT1"].clip(lower_bound=0).sum()
    assert lines[1].balance_fen == 100 * file["BILL_AMT1"].clip(upper_bound=0).sum()
    kinds = dict(database.execute("SELECT kind, count(*) FROM book.event GROUP BY kind").fetchall())
    assert kinds == {
        EventKind.OPENING_BALANCE: 30_000,
        EventKind.PAYMENT: sum((file[f"PAY_AMT{i}"] != 0).sum() for i in range(1, 6)),
        EventKind.NET_CHARGES: 131_033,
        EventKind.REFUND_OR_ADJUSTMENT: 619,
    }
    assert adjustments(database, as_of=SEPTEMBER).height == 619
    limits = file.select(
        party_id="taiwan_cards/" + pl.col("ID").cast(pl.String),
        limit_fen=(pl.col("LIMIT_BAL") * 100).cast(pl.Int64),
    )
    above = balances_above(database, limits=limits, as_of=SEPTEMBER)
    assert above.height == (file["BILL_AMT1"] > file["LIMIT_BAL"]).sum()


def test_one_changed_payment_changes_that_customer_and_month_only(
    database: Connection, second_database: Connection, parquet: Path, tmp_path: Path
) -> None:
    post(database, part(parquet, tmp_path / "as_it_was.parquet"))
    post(second_database, part(parquet, tmp_path / "changed.parquet", add_to_payment=1))
    before, after = events(database), events(second_database)
    party, july = f"cards/{CHANGED}", date(2005, 7, 31)
    assert before.keys() == after.keys()
    different = {key for key in before if before[key] != after[key]}
    # the bill stands, so a payment one higher means net charges one higher
    assert different == {(party, july, "payment/2005-07"), (party, july, "net_charges/2005-07")}
    assert after[party, july, "payment/2005-07"][3] == before[party, july, "payment/2005-07"][3] - 100
    assert after[party, july, "net_charges/2005-07"][3] == before[party, july, "net_charges/2005-07"][3] + 100
    heads_before, heads_after = heads(database), heads(second_database)
    assert {name for name in heads_before if heads_before[name] != heads_after[name]} == {party}
    for connection in (database, second_database):
        check_history([line.event for line in history(connection, party_id=party)])


def test_a_book_that_is_not_the_files_is_found(database: Connection, parquet: Path, tmp_path: Path) -> None:
    post(database, part(parquet, tmp_path / "as_it_was.parquet"))
    changed = part(parquet, tmp_path / "changed.parquet", add_to_payment=1)
    comparison = card_book.compare(database, changed)
    # from July on: payments and charges to date
    assert (comparison.passed, comparison.failed) == (400 * 6 - 3, 3)
    assert {(each.customer, each.account) for each in comparison.differences} == {
        (str(CHANGED), "payment_clearing"),
        (str(CHANGED), "charges_clearing"),
    }
    fewer = tmp_path / "fewer.parquet"
    pl.read_parquet(changed).filter(pl.col("ID") != 5).write_parquet(fewer)
    comparison = card_book.compare(database, fewer)
    assert (comparison.passed, comparison.failed) == (399 * 6 - 3, 3 + 6)
    assert {each.expected_fen for each in comparison.differences if each.customer == "5"} == {None}


def test_the_program_judges_every_file_of_a_folder(
    server_url: str,
    parquet: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CREDITLOOP_DATABASE_URL", server_url)
    good = part(parquet, tmp_path / "a_good.parquet")
    shutil.copy(good, tmp_path / "b_too.parquet")
    rows = pl.read_parquet(good)
    rows.drop("PAY_AMT2").write_parquet(tmp_path / "c_without_a_column.parquet")
    rows.with_columns(BILL_AMT4=pl.lit(0.001)).write_parquet(tmp_path / "d_not_fen.parquet")
    rows.with_columns(BILL_AMT4=None).write_parquet(tmp_path / "e_nulls.parquet")
    (tmp_path / "f_notes.txt").write_text("not a book")
    assert card_book.run(tmp_path, now=NOW) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert last == "4800 passed, 0 failed, 4 refused"
    assert [line.split(":")[0] for line in lines] == [
        "REFUSED c_without_a_column.parquet",
        "REFUSED d_not_fen.parquet",
        "REFUSED e_nulls.parquet",
        "REFUSED f_notes.txt",
    ]


def test_the_program_fails_when_the_opinions_differ(
    server_url: str,
    parquet: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CREDITLOOP_DATABASE_URL", server_url)
    part(parquet, tmp_path / "book.parquet")
    read, august = card_book.import_statements, date(2005, 8, 31)

    def misread(connection: Connection, file: Path, **rest: Any) -> dict[date, pl.DataFrame]:
        rows = read(connection, file, **rest)
        return {**rows, august: rows[august].with_columns(payment_fen=pl.col("payment_fen") + 1)}

    monkeypatch.setattr(card_book, "import_statements", misread)
    assert card_book.run(tmp_path, now=NOW) == 1
    *lines, last = capsys.readouterr().out.splitlines()
    assert last == "1600 passed, 800 failed, 0 refused"
    assert lines[0].startswith("FAILED book.parquet: customer 1 2005-08-31")
