"""Consent at the door: withdrawal stops the very next read, one is denied, of many some are left out."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import loan_source as source
import polars as pl
import pytest

from creditloop.data import (
    Access,
    accesses,
    import_file,
    party_token,
    read_contract,
    read_table,
    withheld_parties,
)
from creditloop.data.access import read_party_rows
from creditloop.data.consents import ConsentGiven, ConsentWithdrawn, record_consent
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection, connect

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
CONSENT = (
    "retention:",
    "consent: {purposes: [rule], basis: {title: the tests}}\nretention:",
)
AUDITED = ("  display: {clear_up_to: 2}", "  display: {clear_up_to: 2}\n  audit: {clear_up_to: 2}")
AUDITED_PARTY = (
    "personal: true, purposes: [posting, rule, display], meaning: {zh: 主体",
    "personal: true, purposes: [posting, rule, display, audit], meaning: {zh: 主体",
)
CONTRACT = source.contract(CONSENT, AUDITED, AUDITED_PARTY)

Read = Callable[..., pl.DataFrame]


@pytest.fixture(scope="module")
def loaded_url(lasting_url: str) -> str:
    with TemporaryDirectory() as folder, connect(lasting_url) as connection:
        file = source.write(Path(folder), "csv", source.rows(6))
        import_file(connection, contract=CONTRACT, file=file, now=NOW)
    return lasting_url


@pytest.fixture
def connection(loaded_url: str) -> Iterator[Connection]:
    with connect(loaded_url) as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def denied() -> list[Access]:
    return []


@pytest.fixture
def read(connection: Connection, denied: list[Access]) -> Read:
    def reading(**changes: object) -> pl.DataFrame:
        arguments = {
            "contract": CONTRACT,
            "table": "account",
            "columns": ["party_id", "balance_fen"],
            "purpose": "rule",
            "reader": "li.ming",
            "reason": "deciding",
            "known_by": NOW,
            "now": NOW,
            "record_denial": denied.append,
            **changes,
        }
        return read_table(connection, **arguments)

    return reading


def give(connection: Connection, *numbers: int, **changes: object) -> None:
    for number in numbers:
        said = {
            "consent_id": f"form-{number}",
            "party_id": f"loans/P{number:03}",
            "contracts": frozenset({"loans"}),
            "purposes": frozenset({"rule"}),
            "valid_from": NOW - timedelta(days=1),
            "valid_until": None,
            "wording_version": "1",
            "wording_hash": "0" * 64,
            "channel": "branch",
            "evidence": "form",
        }
        record_consent(connection, record=ConsentGiven(**{**said, **changes}), now=NOW)


def withdraw(connection: Connection, number: int) -> None:
    withdrawn = ConsentWithdrawn(
        consent_id=f"call-{number}",
        party_id=f"loans/P{number:03}",
        contracts=frozenset({"loans"}),
        purposes=frozenset({"rule"}),
        channel="telephone",
        evidence="recording",
    )
    record_consent(connection, record=withdrawn, now=NOW)


def parties(frame: pl.DataFrame) -> list[int]:
    return [int(party[-3:]) for party in frame["party_id"]]


def test_of_many_only_those_who_consent_are_given(connection: Connection, read: Read) -> None:
    give(connection, 2, 5)
    frame = read()
    assert frame.rows() == [("loans/P002", 10_250), ("loans/P005", 10_550)]
    assert parties(read(party_ids=["loans/P001", "loans/P005", "loans/P999"])) == [5]
    counted = [(each.parties_count, each.parties_withheld, each.party_token) for each in accesses(connection)]
    token = party_token("loans/P005")
    assert counted == [(2, 4, None), (1, 2, token)]


def test_nobody_consents_and_nothing_is_given(connection: Connection, read: Read) -> None:
    frame = read(columns=["late", "kind", "batch_id", "known_at"])
    assert (frame.height, frame.columns) == (0, ["late", "kind", "batch_id", "known_at"])
    assert [each.parties_withheld for each in accesses(connection)] == [6]


def test_who_is_left_out_can_be_listed_by_token(connection: Connection, denied: list[Access]) -> None:
    give(connection, 1, 2, 3, 4)
    request = {
        "contract": CONTRACT,
        "reader": "li.ming",
        "reason": "a complaint",
        "known_by": NOW,
        "now": NOW,
        "record_denial": denied.append,
    }
    tokens = withheld_parties(connection, purpose="rule", **request)
    assert tokens == tuple(sorted(map(party_token, ["loans/P005", "loans/P006"])))
    assert withheld_parties(connection, purpose="posting", **request) == ()
    assert {each.purpose for each in accesses(connection)} == {"audit"}


def test_one_party_without_consent_is_denied(
    connection: Connection, read: Read, denied: list[Access]
) -> None:
    with pytest.raises(InputError) as error:
        read(party_ids=["loans/P002"])
    assert error.value.message == "the party does not consent to 'loans' being read for the purpose 'rule'"
    assert error.value.where == {"table": "source.loans_account", "contract": "loans", "purpose": "rule"}
    (access,) = denied
    assert (access.refusal, access.allowed) == (error.value.message, False)
    assert access.party_token == party_token("loans/P002")
    assert accesses(connection) == ()
    with pytest.raises(InputError, match="does not consent"):  # whether anything is known of it or not
        read(party_ids=["loans/P999"])
    with pytest.raises(InputError, match="does not consent"):
        read(party_ids=["loans/P002", "loans/P002"])


def test_withdrawal_stops_the_very_next_read(connection: Connection, read: Read, loaded_url: str) -> None:
    give(connection, 2, 3)
    assert parties(read(party_ids=["loans/P002"])) == [2]
    withdraw(connection, 2)
    with pytest.raises(InputError, match="does not consent"):
        read(party_ids=["loans/P002"])
    assert parties(read()) == [3]
    give(connection, 2, consent_id="form-again")
    assert parties(read()) == [2, 3]


def test_withdrawal_stops_a_batch_under_way(loaded_url: str, denied: list[Access]) -> None:
    """Its transaction began before the withdrawal and its `now` is older: its next read is stopped."""
    request = {
        "contract": CONTRACT,
        "table": "account",
        "columns": ["party_id"],
        "purpose": "rule",
        "reader": "batch",
        "reason": "deciding",
        "known_by": NOW,
        "now": NOW,
        "record_denial": denied.append,
    }
    with connect(loaded_url) as batch, connect(loaded_url) as branch:
        try:
            give(branch, 1)
            branch.commit()
            assert parties(read_table(batch, **request)) == [1]
            later = NOW + timedelta(hours=1)
            withdrawn = ConsentWithdrawn(
                consent_id="call-1",
                party_id="loans/P001",
                contracts=frozenset({"loans"}),
                purposes=frozenset({"rule"}),
                channel="telephone",
                evidence="recording",
            )
            record_consent(branch, record=withdrawn, now=later)
            branch.commit()
            assert parties(read_table(batch, **request)) == []
            batch.rollback()
        finally:
            branch.execute("SET session_replication_role = replica")
            branch.execute("DELETE FROM data.consent")


@pytest.mark.parametrize(
    "changes",
    [
        {"contracts": frozenset({"invoices"})},
        {"purposes": frozenset({"model"})},
        {"valid_from": NOW + timedelta(microseconds=1)},
        {"valid_until": NOW},
        {"party_id": "loans/P02"},
    ],
)
def test_consent_to_something_else_is_none(
    connection: Connection, read: Read, changes: dict[str, object]
) -> None:
    give(connection, 2, **changes)
    with pytest.raises(InputError, match="does not consent"):
        read(party_ids=["loans/P002"])


def test_other_purposes_and_contracts_without_consent_are_as_before(
    connection: Connection, read: Read
) -> None:
    assert parties(read(purpose="posting")) == [1, 2, 3, 4, 5, 6]
    assert parties(read(contract=source.contract())) == [1, 2, 3, 4, 5, 6]
    assert read(purpose="posting", party_ids=["loans/P002"]).height == 1
    assert {each.parties_withheld for each in accesses(connection)} == {0}


def test_rows_known_later_or_that_occurred_before_count_for_nobody(
    connection: Connection, read: Read
) -> None:
    month = {"table": "month", "columns": ["party_id"], "purpose": "posting"}
    wide = source.contract(CONSENT, ("purposes: [rule], basis", "purposes: [rule, posting], basis"))
    assert read(**month, contract=wide, known_by=datetime(2024, 1, 1, tzinfo=UTC)).height == 0
    assert read(**month, contract=wide, occurred_from=datetime(2025, 1, 1, tzinfo=UTC)).height == 0
    assert [each.parties_withheld for each in accesses(connection)] == [0, 0]


def test_what_consent_opens_is_masked_as_ever(connection: Connection, read: Read) -> None:
    shown = source.contract(("retention:", "consent: {purposes: [display], basis: {title: x}}\nretention:"))
    give(connection, 3, purposes=frozenset({"display"}))
    columns = ["party_id", "account_no", "balance_fen", "phone"]
    frame = read(contract=shown, purpose="display", columns=columns)
    assert frame.rows() == [("loans/P003", "A003", "100..999", "***")]
    (access,) = accesses(connection)
    assert (access.masked_columns, access.parties_withheld) == (("balance_fen", "phone"), 5)
    with pytest.raises(InputError, match="protected attribute"):  # consent opens no protected attribute
        read(columns=["faith"])


@pytest.mark.parametrize("purpose", ["audit", "rule"])
def test_a_correction_that_moves_an_event_back_does_not_bring_the_earlier_version_to_light(
    connection: Connection, tmp_path: Path, purpose: str
) -> None:
    """Of two invoices one is corrected to an earlier day: it no longer occurred since then, in no version."""
    invoices = read_contract(REPOSITORY / "contracts" / "invoices.yaml", root=REPOSITORY)
    file = tmp_path / "invoices.csv"
    file.write_text(INVOICES, "utf-8")
    import_file(connection, contract=invoices, file=file, now=NOW)
    give(connection, 1, party_id="customer/f1", contracts=frozenset({"invoices"}))

    def since(day: int, known: int) -> list[tuple[object, ...]]:
        return read_table(
            connection,
            contract=invoices,
            table="invoice",
            columns=["party_id", "invoice_no"],
            purpose=purpose,
            reader="li.ming",
            reason="test",
            known_by=datetime(2025, 12, known, tzinfo=UTC),
            now=NOW,
            record_denial=pytest.fail,
            occurred_from=datetime(2025, 11, day, tzinfo=UTC),
        ).rows()

    other = [] if purpose == "rule" else [("customer/f2", "other")]
    assert since(8, known=10) == [("customer/f1", "moved"), ("customer/f1", "stays"), *other]
    assert since(8, known=25) == [("customer/f1", "stays")]
    assert since(1, known=25) == [("customer/f1", "moved"), ("customer/f1", "stays"), *other]
    withheld = [one.parties_withheld for one in accesses(connection)]
    assert withheld == ([1, 0, 1] if purpose == "rule" else [0, 0, 0])  # whose only invoice is moved as well


REPOSITORY = Path(__file__).parents[2]
INVOICES = """party_no,invoice_no,issued_on,direction,state,amount,tax,counterparty,known_on
f1,stays,2025-11-20,sale,normal,1.00,0.13,a,2025-12-01
f1,moved,2025-11-20,sale,normal,2.00,0.26,a,2025-12-01
f1,moved,2025-11-05,sale,normal,2.00,0.26,a,2025-12-20
f2,other,2025-11-20,sale,normal,3.00,0.39,a,2025-12-01
f2,other,2025-11-05,sale,normal,3.00,0.39,a,2025-12-20
"""


def test_a_partys_rows_are_read_only_while_it_consents(connection: Connection, denied: list[Access]) -> None:
    def rows() -> list[tuple[object, ...]]:
        return read_party_rows(
            connection,
            contract=CONTRACT,
            table="account",
            columns=["balance_fen"],
            purpose="rule",
            reader="li.ming",
            reason="deciding",
            known_by=NOW,
            now=NOW,
            record_denial=denied.append,
            party_id="loans/P002",
        )

    give(connection, 3)
    with pytest.raises(InputError, match="does not consent"):
        rows()
    give(connection, 2)
    assert rows() == [(10_250,)]
    withdraw(connection, 2)
    with pytest.raises(InputError, match="does not consent"):
        rows()
    assert [access.allowed for access in denied] == [False, False]
    assert {access.party_token for access in denied} == {party_token("loans/P002")}
    (logged,) = accesses(connection)
    assert (logged.parties_count, logged.parties_withheld) == (1, 0)
