"""`creditloop data …`: a source's quality, how fresh it is, and deleting what is too old."""

import pytest
from tests.service.cli.electricity import import_bills
from tests.service.cli.said import Shell
from tests.service.small_bank import REPOSITORY

from creditloop.service.bank import Bank


@pytest.fixture(autouse=True)
def _bills(in_new_bank: Bank, shell: Shell) -> None:
    import_bills(in_new_bank, shell)


def test_the_quality_of_a_source(shell: Shell) -> None:
    report = shell("data quality electricity --json").record
    assert (report["imports"], report["rows_read"], report["rows_rejected"]) == (2, 5, 0)
    (table,) = report["tables"]
    assert (table["rows"], table["keys"], table["corrections"], table["parties"]) == (5, 4, 1, 3)
    assert table["known_on_latest"] == "2026-03-01"
    assert table["known_after_days"] == {"0": 0, "1": 2, "7": 0, "31": 2, "92": 0, "366": 0, ">366": 0}
    assert table["late_nano"] == 500_000_000
    columns = {one["column"]: one for one in table["columns"]}
    assert columns["tariff"]["unlisted_values"] == {"farm": 1}
    assert columns["amount_fen"]["nulls"] == 0
    codes = {one["code"]: (one["count"], one["share_nano"]) for one in report["findings"]}
    assert codes["used_kwh_negative"] == (1, 200_000_000)
    again = shell("data quality electricity --json").record
    assert [(one["purpose"], one["allowed"]) for one in again["reads"]] == [("quality", 1)]
    for_people = shell("data quality electricity")
    assert for_people.status == 0
    assert "farm 1" in for_people.out
    assert all(len(row) <= 110 for row in for_people.out.splitlines())


def test_how_fresh_the_sources_about_a_party_are(shell: Shell) -> None:
    said = shell("data fresh customer/2 --as-of 2026-03-01 --json").record
    (source,) = said["sources"]
    assert (source["source"], source["state"], source["age_days"]) == ("electricity", "fresh", 9)
    (source,) = shell("data fresh customer/2 --as-of 2026-08-01 --json").record["sources"]
    assert (source["state"], source["limit_days"], source["then"]) == ("stale", 62, "absent")
    line = "data fresh customer/2 --as-of 2026-03-01 --purpose rule --json"
    assert shell(line).record["sources"][0]["state"] == "no_consent"
    said = shell("data fresh nobody/2 --as-of 2026-03-01")
    assert said.status != 0
    assert "no contract of this party's register" in said.err
    assert shell("data fresh customer/2 --as-of 2026-03-01").status == 0


def test_what_is_too_old_is_deleted_and_verification_says_so(shell: Shell) -> None:
    line = "data delete-expired --source electricity --as-of 2024-01-01 --reason monthly"
    counted = shell(f"{line} --dry-run --json").record
    assert (counted["rows"], counted["dry_run"]) == (2, True)
    assert shell("data deletions --json").record == {"deletions": [], "committed": []}
    done = shell(f"{line} --json").record
    (source,) = done["sources"]
    assert (source["record"], source["cut_day"]) == (1, "2019-01-01")
    assert source["tables"] == [
        {"table": "source.electricity_bill", "rows": 2, "parties": 1, "totals": {"2018": 2}}
    ]
    assert shell("data deletions --json").record["deletions"] == [source]
    verified = shell("evidence verify --json")
    assert verified.status == 0
    assert verified.record["deleted_under_retention"] == [{"record": 1, "rows": 2}]
    assert verified.record["problems"] == []
    for_people = shell("evidence verify").out
    assert "rows deleted under retention, record 1" in for_people
    (read,) = shell("reads --most 1 --json").record["reads"]
    assert (read["table"], read["parties_count"], read["parties_withheld"]) == (
        "source.electricity_bill",
        1,
        0,
    )
    assert shell(f"{line} --json").record["rows"] == 0


DEVICES = """party_no,event_no,happened_on,kind,result,place,hour,device,network,known_on
1,E1,2023-05-01,login,passed,r01,9,d-77,n-5,2023-05-01
1,E2,2023-05-02,login,passed,,23,d-77,,2023-05-02
1,E3,2025-05-01,login,passed,r01,9,d-78,n-5,2025-05-01
"""


def test_values_of_a_class_go_sooner_than_their_rows(in_new_bank: Bank, shell: Shell) -> None:
    documents = in_new_bank.places.documents
    text = (REPOSITORY / "contracts" / "device_events.yaml").read_text("utf-8")
    (documents / "contracts" / "device_events.yaml").write_text(text, "utf-8")
    (documents / "devices.csv").write_text(DEVICES, "utf-8")
    assert shell("import device_events devices.csv").status == 0
    line = "data delete-expired --source device_events --as-of 2026-01-01 --reason monthly"
    counted = shell(f"{line} --dry-run --json").record
    assert (counted["rows"], counted["values"]) == (0, 4)
    (source,) = shell(f"{line} --json").record["sources"]
    assert (source["record"], source["tables"], source["values_by_class"]) == (1, [], {"3": 4})
    (of_class,) = source["classes"]
    assert (of_class["class"], of_class["cut_day"], of_class["rows"]) == (3, "2024-01-01", 2)
    assert of_class["values"] == {"device": 2, "network": 1, "place": 1}
    assert shell("data deletions --json").record["deletions"] == [source]
    assert "source.device_events_event" in shell("data deletions").out
    verified = shell("evidence verify --json")
    assert (verified.status, verified.record["problems"]) == (0, [])
    assert verified.record["emptied_under_retention"] == [{"record": 1, "rows": 2}]
    assert "rows with values deleted under retention, record 1" in shell("evidence verify").out
    lineage = "lineage source.device_events_event party_id=customer/1 event_no="
    (origin,) = shell(f"{lineage}E2 --json").record["origins"]
    assert origin["deleted_columns"] == {"device": 1}
    assert "device: deleted under retention" in shell(f"{lineage}E2").out
    (fresh,) = shell("data fresh customer/1 --source device_events --as-of 2025-05-02 --json").record[
        "sources"
    ]
    assert (fresh["state"], fresh["deleted_columns"]) == ("fresh", ["device", "network", "place"])
    said = shell(f"evidence prove source.device_events_event {origin['batch_id']} 1")
    assert said.status != 0
    assert "deleted under retention" in said.err
    assert shell(f"{line} --json").record["values"] == 0


def test_every_imported_source_is_looked_at(shell: Shell) -> None:
    said = shell("data delete-expired --as-of 2026-01-01 --reason monthly --dry-run")
    assert said.status == 0
    assert "source.electricity_bill" in said.out


def test_what_cannot_be_is_refused(shell: Shell) -> None:
    for line, words in (
        ("data quality nothing", "nothing"),
        ("data delete-expired --source electricity --as-of 2999-01-01 --reason x", "a day that has come"),
        ("data delete-expired --source electricity --as-of 2024-01-01 --reason ' '", "who deletes and why"),
        ("data fresh customer/2 --as-of yesterday", "not a date"),
    ):
        said = shell(line)
        assert said.status != 0, line
        assert words in said.err
