"""Flat tables: every row knows whose it is, when it happened and when that was known."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from bureau_examples import as_json, changed, example

from creditloop.data.bureau import PROTECTED, TABLES, BureauReport, parse_json, table_rows
from creditloop.kernel.errors import UnknownId

PARTY = "town/1"
REPORT = parse_json(as_json(example())).report
NOBODY = parse_json(as_json(example("simulated_no_record"))).report


def table(name: str, report: BureauReport = REPORT) -> pl.DataFrame:
    return table_rows(report, table=name, party_id=PARTY)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_its_party_and_its_two_moments(name: str) -> None:
    rows = table(name)
    assert rows.height > 0
    assert rows["party_id"].unique().to_list() == [PARTY]
    assert rows["known_at"].unique().to_list() == [REPORT.known_at]
    assert rows["report_number"].unique().to_list() == [REPORT.number]
    assert rows["occurred_at"].null_count() == 0
    assert (rows["occurred_at"] <= rows["known_at"]).all()


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("report", [REPORT, NOBODY], ids=["person", "no_record"])
def test_a_table_has_its_columns_with_or_without_rows(name: str, report: BureauReport) -> None:
    assert dict(table(name, report).schema) == dict(TABLES[name])
    assert not PROTECTED & set(TABLES[name])


def test_accounts_take_from_the_month_what_the_latest_state_leaves_empty() -> None:
    rows = table("account").rows_by_key("account_number", named=True, unique=True)
    loan, card = rows["1"], rows["2"]
    assert (loan["state"], loan["balance_fen"], loan["due_fen"]) == ("1", 101_234_567, 832_109)
    assert (card["state"], card["balance_fen"], card["used_fen"]) == ("1", 800_050, 800_050)
    assert (rows["3"]["state"], rows["3"]["due_fen"]) == ("2", None)
    assert loan["occurred_at"] == datetime(2020, 3, 9, 16, tzinfo=UTC), "opened on 10 March in Beijing"
    assert [rows[number]["dispute_count"] for number in "1234"] == [1, 0, 0, 0]


def test_the_latest_state_stands_over_the_months() -> None:
    account = example()["PDA"]["PD01"][0]
    account["PD01B"] |= {"PD01BD01": "2", "PD01BJ01": "7", "PD01BD03": "3"}
    rows = table("account", parse_json(as_json(changed(example(), ("PDA", "PD01"), [account]))).report)
    assert rows.select("state", "balance_fen", "loan_class").rows() == [("2", 700, "3")]


def test_months_of_the_record() -> None:
    rows = table("account_month").filter(pl.col("account_number") == "1")
    assert rows["status"].to_list() == list("NNN1NN")
    assert rows["overdue_fen"].to_list() == [0, 0, 0, 832_109, 0, 0]
    assert rows["month"].to_list()[0] == date(2023, 12, 1)
    assert rows["occurred_at"].to_list()[0] == datetime(2023, 12, 31, 16, tzinfo=UTC), "the month's end"


def test_a_month_still_running_occurred_when_the_report_was_made() -> None:
    raw = example()
    record = raw["PDA"]["PD01"][3]["PD01E"]
    record |= {"PD01ER01": "2024-05", "PD01ER02": "2024-06"}
    for item, month in zip(record["PD01EH"], ("2024-06", "2024-05"), strict=True):
        item["PD01ER03"] = month
    report = parse_json(as_json(raw)).report
    rows = table("account_month", report).filter(pl.col("account_number") == "4")
    assert rows["occurred_at"].to_list() == [datetime(2024, 5, 31, 16, tzinfo=UTC), report.known_at]


def test_months_only_the_short_record_has_are_added_without_amounts() -> None:
    account = example()["PDA"]["PD01"][0]
    record = account["PD01E"]
    record |= {"PD01ER01": "2024-02", "PD01ES01": "4", "PD01EH": record["PD01EH"][:4]}
    report = parse_json(as_json(changed(example(), ("PDA", "PD01"), [account]))).report
    rows = table("account_month", report)
    assert rows["status"].to_list() == list("NNN1NN")
    assert rows["overdue_fen"].to_list() == [None, None, 0, 832_109, 0, 0]


def test_a_table_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(UnknownId, match="no such table") as refused:
        table("accounts")
    assert (refused.value.got, refused.value.expected) == ("accounts", ", ".join(TABLES))


def test_the_other_tables() -> None:
    assert table("facility").select("limit_fen", "used_fen", "state").rows() == [(5_000_000, 800_050, "1")]
    guarantee = table("guarantee").select("liable_fen", "balance_fen", "borrower_kind", "liability")
    assert guarantee.rows() == [(50_000_000, 32_000_000, "2", "2")]
    assert table("query")["reason"].to_list() == ["02", "02", "01"]
    records = table("public_record").select("kind", "amount_fen", "closing")
    assert records.rows() == [
        ("unpaid_tax", 150_000, None),
        ("judgment", 3_000_000, "2"),
        ("enforcement", 3_000_000, "004"),
        ("penalty", 20_000, None),
        ("housing_fund", 160_000, "1"),
    ]
