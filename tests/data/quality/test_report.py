"""The quality report: counted by hand, masked columns not named, reads through the door and on the log."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import loan_source as source
import pytest

from creditloop.data import Access, Contract, accesses, import_file, record_access
from creditloop.data.quality import PurposeReads, QualityReport, quality_report
from creditloop.kernel.errors import InputError, StateError
from creditloop.kernel.storage import Connection, connect

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
READ_BY_QUALITY = [
    ("  display: {clear_up_to: 2}", "  display: {clear_up_to: 2}\n  quality: {clear_up_to: 3}"),
    (
        "purposes: [posting, rule, display], meaning: {zh: 主体",
        "purposes: [posting, rule, display, quality], meaning: {zh: 主体",
    ),
    (
        "purposes: [posting, rule], meaning: {zh: 类别",
        "purposes: [posting, rule, quality], meaning: {zh: 类别",
    ),
    (
        "purposes: [posting, rule], meaning: {zh: 逾期",
        "purposes: [posting, rule, quality], meaning: {zh: 逾期",
    ),
    ("unlisted: reject}", "unlisted: keep}"),
]
CONTRACT = source.contract(*READ_BY_QUALITY)


@pytest.fixture(scope="module")
def loaded_url(lasting_url: str) -> str:
    """Ten rows, one of an unlisted kind, one twice; then a correction of one and other content of another."""
    with TemporaryDirectory() as folder, connect(lasting_url) as connection:
        first = source.rows(10, kind={3: "X"}, balance={4: -1.0})
        file = source.write(Path(folder), "csv", [*first, first[0]])
        import_file(connection, contract=CONTRACT, file=file, now=NOW)
        later = datetime(2024, 6, 1, tzinfo=UTC)
        second = source.rows(10, kind={5: "A"}, seen_at={7: later}, balance={8: 5.0})
        file = source.write(Path(folder), "csv", second[5:], name="second")
        import_file(connection, contract=CONTRACT, file=file, now=NOW)
    return lasting_url


@pytest.fixture
def connection(loaded_url: str) -> Iterator[Connection]:
    with connect(loaded_url) as opened:
        yield opened
        opened.rollback()


def report(connection: Connection, contract: Contract = CONTRACT, **changes: object) -> QualityReport:
    said = {
        "reader": "li.ming",
        "reason": "monthly",
        "reads_since": NOW - timedelta(days=30),
        "now": NOW,
        "record_denial": pytest.fail,
        **changes,
    }
    return quality_report(connection, contract=contract, **said)


def test_what_was_read_rejected_and_found(connection: Connection) -> None:
    found = report(connection)
    assert (found.imports, found.rows_read, found.rows_rejected) == (2, 16, 2)
    assert (found.rejected_nano, found.rejected_max_nano) == (125_000_000, 200_000_000)
    # the row that stands twice clashes in both tables, the other content in one
    assert (found.duplicates, found.conflicts) == (3, 1)
    shares = {one.code: (one.count, one.share_nano) for one in found.findings}
    assert shares["negative_balance"] == (1, 62_500_000)
    assert shares["unlisted_value"] == (1, 62_500_000)


def test_what_stands_in_a_table(connection: Connection) -> None:
    account, month = report(connection).tables
    assert (account.rows, account.keys, account.corrections, account.parties) == (11, 10, 1, 10)
    assert account.known_on_latest == date(2024, 6, 1)
    assert account.known_after == {"0": 0, "1": 0, "7": 0, "31": 0, "92": 0, "366": 0, ">366": 10}
    assert account.late_nano == 10**9
    columns = {one.name: one for one in account.columns}
    assert (columns["kind"].nulls, columns["kind"].unlisted) == (0, 1)
    assert columns["kind"].unlisted_values == {"X": 1}
    assert (columns["late"].nulls, columns["late"].unlisted) == (3, None)
    assert (columns["faith"].read, columns["faith"].nulls) == (False, None)
    assert (month.rows, month.corrections) == (20, 0)


def test_a_masked_code_is_not_named(connection: Connection) -> None:
    strict = source.contract(
        *READ_BY_QUALITY[1:],
        ("  display: {clear_up_to: 2}", "  display: {clear_up_to: 2}\n  quality: {clear_up_to: 1}"),
    )
    columns = {one.name: one for one in report(connection, strict).tables[0].columns}
    assert (columns["kind"].nulls, columns["kind"].unlisted) == (0, None)
    assert columns["kind"].unlisted_values == {}


def test_it_reads_through_the_door_and_tells_who_else_did(connection: Connection) -> None:
    assert report(connection).reads == ()
    account, _ = accesses(connection)
    assert (account.purpose, account.reader, account.columns[3:]) == ("quality", "li.ming", ("kind", "late"))
    denied = Access(
        reader="x",
        purpose="rule",
        reason="y",
        contract="loans",
        contract_hash="0" * 64,
        table="source.loans_account",
        columns=("late",),
        masked_columns=(),
        parties_count=0,
        party_token=None,
        known_by=NOW,
        refusal="no",
        at=NOW,
    )
    record_access(connection, access=denied)
    assert report(connection).reads == (
        PurposeReads(purpose="quality", allowed=2, denied=0, parties_withheld=0, last_at=NOW),
        PurposeReads(purpose="rule", allowed=0, denied=1, parties_withheld=0, last_at=NOW),
    )
    assert report(connection, reads_since=NOW + timedelta(days=1)).reads == ()


def test_a_source_that_is_not_there_or_not_for_quality_is_refused(connection: Connection) -> None:
    other = source.contract(*READ_BY_QUALITY, ("contract: loans", "contract: other"))
    with pytest.raises(StateError, match="nothing was imported under this contract"):
        report(connection, other)
    denied: list[Access] = []
    with pytest.raises(InputError, match="gives nothing to the purpose 'quality'"):
        report(connection, source.contract(), record_denial=denied.append)
    assert len(denied) == 1


def test_a_coded_number_is_compared_as_its_list_writes_it(connection: Connection) -> None:
    listed = "null_in_rules: no_match, values: {1: {zh: 一, en: one}}, unlisted: keep}"
    contract = source.contract(
        *READ_BY_QUALITY[:3],
        ("purposes: [posting, rule], meaning: {zh: 逾期", "purposes: [posting, quality], meaning: {zh: 逾期"),
        (
            "meaning: {zh: 逾期, en: months late}, null: true, null_in_rules: no_match}",
            f"meaning: {{zh: 逾期, en: months late}}, null: true, {listed}",
        ),
    )
    columns = {one.name: one for one in report(connection, contract).tables[0].columns}
    assert (columns["late"].nulls, columns["late"].unlisted_values) == (3, {"2": 3})
