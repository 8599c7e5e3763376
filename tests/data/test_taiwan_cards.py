"""The example card book: what is loaded, and every trait it is known to have, by count."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import psycopg
import pytest

from creditloop.data import (
    Contract,
    ImportResult,
    denials_kept_at,
    finding_counts,
    findings,
    import_file,
    lineage,
    read_table,
)
from creditloop.kernel.storage import Connection, connect

REPOSITORY = Path(__file__).parents[2]
FILE = REPOSITORY / "examples" / "taiwan_cards" / "taiwan_default.parquet"
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
MONTHS = [date(2005, month, day) for month, day in ((4, 30), (5, 31), (6, 30), (7, 31), (8, 31), (9, 30))]

Book = tuple[Connection, ImportResult, str]


@pytest.fixture(scope="module")
def book(lasting_url: str, taiwan: Contract) -> Iterator[Book]:
    """A database with the card book imported."""
    with connect(lasting_url) as connection:
        result = import_file(connection, contract=taiwan, file=FILE, now=NOW)
        connection.commit()
        yield connection, result, lasting_url


@pytest.fixture(scope="module")
def published() -> pl.DataFrame:
    """The file as published."""
    return pl.read_parquet(FILE)


@pytest.fixture(scope="module")
def read(book: Book, taiwan: Contract) -> Callable[..., pl.DataFrame]:
    """Read a table of the book."""
    connection, _, url = book

    def reading(table: str, columns: list[str], purpose: str) -> pl.DataFrame:
        return read_table(
            connection,
            contract=taiwan,
            table=table,
            columns=columns,
            purpose=purpose,
            reader="a test",
            reason="compare with the file",
            known_by=NOW,
            now=NOW,
            record_denial=denials_kept_at(url),
        )

    return reading


def test_every_customer_is_loaded(book: Book) -> None:
    _, result, _ = book
    assert (result.rows_read, result.rows_rejected) == (30_000, 0)
    assert {name: count.loaded for name, count in result.tables.items()} == {
        "customer": 30_000,
        "statement": 180_000,
        "outcome": 30_000,
    }


def test_every_statement_is_the_files(read: Callable[..., pl.DataFrame], published: pl.DataFrame) -> None:
    columns = ["party_id", "statement_date", "bill_fen", "payment_fen", "months_late"]
    loaded = read("statement", columns, "posting").sort("party_id", "statement_date")
    expected = []
    for number, day in zip((6, 5, 4, 3, 2, 1), MONTHS, strict=True):
        late = "PAY_0" if number == 1 else f"PAY_{number}"
        expected.append(
            published.select(
                pl.format("taiwan_cards/{}", "ID").alias("party_id"),
                pl.lit(day).alias("statement_date"),
                (pl.col(f"BILL_AMT{number}") * 100).cast(pl.Int64).alias("bill_fen"),
                (pl.col(f"PAY_AMT{number}") * 100).cast(pl.Int64).alias("payment_fen"),
                pl.col(late).alias("months_late"),
            )
        )
    assert loaded.equals(pl.concat(expected).sort("party_id", "statement_date"))


def test_every_customer_and_outcome_is_the_files(
    read: Callable[..., pl.DataFrame], published: pl.DataFrame
) -> None:
    customers = read("customer", ["source_row", "limit_fen", "age_years"], "monitoring").sort("source_row")
    assert customers["limit_fen"].to_list() == [int(limit) * 100 for limit in published["LIMIT_BAL"]]
    assert customers["age_years"].to_list() == published["AGE"].to_list()
    protected = read("customer", ["source_row", "sex", "education", "marriage"], "fairness").sort(
        "source_row"
    )
    for name, column in (("sex", "SEX"), ("education", "EDUCATION"), ("marriage", "MARRIAGE")):
        assert protected[name].to_list() == [str(code) for code in published[column]]
    outcomes = read("outcome", ["source_row", "defaulted"], "model").sort("source_row")
    assert outcomes["defaulted"].to_list() == [label == 1 for label in published["class"]]
    assert outcomes["defaulted"].sum() == 6_636


TRAITS = {
    # code: {column of the file: how many rows}
    "repeated_row": {"all columns but ID": 35},
    "negative_bill": dict(
        zip([f"BILL_AMT{n}" for n in (6, 5, 4, 3, 2, 1)], (688, 655, 675, 655, 669, 590), strict=True)
    ),
    "bill_above_limit": dict(
        zip([f"BILL_AMT{n}" for n in (6, 5, 4, 3, 2, 1)], (798, 820, 1_018, 1_583, 1_940, 2_115), strict=True)
    ),
    "late_but_nothing_owed": {"PAY_5": 61, "PAY_4": 109, "PAY_3": 171, "PAY_2": 190, "PAY_0": 1_238},
    "late_but_fully_paid": {"PAY_5": 97, "PAY_4": 197, "PAY_3": 334, "PAY_2": 326, "PAY_0": 798},
    "undocumented_code": {
        "EDUCATION": 14 + 280 + 51,
        "MARRIAGE": 54,
        "PAY_6": 4_895 + 16_286,
        "PAY_5": 4_546 + 16_947,
        "PAY_4": 4_348 + 16_455,
        "PAY_3": 4_085 + 15_764,
        "PAY_2": 3_782 + 15_730,
        "PAY_0": 2_759 + 14_737,
    },
}


def test_every_known_trait_is_found_and_nothing_else(book: Book) -> None:
    connection, result, _ = book
    counted: dict[str, dict[str, int]] = {}
    for each in finding_counts(connection, batch_id=result.batch_id):
        assert each.effect.value == "keep"
        counted.setdefault(each.code, {})[each.field] = each.count
    assert counted == TRAITS
    assert result.findings_by_code == {code: sum(fields.values()) for code, fields in sorted(TRAITS.items())}


def test_rows_equal_but_for_their_number_are_the_files(book: Book, published: pl.DataFrame) -> None:
    connection, result, _ = book
    rest = published.select(pl.exclude("ID"))
    first = rest.select(pl.struct(pl.all()).is_first_distinct()).to_series()
    found = findings(
        connection, batch_id=result.batch_id, code="repeated_row", reader="a test", reason="compare", now=NOW
    )
    assert [each.source_row for each in found] == [row + 1 for row in (~first).arg_true()]
    zero_bills = published.filter(~first).filter(pl.all_horizontal(pl.col("^BILL_AMT.$") == 0))
    assert (len(found), zero_bills.height) == (35, 30)


def test_late_by_one_month_is_hardly_reported_before_september(published: pl.DataFrame) -> None:
    counts = {
        column: published.filter(pl.col(column) == 1).height
        for column in published.columns
        if column[:4] == "PAY_" and column[4:].isdigit()
    }
    assert counts == {"PAY_6": 0, "PAY_5": 0, "PAY_4": 2, "PAY_3": 4, "PAY_2": 28, "PAY_0": 3_688}
    september = published.filter(pl.col("PAY_0") == 1)
    owing_nothing = (pl.col("BILL_AMT2") <= 0) | (pl.col("PAY_AMT1") >= pl.col("BILL_AMT2"))
    assert september.filter(owing_nothing).height == 1_846
    assert september.filter(pl.col("BILL_AMT1") <= 0).height == 1_689


def test_protected_codes_are_masked_in_findings(book: Book) -> None:
    connection, result, _ = book
    request = {"batch_id": result.batch_id, "reader": "a test", "reason": "look", "now": NOW}
    assert {each.got for each in findings(connection, **request, field="EDUCATION")} == {"***"}
    assert {
        each.got for each in findings(connection, **request, field="PAY_0", code="undocumented_code")
    } == {"-2", "0"}


def test_a_statement_leads_back_to_its_customers_row(book: Book, published: pl.DataFrame) -> None:
    connection, result, _ = book
    key = {"party_id": "taiwan_cards/29999", "statement_date": date(2005, 9, 30)}
    (origin,) = lineage(connection, table="source.taiwan_cards_statement", key=key)
    assert (origin.batch_id, origin.known_at) == (result.batch_id, datetime(2005, 9, 30, 16, tzinfo=UTC))
    assert published.row(origin.source_row - 1, named=True)["ID"] == 29_999


def test_the_example_file_is_the_one_that_is_attributed(book: Book) -> None:
    _, result, _ = book
    readme = (FILE.parent / "README.md").read_text("utf-8")
    assert result.file_sha256 in readme
    assert f"{result.file_bytes:,} bytes" in readme


@pytest.mark.outside
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_same_book_in_another_format_changes_nothing(
    book: Book, taiwan: Contract, published: pl.DataFrame, tmp_path: Path, ending: str
) -> None:
    connection, _, _ = book
    file = tmp_path / f"cards.{ending}"
    if ending == "csv":
        published.write_csv(file)
    else:
        import openpyxl

        workbook = openpyxl.Workbook(write_only=True)
        sheet = workbook.create_sheet("cards")
        sheet.append(published.columns)
        for row in published.iter_rows():
            sheet.append(row)
        workbook.save(file)
    result = import_file(connection, contract=taiwan, file=file, now=NOW)
    assert {name: (count.loaded, count.unchanged) for name, count in result.tables.items()} == {
        "customer": (0, 30_000),
        "statement": (0, 180_000),
        "outcome": (0, 30_000),
    }
    assert result.findings_by_code == {code: sum(fields.values()) for code, fields in sorted(TRAITS.items())}
    connection.rollback()


@pytest.mark.outside
def test_one_changed_payment_in_a_copy_is_one_customer_and_month(
    database_url: str, taiwan: Contract, published: pl.DataFrame, tmp_path: Path
) -> None:
    changed = published.with_columns(
        pl.when(pl.col("ID") == 777)
        .then(pl.col("PAY_AMT3") + 1)
        .otherwise(pl.col("PAY_AMT3"))
        .alias("PAY_AMT3")
    )
    changed.write_parquet(tmp_path / "copy.parquet")
    with connect(database_url) as connection:
        import_file(connection, contract=taiwan, file=FILE, now=NOW)
        copy = import_file(connection, contract=taiwan, file=tmp_path / "copy.parquet", now=NOW)
        assert copy.rows_rejected == 1
        (clash,) = findings(
            connection,
            batch_id=copy.batch_id,
            code="conflicting_repeat",
            reader="a test",
            reason="look",
            now=NOW,
        )
        assert (clash.source_row, clash.table_name, clash.field) == (777, "statement", "payment_fen")
        assert float(clash.got or 0) - float(clash.expected) == 1
        connection.commit()
    with psycopg.connect(database_url) as another:
        rows = another.execute("SELECT count(*) FROM source.taiwan_cards_statement").fetchone()
        assert rows == (180_000,)
