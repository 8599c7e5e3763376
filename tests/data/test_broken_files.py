"""Every kind of broken file is refused with an error that names what is wrong, and nothing is written."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import loan_source as source
import pytest
from broken_files import ALL, Broken
from database_contents import Contents, all_rows

from creditloop.data import import_file
from creditloop.kernel.errors import ContractBroken, CreditloopError
from creditloop.kernel.storage import Connection, connect

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def refusal(connection: Connection, file: Path, **changes: object) -> CreditloopError:
    """Import a file that must be refused; return the error."""
    arguments = {"contract": source.contract(), "file": file, "now": NOW, **changes}
    with pytest.raises(CreditloopError) as caught:
        import_file(connection, **arguments)
    connection.commit()  # a caller that goes on all the same keeps nothing of it
    return caught.value


def test_there_are_more_than_thirty_kinds() -> None:
    assert len({broken.name.partition(",")[0] for broken in ALL}) > 45


@pytest.mark.parametrize("broken", ALL, ids=lambda broken: broken.name)
def test_a_broken_file_is_refused_by_name(lasting_url: str, tmp_path: Path, broken: Broken) -> None:
    with connect(lasting_url) as connection, connect(lasting_url) as another:
        before = all_rows(another)
        another.rollback()
        error = refusal(connection, broken.made(tmp_path))
        assert all_rows(another) == before
    shown = error.diagnostics()
    assert error.code == broken.code, shown
    for piece in broken.said:
        assert piece in shown


def test_nothing_that_was_there_is_touched_by_a_broken_file(
    database: Connection, tmp_path: Path, contents: Callable[[], Contents]
) -> None:
    good = import_file(
        database, contract=source.contract(), file=source.write(tmp_path, "csv", source.rows(11)), now=NOW
    )
    database.commit()
    before = contents()
    assert good.tables["month"].loaded == 22
    for number, broken in enumerate(ALL):
        folder = tmp_path / str(number)
        folder.mkdir()
        refusal(database, broken.made(folder))
    assert contents() == before


@pytest.mark.parametrize("ending", sorted(source.WRITERS))
def test_a_file_that_is_not_yet_complete_is_refused(
    database: Connection, tmp_path: Path, contents: Callable[[], Contents], ending: str
) -> None:
    before = contents()
    file = source.write(tmp_path, ending, source.rows())

    def another_program_writes(done: int, total: int | None) -> None:
        del done, total
        file.write_bytes(file.read_bytes() + b" ")

    error = refusal(database, file, progress=another_program_writes)
    assert "the file changed while it was read" in error.diagnostics()
    assert contents() == before


@pytest.mark.parametrize(
    ("totals", "said"),
    [
        ("rows: 11", ("number of rows", "got:      10", "expected: 11")),
        ("sums: {bill_1: 156}", ("the sum of 'bill_1'", "got:      155.00", "expected: 156.00")),
        ("sums: {balance: '1059.99'}", ("the sum of 'balance'", "got:      1060.00", "expected: 1059.99")),
    ],
)
def test_control_totals_are_held_to(
    database: Connection, tmp_path: Path, contents: Callable[[], Contents], totals: str, said: tuple[str, ...]
) -> None:
    before = contents()
    contract = source.contract(("file_rules:", f"totals: {{{totals}}}\nfile_rules:"))
    shown = refusal(database, source.write(tmp_path, "csv", source.rows()), contract=contract).diagnostics()
    for piece in said:
        assert piece in shown
    assert contents() == before


def test_a_format_the_contract_does_not_take_is_refused(database: Connection, tmp_path: Path) -> None:
    contract = source.contract(("formats: [csv, parquet, excel]", "formats: [parquet]"))
    error = refusal(database, source.write(tmp_path, "csv", source.rows()), contract=contract)
    assert "does not take files of this format" in error.diagnostics()


def test_a_sheet_that_is_not_there_is_refused(database: Connection, tmp_path: Path) -> None:
    error = refusal(database, source.write(tmp_path, "xlsx", source.rows()), sheet="Other")
    assert "no such sheet" in error.diagnostics()


def test_the_share_of_rejected_rows_is_the_contracts(database: Connection, tmp_path: Path) -> None:
    file = source.write(tmp_path, "csv", source.rows(10, balance={1: "x", 2: "x"}))
    assert import_file(database, contract=source.contract(), file=file, now=NOW).rows_rejected == 2
    stricter = source.contract(("value: 0.2", "value: 0.199999999"))
    error = refusal(database, file, contract=stricter)
    assert isinstance(error, ContractBroken)
    assert error.expected == "at most 1 rows"
