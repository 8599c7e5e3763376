"""Any table of values, written as CSV and as Parquet, is imported to the same rows and the same findings."""

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import loan_source as source
from database_contents import Contents, all_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditloop.data import import_file
from creditloop.kernel.errors import ContractBroken
from creditloop.kernel.storage import Connection

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
TABLES = ("source.loans_account", "source.loans_month", "data.finding")

# a lone CR or LF is a line's end to CSV, in quotes too; NUL makes CSV no text at all
words = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=12)
# beyond 2**53 fen a float names no single amount and is refused, while text is exact: not compared here
amounts = st.integers(-(10**12), 10**12).map(lambda fen: fen / 100) | st.sampled_from([0.125, -0.0])
row = st.fixed_dictionaries(
    {
        "party_no": words | st.sampled_from(["P1", "P2"]) | st.none(),
        "account_no": words,
        "balance": amounts | st.none(),
        "kind": st.sampled_from(["A", "B", "C", "Z"]) | st.none(),
        "late": st.integers(-(2**62), 2**62) | st.integers(0, 100) | st.none(),
        "opened": st.dates(date(1, 1, 2), date(9999, 12, 30)),
        "active": st.booleans() | st.none(),
        "seen_at": st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        "phone": words | st.none(),
        "faith": words | st.none(),
        "bill_1": st.integers(-(10**12), 10**12),
        "bill_2": amounts,
        "star_sign": st.none(),
    }
)


def imported(connection: Connection, file: Path) -> Contents:
    """Import a file whatever is wrong with its rows; return what came of it."""
    anything = source.contract(("value: 0.2", "value: 1"))
    import_file(connection, contract=anything, file=file, now=NOW)
    contents = all_rows(connection)
    connection.rollback()
    own = 3  # batch_id, row_no, and a finding's file_name
    return {
        name: sorted(
            (cells[own:] if name == "data.finding" else cells[1:] for cells in contents[name]), key=repr
        )
        for name in TABLES
    }


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(row, min_size=1, max_size=8))
def test_csv_and_parquet_give_the_same_rows(database: Connection, made: list[source.Row]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        by_format = [
            imported(database, source.write(Path(folder), ending, made)) for ending in ("csv", "parquet")
        ]
    assert by_format[0] == by_format[1]


def test_what_is_written_is_what_is_loaded(database: Connection, tmp_path: Path) -> None:
    """The comparison above is of something: rows are loaded, and findings found."""
    contents = imported(database, source.write(tmp_path, "csv", source.rows(5, kind={2: "Z"})))
    assert [len(contents[name]) for name in TABLES] == [4, 8, 1]


def test_a_refusal_is_the_same_in_both(database: Connection, tmp_path: Path) -> None:
    said = []
    for ending in ("csv", "parquet"):
        try:
            import_file(
                database,
                contract=source.contract(),
                file=source.write(tmp_path, ending, source.rows(3, kind={1: "Z"})),
                now=NOW,
            )
        except ContractBroken as error:
            said.append((error.message, error.got, error.expected, error.where["row"], error.where["field"]))
    assert len(said) == 2
    assert said[0] == said[1]
