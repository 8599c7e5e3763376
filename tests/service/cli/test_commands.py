"""Each command as a person and as a machine sees it, on a bank of twenty customers."""

import getpass
import json
from pathlib import Path

import pytest
from tests.service.cli.said import Shell
from tests.service.small_bank import CUSTOMERS, LATE, MONTHS

from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank

DATES = "--business-date 2005-09-30 --rules-as-of 2024-06-30"
FIVE_TIER = "policies/credit_card/monitor/five_tier.yaml"

LINES = {
    "up": ("up", ["database", "seconds", "version"], "started"),
    "status": ("status", ["database", "state", "version"], "CREDITLOOP_DATABASE_URL"),
    "down": ("down", ["pid", "stopped"], "not running"),
    "import": ("import small_cards statements.parquet", ["imports"], "rows of statement"),
    "findings": ("findings --most 3", ["batch", "counts", "findings"], "negative_bill"),
    "lineage": (
        f"lineage source.small_cards_statement party_id={LATE} statement_date=2005-07-31",
        ["key", "origins", "table"],
        "statements.parquet",
    ),
    "reads": ("reads --most 2", ["reads", "total"], "service.card_book"),
    "strategy check": (f"strategy check {FIVE_TIER}", ["errors", "strategies"], "12 of 12 cases hold"),
    "strategy show": (
        f"strategy show {FIVE_TIER} --rules-as-of 2024-06-30",
        ["parameters", "rules", "version"],
        "FB_03",
    ),
    "book post": ("book post book.yaml", ["months", "rules_as_of"], "statement_month"),
    "book balances": (f"book balances {DATES}", ["accounts", "customers"], "应收信用卡账款"),
    "book history": (f"book history {LATE} {DATES}", ["events", "party"], "opening_balance"),
    "book refunds": (f"book refunds {DATES}", ["adjustments", "total"], "refunds and adjustments"),
    "portfolio classify": (
        f"portfolio classify book.yaml {DATES}",
        ["bank_npl_nano", "buckets"],
        "non-performing",
    ),
    "portfolio show": (f"portfolio show {DATES}", ["bank_npl_nano", "buckets"], "substandard"),
    "portfolio verdict": (f"portfolio verdict {LATE} {DATES}", ["bank_class", "five_tier_policy"], "FT_03"),
    "evidence verify": ("evidence verify", ["entries", "problems", "rows"], "problems"),
    "evidence columns": ("evidence columns", ["columns", "problems"], "the order of arrival"),
    "work": ("work --once", ["failures", "waiting"], "0 jobs failed"),
}


@pytest.mark.parametrize("name", LINES)
def test_a_command_answers_people_with_tables_and_machines_with_one_object(
    name: str, shell: Shell, in_bank: Bank
) -> None:
    line, keys, word = LINES[name]
    for_people = shell(line)
    assert for_people.status == 0, for_people.err
    assert word in for_people.out
    assert not for_people.out.lstrip().startswith("{")
    for_machines = shell(f"{line} --json")
    assert for_machines.status == 0, for_machines.out
    assert set(keys) <= set(for_machines.record)
    assert "Traceback" not in for_people.err + for_machines.err
    assert all(len(row) <= 110 for row in for_people.out.splitlines())


def test_dates_stand_on_every_figure(shell: Shell, in_bank: Bank) -> None:
    for name in (
        "book balances",
        "book history",
        "book refunds",
        "portfolio classify",
        "portfolio show",
        "portfolio verdict",
    ):
        line = LINES[name][0]
        record = shell(f"{line} --json").record
        assert (record["business_date"], record["rules_as_of"]) == ("2005-09-30", "2024-06-30"), name
        for_people = shell(line).out
        assert "2005-09-30" in for_people
        assert "2024-06-30" in for_people


def test_posting_from_the_command_line_and_again(shell: Shell, in_new_bank: Bank) -> None:
    first = shell("book post book.yaml --json").record
    again = shell("book post book.yaml --json").record
    months = first["months"]
    assert isinstance(months, list)
    assert [month["business_date"] for month in months] == [str(month) for month in MONTHS]
    assert [month["repeated"] for month in months] == [False] * 6
    assert again["months"] == [{**month, "repeated": True} for month in months]
    with connect(in_new_bank.url) as connection:
        assert connection.execute("SELECT count(*) FROM monitor.classification").fetchone() == (
            CUSTOMERS * 6,
        )
    assert shell("evidence verify --json").record["problems"] == []


def test_cells_are_shown_as_they_are(shell: Shell, in_bank: Bank) -> None:
    """A rule with brackets is not taken for the terminal's markup."""
    file = in_bank.places.documents / FIVE_TIER
    text = file.read_text("utf-8")
    file.write_text(text.replace("owed_fen <= fen(0)", "owed_fen in [fen(-9)..fen(0)]"), "utf-8")
    said = shell(f"strategy show {FIVE_TIER} --rules-as-of 2024-06-30")
    assert "[fen(-9)..fen(0)]" in said.out.replace("\n", "").replace(" ", "") or "[fen(-9)" in said.out


def test_an_answer_without_rows_is_its_title(shell: Shell, in_new_bank: Bank) -> None:
    assert shell("reads").out == "reads: last 0 of 0\n"
    assert shell("reads --json").record == {"total": 0, "reads": []}


def test_a_denied_read_of_findings_is_none_at_all(shell: Shell, in_bank: Bank) -> None:
    assert shell(["findings", "--reason", "  "]).status == 2


