"""`creditloop bureau read`: what a report holds, what is found, the files of its events."""

import json
from pathlib import Path

import polars as pl
import pytest
from tests.service.cli.said import Shell

EXAMPLES = Path(__file__).parents[2] / "data" / "bureau" / "examples"


def test_a_persons_report_is_told_and_its_events_written(shell: Shell, tmp_path: Path) -> None:
    file = str(EXAMPLES / "simulated_person.xml")
    said = shell(["bureau", "read", file, "--party", "C1", "--to", str(tmp_path / "events"), "--json"])
    assert (said.status, said.err) == (0, "")
    record = json.loads(said.out)
    assert (record["about"], record["no_credit_record"], record["findings"]) == ("person", False, [])
    assert record["known_at"] == "2024-06-01T02:20:30+00:00"
    assert set(record["files"]) == {name for name, rows in record["events"].items() if rows}
    accounts = pl.read_parquet(record["files"]["bureau_accounts"])
    assert (accounts.height, accounts["party_no"].unique().to_list()) == (4, ["C1"])
    assert {found["code"] for found in record["event_findings"]} >= {"no_value", "no_contract"}


def test_a_firms_report_is_told_in_both_languages(shell: Shell) -> None:
    said = shell(["bureau", "read", str(EXAMPLES / "simulated_firm.json"), "--party", "C2"])
    assert (said.status, said.err) == (0, "")
    for words in (
        "企业信用报告 a firm's report",
        "欠息 unpaid interest",
        "no day it happened on",
        "EDA.ED02",
    ):
        assert words in said.out


def test_findings_and_a_person_without_a_record_are_told(shell: Shell, tmp_path: Path) -> None:
    firm = json.loads((EXAMPLES / "simulated_firm.json").read_text("utf-8"))
    firm["EDA"]["ED01"][2]["ED01B"]["ED01BH"][0]["ED01BJ01"] = "5"
    file = tmp_path / "firm.json"
    file.write_text(json.dumps(firm), "utf-8")
    assert "已结清而有余额" in shell(["bureau", "read", str(file)]).out
    nobody = shell(["bureau", "read", str(EXAMPLES / "simulated_no_record.json")])
    assert (nobody.status, "信贷白户 no credit record" in nobody.out) == (0, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((str(EXAMPLES / "simulated_firm.json"), "--to", "events"), "customer's number"),
        (("nowhere.json",), "no such report"),
        ((str(Path(__file__)),), "not XML"),
    ],
)
def test_what_cannot_be_read_is_refused(shell: Shell, words: tuple[str, ...], told: str) -> None:
    said = shell(["bureau", "read", *words])
    assert said.status == 2
    assert told in said.err
