"""Reading: purpose, protection and masking are enforced, and no read goes unlogged."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import loan_source as source
import polars as pl
import pytest

from creditloop.data import (
    Access,
    Contract,
    accesses,
    denials_kept_at,
    findings,
    import_file,
    party_token,
    read_table,
)
from creditloop.data.access import read_party_rows
from creditloop.data.source_tables import ensure_tables
from creditloop.kernel.errors import InputError, SourceError, UnknownId
from creditloop.kernel.storage import Connection, connect

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
LATER = datetime(2024, 6, 1, tzinfo=UTC)
MARCH = datetime(2024, 3, 31, tzinfo=UTC)

Read = Callable[..., pl.DataFrame]


@pytest.fixture
def loaded(database: Connection, tmp_path: Path) -> Connection:
    """A database with an import, and a later version of one of its rows."""
    made = source.rows(6, phone={2: None}, faith={1: "none"}, balance={3: -12.5})
    import_file(database, contract=source.contract(), file=source.write(tmp_path, "csv", made), now=NOW)
    corrected = source.rows(6, balance={3: 99.0}, seen_at={3: LATER})
    file = source.write(tmp_path, "csv", corrected[2:3], name="corrected")
    import_file(database, contract=source.contract(), file=file, now=NOW)
    database.commit()
    return database


@pytest.fixture
def read(loaded: Connection, database_url: str) -> Iterator[Read]:
    """Read the small source, by default as a person posting, of everything known."""

    def reading(**changes: object) -> pl.DataFrame:
        arguments = {
            "contract": source.contract(),
            "table": "account",
            "columns": ["party_id", "balance_fen"],
            "purpose": "posting",
            "reader": "li.ming",
            "reason": "month end",
            "known_by": NOW,
            "now": NOW,
            "record_denial": denials_kept_at(database_url),
            **changes,
        }
        return read_table(loaded, **arguments)

    yield reading


def test_rows_come_as_known_by_then(read: Read) -> None:
    assert read(known_by=MARCH)["balance_fen"].to_list() == [10_150, 10_250, -1_250, 10_450, 10_550, 10_650]
    assert read(known_by=LATER)["balance_fen"].to_list() == [10_150, 10_250, 9_900, 10_450, 10_550, 10_650]
    assert (
        read(
            known_by=datetime(2024, 1, 31, 15, 59, 59, tzinfo=UTC), table="month", columns=["bill_fen"]
        ).height
        == 0
    )
    assert (
        read(known_by=datetime(2024, 1, 31, 16, tzinfo=UTC), table="month", columns=["bill_fen"]).height == 6
    )


def test_columns_come_in_order_and_typed(read: Read) -> None:
    frame = read(columns=["opened", "late", "active", "source_row", "known_at", "kind", "phone"])
    assert frame.schema == {
        "opened": pl.Date,
        "late": pl.Int64,
        "active": pl.Boolean,
        "source_row": pl.Int64,
        "known_at": pl.Datetime("us", "UTC"),
        "kind": pl.String,
        "phone": pl.String,
    }
    assert frame.row(1) == (
        date(2020, 1, 3),
        2,
        True,
        2,
        datetime(2024, 3, 1, 8, 30, 2, tzinfo=UTC),
        "A",
        None,
    )


def test_only_the_parties_asked_for_are_read(read: Read, loaded: Connection) -> None:
    assert read(party_ids=["loans/P004", "loans/P002"])["party_id"].to_list() == ["loans/P002", "loans/P004"]
    assert read(party_ids=["loans/P999"]).height == 0
    assert read(party_ids=[]).height == 0
    assert [each.parties_count for each in accesses(loaded)] == [2, 0, 0]


def test_only_what_occurred_since_is_read(read: Read) -> None:
    month = {"table": "month", "columns": ["party_id", "occurred_at"], "known_by": LATER}
    everything = read(**month)
    first, last = everything["occurred_at"].min(), everything["occurred_at"].max()
    assert first < last
    assert read(**month, occurred_from=first).equals(everything)
    since_last = read(**month, occurred_from=last)
    assert 0 < since_last.height < everything.height
    assert since_last["occurred_at"].unique().to_list() == [last]
    with pytest.raises(InputError, match="occurred_from has no time zone"):
        read(occurred_from=datetime(2024, 1, 1))  # noqa: DTZ001


def test_what_a_purpose_may_not_see_in_clear_is_masked(read: Read, loaded: Connection) -> None:
    columns = ["party_id", "account_no", "balance_fen", "opened", "phone"]
    frame = read(columns=columns, purpose="display", known_by=MARCH)
    assert frame.row(2) == ("loans/P003", "A003", "-10..-99", date(2020, 1, 4), "***")
    assert frame.row(1) == ("loans/P002", "A002", "100..999", date(2020, 1, 3), None)
    (access,) = accesses(loaded)
    assert (access.columns, access.masked_columns) == (tuple(columns), ("balance_fen", "phone"))


def test_a_party_is_masked_where_its_class_asks_for_it(read: Read) -> None:
    strict = source.contract(("display: {clear_up_to: 2}", "display: {clear_up_to: 1}"))
    assert (
        read(contract=strict, purpose="display", columns=["party_id"]).to_series().to_list()
        == ["loans/***"] * 6
    )


def test_an_allowed_read_is_logged_in_its_own_transaction(read: Read, loaded: Connection) -> None:
    read(party_ids=["loans/P003"], columns=["balance_fen"])
    contract = source.contract()
    assert accesses(loaded, party_id="loans/P003") == (
        Access(
            reader="li.ming",
            purpose="posting",
            reason="month end",
            contract="loans",
            contract_hash=contract.document.hash,
            table="source.loans_account",
            columns=("balance_fen",),
            masked_columns=(),
            parties_count=1,
            party_token=party_token("loans/P003"),
            known_by=NOW,
            refusal=None,
            at=NOW,
        ),
    )
    assert "P003" not in str(loaded.execute("SELECT * FROM data.access_log").fetchall())
    loaded.rollback()
    assert accesses(loaded) == ()


DENIED = [
    (
        {"purpose": "rule", "columns": ["balance_fen", "faith"]},
        ("'faith' is a protected attribute", "'rule'"),
    ),
    (
        {"purpose": "posting", "columns": ["faith"]},
        ("does not let the purpose 'posting' read 'faith'", "fairness"),
    ),
    ({"purpose": "display", "columns": ["kind"]}, ("does not let the purpose 'display' read 'kind'",)),
    (
        {"purpose": "fairness", "columns": ["party_id"]},
        ("does not let the purpose 'fairness' read 'party_id'",),
    ),
    ({"purpose": "fairness", "columns": ["faith"], "party_ids": ["loans/P001"]}, ("'party_id'",)),
    ({"purpose": "model"}, ("gives nothing to the purpose 'model'",)),
    ({"purpose": "curiosity"}, ("no such purpose: 'curiosity'", "posting")),
    ({"columns": ["salary"]}, ("has no column 'salary'", "source.loans_account")),
    ({"columns": ["star_sign"]}, ("has no column 'star_sign'",)),
    ({"columns": []}, ("a read names its columns",)),
    ({"columns": ["late", "late"]}, ("a read names its columns",)),
    ({"table": "secrets"}, ("has no table 'secrets'",)),
    ({"reader": " "}, ("must say who reads and why",)),
    ({"reason": ""}, ("must say who reads and why",)),
]


@pytest.mark.parametrize(("request_", "said"), DENIED)
def test_a_denied_read_gives_nothing_and_is_logged_for_good(
    read: Read, loaded: Connection, request_: dict[str, object], said: tuple[str, ...]
) -> None:
    with pytest.raises(InputError) as error:
        read(**request_)
    loaded.rollback()
    shown = error.value.diagnostics()
    for piece in said:
        assert piece in shown
    (access,) = accesses(loaded)
    assert not access.allowed
    assert access.refusal == error.value.message
    assert access.purpose == request_.get("purpose", "posting")
    assert access.columns == tuple(request_.get("columns", ["party_id", "balance_fen"]))  # type: ignore[arg-type]


@pytest.mark.parametrize("purpose", ["rule", "model"])
@pytest.mark.parametrize("column", ["sex", "education", "marriage"])
def test_no_rule_or_model_reads_a_protected_attribute(
    read: Read, taiwan: Contract, purpose: str, column: str
) -> None:
    with pytest.raises(InputError) as error:
        read(contract=taiwan, table="customer", columns=["limit_fen", column], purpose=purpose)
    assert error.value.where["field"] == column
    assert error.value.where["purpose"] == purpose


def test_fairness_reads_a_protected_attribute(read: Read) -> None:
    assert read(purpose="fairness", columns=["faith"])["faith"].to_list() == ["none", *[None] * 5]


def test_a_table_that_was_never_imported_is_said(database: Connection, database_url: str) -> None:
    with pytest.raises(InputError, match="not in the database as this contract describes it"):
        read_table(
            database,
            contract=source.contract(),
            table="account",
            columns=["late"],
            purpose="posting",
            reader="li.ming",
            reason="look",
            known_by=NOW,
            now=NOW,
            record_denial=denials_kept_at(database_url),
        )
    with connect(database_url) as another:
        assert len(accesses(another)) == 1


def test_a_denial_that_cannot_be_kept_gives_no_data_either(read: Read) -> None:
    nowhere = denials_kept_at("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(SourceError, match="the database does not answer"):
        read(purpose="rule", columns=["faith"], record_denial=nowhere)


@pytest.mark.parametrize("name", ["known_by", "now"])
def test_instants_without_zone_are_refused(read: Read, name: str) -> None:
    with pytest.raises(InputError, match=f"{name} has no time zone"):
        read(**{name: datetime(2024, 1, 1)})  # noqa: DTZ001


def test_reading_findings_is_logged(database: Connection, tmp_path: Path) -> None:
    made = source.rows(6, balance={3: -12.5, 4: "x"}, phone={5: "a\0b"}, kind={3: "C"})
    result = import_file(
        database,
        contract=source.contract(("value: 0.2", "value: 1")),
        file=source.write(tmp_path, "parquet", made),
        now=NOW,
    )
    request = {"batch_id": result.batch_id, "reader": "li.ming", "reason": "check", "now": NOW}
    assert [(each.source_row, each.code, each.got) for each in findings(database, **request)] == [
        (3, "undocumented_code", "C"),
        (3, "negative_balance", "-12.50"),
        (4, "wrong_type", "x"),
        (5, "wrong_type", "***"),
    ]
    assert [each.source_row for each in findings(database, **request, code="wrong_type")] == [4, 5]
    assert [each.source_row for each in findings(database, **request, field="kind")] == [3]
    assert [each.code for each in findings(database, **request, most=1, skip=1)] == ["negative_balance"]
    assert [(each.table, each.purpose, each.parties_count) for each in accesses(database)] == [
        ("data.finding", "quality", count) for count in (3, 2, 1, 1)
    ]
    with pytest.raises(InputError, match="who reads and why"):
        findings(database, **{**request, "reader": ""})
    with pytest.raises(UnknownId, match="no such import"):
        findings(database, **{**request, "batch_id": "00000000-0000-0000-0000-000000000000"})


@pytest.fixture
def rows(loaded: Connection, database_url: str) -> Callable[..., list[tuple[object, ...]]]:
    """Read one party's rows, by default as a person posting, of everything known."""

    def reading(**changes: object) -> list[tuple[object, ...]]:
        arguments = {
            "contract": source.contract(),
            "table": "account",
            "columns": ["party_id", "balance_fen"],
            "purpose": "posting",
            "reader": "li.ming",
            "reason": "month end",
            "known_by": NOW,
            "now": NOW,
            "record_denial": denials_kept_at(database_url),
            "party_id": "loans/P003",
            **changes,
        }
        return read_party_rows(loaded, **arguments)

    return reading