def test_findings_are_read_with_a_reason_which_is_logged(shell: Shell, in_bank: Bank) -> None:
    found = shell(
        ["findings", "--code", "negative_bill", "--most", "2", "--reason", "a look", "--json"]
    ).record
    assert isinstance(found["findings"], list)
    assert [finding["code"] for finding in found["findings"]] == ["negative_bill"] * 2
    read = shell("reads --most 1 --json").record["reads"]
    assert isinstance(read, list)
    user = f"cli:{getpass.getuser()}"
    assert (read[0]["reader"], read[0]["reason"], read[0]["allowed"]) == (user, "a look", True)


@pytest.mark.parametrize(
    ("command", "table"),
    [("book history", "book.event"), ("portfolio verdict", "monitor.classification")],
)
def test_a_look_at_one_customer_is_in_the_log_of_reads(
    command: str, table: str, shell: Shell, in_bank: Bank
) -> None:
    before = shell(f"reads --party {LATE} --json").record["total"]
    assert shell([*f"{command} {LATE} {DATES}".split(), "--reason", "a complaint"]).status == 0
    after = shell(f"reads --party {LATE} --json").record
    assert after["total"] == before + 1
    read = after["reads"][-1]
    assert (read["table"], read["purpose"], read["reason"]) == (table, "display", "a complaint")
    assert (read["parties_count"], read["allowed"]) == (1, True)
    assert shell("evidence verify --json").record["problems"] == []
    assert shell(f"{command} small_cards/nobody {DATES}").status == 2
    assert shell("reads --party small_cards/nobody --json").record["total"] == 0


def test_a_number_is_followed_from_the_portfolio_to_the_line_of_the_file(shell: Shell, in_bank: Bank) -> None:
    verdict = shell(f"portfolio verdict {LATE} {DATES} --json").record
    events = shell(f"book history {LATE} {DATES} --json").record["events"]
    assert isinstance(events, list)
    assert events[-1]["owed_after_fen"] == verdict["owed_fen"] == 780_000
    assert events[-1]["source"] == verdict["source_ref"]
    line = f"lineage source.small_cards_statement party_id={LATE} statement_date=2005-09-30 --json"
    (origin,) = shell(line).record["origins"]  # type: ignore[misc]  # an object is unpacked, and fails if it is none
    assert (origin["file_name"], origin["source_row"]) == ("statements.parquet", "4")
    assert origin["batch_id"] in str(verdict["source_ref"])


# Evidence


def edit(bank: Bank, statement: str) -> None:
    with connect(bank.url) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(statement.encode()).rowcount == 1


def test_verify_finds_an_edited_row_and_names_it(shell: Shell, in_bank: Bank) -> None:
    assert shell("evidence verify").status == 0
    edit(
        in_bank,
        "UPDATE source.small_cards_statement SET bill_fen = 1"
        f" WHERE party_id = '{LATE}' AND statement_date = '2005-07-31'",
    )
    said = shell("evidence verify")
    assert said.status == 6
    assert "row_changed" in said.out
    assert LATE in said.out
    machine = shell("evidence verify --json")
    assert machine.status == 6
    (problem,) = machine.record["problems"]  # type: ignore[misc]
    assert (problem["code"], problem["table"]) == ("row_changed", "source.small_cards_statement")
    assert "2005-07-31" in problem["key"]
    assert problem["meaning"] == "the row's content is not what was sealed"


def test_a_row_is_proven_offline_and_a_changed_proof_is_refused(
    shell: Shell, in_bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(in_bank.url) as connection:
        query = (
            "SELECT batch_id::text, row_no, amount_fen FROM book.event WHERE party_id = %s AND sequence = 6"
        )
        batch, row_no, amount = connection.execute(query.encode(), [LATE]).fetchone() or ()
    proof = shell(f"evidence prove book.event {batch} {row_no}")
    assert (proof.status, proof.err) == (0, "")
    again = shell(f"evidence prove book.event {batch} {row_no} --json").record["proof"]
    # the read was logged and sealed meanwhile, so the second proof stands under a later checkpoint
    assert json.loads(str(again))["row"] == json.loads(proof.out)["row"]
    read = shell("reads --most 1 --json").record["reads"][-1]
    assert (read["table"], read["purpose"], read["parties_count"]) == ("book.event", "audit", 1)
    file, key = tmp_path / "row.proof", tmp_path / "public_key"
    file.write_text(proof.out, "utf-8")
    key.write_text(in_bank.evidence.verifier_key_path.read_text())
    monkeypatch.setenv("CREDITLOOP_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("CREDITLOOP_STATE", str(tmp_path / "no_state"))
    checked = shell(f"evidence check {file} --key {key} --json")
    assert checked.status == 0
    values = checked.record["values"]
    assert isinstance(values, dict)
    assert (values["party_id"], values["amount_fen"]) == (LATE, str(amount))
    assert LATE in shell(f"evidence check {file} --key {key}").out
    assert not (tmp_path / "no_state").exists()

    file.write_text(
        proof.out.replace(f'"{amount}"', f'"{amount + 1}"').replace(LATE, "small_cards/5"), "utf-8"
    )
    changed = shell(f"evidence check {file} --key {key} --json")
    assert changed.status == 6
    assert "error" in changed.record
    other = json.dumps("not a key")
    key.write_text(other)
    assert shell(f"evidence check {file} --key {key}").status in {2, 6}
