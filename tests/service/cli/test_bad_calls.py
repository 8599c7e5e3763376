"""Bad calls: each is refused with its status and a message naming the wrong thing, and writes nothing."""

import os
import uuid
from pathlib import Path

import pytest
from tests.service.cli.said import Shell
from tests.service.small_bank import LATE, PLAN_TEXT, RULES

from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.wiring import sealed_tables

DATES = "--business-date 2005-09-30 --rules-as-of 2024-06-30"
FIVE_TIER = "policies/credit_card/monitor/five_tier.yaml"
NOBODY = str(uuid.UUID(int=0))

BAD_CALLS = {
    # what was asked: (the line, exit status, words the message must have)
    "no such command": ("borrow", 2, ["No such command 'borrow'", "creditloop --help"]),
    "a group without a command": ("book", 2, ["Missing command", "creditloop book --help"]),
    "no such option": ("status --loud", 2, ["No such option: --loud", "creditloop status --help"]),
    "an argument is missing": (
        "import small_cards",
        2,
        ["Missing argument 'files'", "creditloop import --help"],
    ),
    "an argument too many": ("book post book.yaml book.yaml", 2, ["unexpected extra argument", "book.yaml"]),
    "an option without its value": ("findings --most", 2, ["--most", "requires an argument"]),
    "a number that is none": ("findings --most few", 2, ["Invalid value for '--most'", "integer"]),
    "a number out of range": (
        "reads --most -1",
        2,
        ["Invalid value for '--most'", "greater than or equal to 0"],
    ),
    "no business date": ("book balances --rules-as-of 2024-06-30", 2, ["--business-date"]),
    "a date that is none": (
        "book balances --business-date yesterday --rules-as-of 2024-06-30",
        2,
        ["not a date", "'yesterday'", "YYYY-MM-DD"],
    ),
    "a day no calendar has": (
        "portfolio show --business-date 2005-09-31 --rules-as-of 2024-06-30",
        2,
        ["not a date", "2005-09-31"],
    ),
    "no such contract": ("import nowhere statements.parquet", 2, ["no such document", "nowhere"]),
    "no such file": ("import small_cards nothing.parquet", 2, ["nothing.parquet"]),
    "a file that is no table": ("import small_cards book.yaml", 2, ["book.yaml"]),
    "a file that breaks the contract": ("import small_cards broken.csv", 2, ["broken.csv", "column"]),
    "no such import": (f"findings --batch {NOBODY}", 2, ["there is no such import", NOBODY]),
    "a read without a reason": ("findings --reason ''", 2, ["a read must say who reads and why"]),
    "no such table": ("lineage source.nothing party_id=1", 2, ["source.nothing"]),
    "a key that is none": ("lineage source.small_cards_customer 7", 2, ["name=value", "7"]),
    "not the key of the table": (
        f"lineage source.small_cards_statement party_id={LATE}",
        2,
        ["statement_date"],
    ),
    "a row that is not there": (
        "lineage source.small_cards_customer party_id=small_cards/99",
        2,
        ["small_cards/99"],
    ),
    "no such policy": ("strategy show policies/none.yaml --rules-as-of 2024-06-30", 2, ["none.yaml"]),
    "rules before the first": (
        f"strategy show {FIVE_TIER} --rules-as-of 2001-01-01",
        2,
        ["in force", "2001-01-01"],
    ),
    "a strategy that is not there": (
        "strategy check policies/credit_card/monitor/no_such_tier.yaml",
        2,
        ["no such document", "no_such_tier"],
    ),
    "no such plan": ("book post none.yaml", 2, ["no such document", "none.yaml"]),
    "a plan that is a contract": ("book post contracts/small_cards.yaml", 2, ["small_cards.yaml", "'plan'"]),
    "a plan with a wrong line": ("book post wrong.yaml", 2, ["wrong.yaml:8", "rules_as_of"]),
    "other rules than were posted by": (
        "book post other_rules.yaml",
        3,
        ["posted before with another dates"],
    ),
    "no such customer": (f"book history small_cards/99 {DATES}", 2, ["small_cards/99"]),
    "before the customer's record": (
        f"book history {LATE} --business-date 2005-01-31 --rules-as-of {RULES}",
        2,
        ["begins later", "2005-01-31", "2005-04-30"],
    ),
    "no classification for the dates": (
        "portfolio show --business-date 2005-09-30 --rules-as-of 2020-01-01",
        2,
        ["no classification is recorded", "2020-01-01", "portfolio classify"],
    ),
    "a day that is no month of the plan": (
        "portfolio classify book.yaml --business-date 2005-09-29 --rules-as-of 2024-06-30",
        2,
        ["the plan has no such month", "2005-09-29"],
    ),
    "no verdict on a stranger": (
        f"portfolio verdict small_cards/99 {DATES}",
        2,
        ["no verdict", "small_cards/99"],
    ),
    "no such sealed table": (
        f"evidence prove book.nothing {NOBODY} 0",
        2,
        ["no such sealed table", "book.nothing"],
    ),
    "a batch that is no id": ("evidence prove book.event seven 0", 2, ["not a batch's id", "seven"]),
    "a row that was not sealed": (f"evidence prove book.event {NOBODY} 0", 2, [NOBODY]),
    "a proof that is not there": ("evidence check none.proof --key none.key", 2, ["none.proof"]),
    "a proof that is none": ("evidence check book.yaml --key book.yaml", 6, []),
}