ROWS = [
    {"known_by": MARCH},
    {"known_by": LATER},
    {"columns": ["known_at", "batch_id", "opened", "kind"]},
    {"table": "month", "columns": ["bill_fen", "occurred_at"]},
    {"columns": ["party_id", "balance_fen", "phone"], "purpose": "display"},
    {"party_id": "loans/P999"},
]


def test_a_partys_rows_are_those_of_its_frame_and_logged_the_same(
    read: Read, rows: Callable[..., list[tuple[object, ...]]], loaded: Connection
) -> None:
    for request in ROWS:
        party = request.get("party_id", "loans/P003")
        asked = {key: value for key, value in request.items() if key != "party_id"}
        assert rows(**request) == read(party_ids=[party], **asked).rows()
        one, other = accesses(loaded)[-2:]
        assert one == other
        assert one.parties_count == (0 if party == "loans/P999" else 1)
        assert one.party_token == party_token(str(party))


def test_a_partys_rows_are_denied_as_its_frame_is(
    read: Read, rows: Callable[..., list[tuple[object, ...]]], loaded: Connection
) -> None:
    for request, _ in DENIED:
        asked = {key: value for key, value in request.items() if key != "party_ids"}
        with pytest.raises(InputError) as of_rows:
            rows(**asked)
        with pytest.raises(InputError) as of_frame:
            read(party_ids=["loans/P003"], **asked)
        assert of_rows.value.diagnostics() == of_frame.value.diagnostics()
        loaded.rollback()
        one, other = accesses(loaded)[-2:]
        assert one == other
        assert (one.allowed, one.refusal) == (False, of_rows.value.message)


def test_a_table_made_otherwise_between_two_reads_is_noticed(
    rows: Callable[..., list[tuple[object, ...]]], loaded: Connection
) -> None:
    """On the same connection, with all that was worked out and planned for the first reads."""
    for _ in range(6):
        before = rows()
    changes = [
        "ALTER TABLE source.loans_account ALTER COLUMN late TYPE text",
        "ALTER TABLE source.loans_account ALTER COLUMN balance_fen DROP NOT NULL",
        "ALTER TABLE source.loans_account ADD COLUMN more text",
        "ALTER TABLE source.loans_account DROP COLUMN active",
        "COMMENT ON TABLE source.loans_account IS 'another'",
        "COMMENT ON TABLE source.loans_account IS NULL",
        "DROP TABLE source.loans_account",
    ]
    for change in changes:
        loaded.execute("SAVEPOINT before_change")
        loaded.execute(change.encode())
        with pytest.raises(InputError, match="not in the database as this contract describes it"):
            rows()
        loaded.execute("ROLLBACK TO SAVEPOINT before_change")
        assert rows() == before


def test_a_table_made_anew_is_read_anew(
    rows: Callable[..., list[tuple[object, ...]]], loaded: Connection
) -> None:
    assert rows() == [("loans/P003", 9_900)]
    loaded.execute("DROP TABLE source.loans_account")
    ensure_tables(loaded, contract=source.contract())
    assert rows() == []


def test_another_version_of_the_contract_is_enforced_at_once(
    rows: Callable[..., list[tuple[object, ...]]], loaded: Connection
) -> None:
    clear = {"purpose": "display", "columns": ["party_id", "account_no"]}
    strict = source.contract(("display: {clear_up_to: 2}", "display: {clear_up_to: 1}"))
    for contract, seen in ((None, "loans/P003"), (strict, "loans/***"), (None, "loans/P003")):
        ((party, _),) = rows(**clear, **({} if contract is None else {"contract": contract}))
        assert party == seen
    hashes = [access.contract_hash for access in accesses(loaded)]
    assert hashes[0] == hashes[2] != hashes[1] == strict.document.hash