def contents(bank: Bank) -> dict[str, int]:
    with connect(bank.url) as connection:
        tables = [*(table.name for table in sealed_tables(connection)), "evidence.entry", "kernel.delivery"]
        counted = {
            name: connection.execute(f"SELECT count(*) FROM {name}".encode()).fetchone() for name in tables
        }
    return {name: int(row[0]) for name, row in counted.items() if row is not None}


@pytest.fixture
def in_bank_with_wrong_files(in_bank: Bank) -> Bank:
    documents = in_bank.places.documents
    (documents / "broken.csv").write_text("ID,LIMIT_BAL\n1,500\n")
    (documents / "wrong.yaml").write_text(
        PLAN_TEXT.replace(f"rules_as_of: {RULES}", "rules_as_of: soon"), "utf-8"
    )
    (documents / "other_rules.yaml").write_text(PLAN_TEXT.replace(str(RULES), "2024-07-31"), "utf-8")
    return in_bank


def test_there_are_at_least_thirty() -> None:
    assert len(BAD_CALLS) >= 30


@pytest.mark.parametrize("name", BAD_CALLS)
def test_a_bad_call_names_what_is_wrong_and_writes_nothing(
    name: str, shell: Shell, in_bank_with_wrong_files: Bank
) -> None:
    line, status, words = BAD_CALLS[name]
    before = contents(in_bank_with_wrong_files)
    said = shell(line)
    assert (said.status, said.out) == (status, ""), said.err
    assert said.err.startswith("creditloop: ")
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err
    machine = shell(f"{line} --json") if "--most" not in line.split()[-1:] else shell(f"--json {line}")
    assert machine.status in {status, 2}
    error = machine.record["error"]
    assert isinstance(error, dict)
    assert {"code", "message"} <= set(error)
    assert contents(in_bank_with_wrong_files) == before


# A bank that cannot be opened


def test_a_server_that_does_not_answer_is_4(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDITLOOP_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CREDITLOOP_DATABASE_URL", "postgresql://someone:secret@127.0.0.1:1/bank")
    for line in ("up", "status", "evidence verify", f"book balances {DATES}"):
        said = shell(line)
        assert said.status == 4
        assert "does not answer" in said.err
        assert "127.0.0.1" in said.err
        assert "secret" not in said.err


def test_an_address_that_is_none_is_2(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDITLOOP_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CREDITLOOP_DATABASE_URL", "not an address, secret")
    said = shell("up")
    assert said.status == 2
    assert "CREDITLOOP_DATABASE_URL" in said.err
    assert "secret" not in said.err


def test_a_name_no_database_can_have_is_2(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDITLOOP_DATABASE_URL", raising=False)
    monkeypatch.setenv("CREDITLOOP_STATE", "state/not/absolute")
    said = shell("status")
    assert said.status == 2
    assert "CREDITLOOP_STATE" in said.err


def test_a_folder_without_documents_is_2(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDITLOOP_BANK", str(tmp_path))
    said = shell(f"strategy show {FIVE_TIER} --rules-as-of 2024-06-30")
    assert said.status == 2
    assert str(tmp_path) in said.err
    assert "CREDITLOOP_BANK" in said.err


def test_a_month_that_cannot_be_answered_is_3(shell: Shell, in_new_bank: Bank) -> None:
    (in_new_bank.places.documents / FIVE_TIER).unlink()
    said = shell("book post book.yaml")
    assert said.status == 3
    assert "could not be answered yet" in said.err
    assert "five_tier.yaml" in said.err or "no such document" in said.err
    assert "creditloop work" in said.err


def test_a_book_that_was_tampered_with_is_5(shell: Shell, in_bank: Bank) -> None:
    with connect(in_bank.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE book.event SET amount_fen = amount_fen + 1 WHERE party_id = %s AND sequence = 2", [LATE]
        )
    said = shell(f"book history {LATE} {DATES}")
    assert (said.status, said.out) == (5, "")
    assert LATE in said.err


def test_a_lost_evidence_folder_is_6(shell: Shell, in_bank: Bank) -> None:
    in_bank.evidence.path.rename(in_bank.evidence.path.with_name("elsewhere"))
    said = shell("evidence verify")
    assert said.status == 6
    assert "its evidence folder is gone" in said.err
    assert os.fspath(in_bank.evidence.path) in said.err


def test_a_failed_job_gives_its_status(shell: Shell, in_bank: Bank) -> None:
    with connect(in_bank.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM monitor.classification WHERE row_no = 3")
    said = shell("work --once --json")
    assert said.status == 6
    failures = said.record["failures"]
    assert isinstance(failures, list)
    assert [(one["job"], one["code"]) for one in failures] == [("verify_evidence", "evidence")]
    assert "row_deleted" in failures[0]["text"]
