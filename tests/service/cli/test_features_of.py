"""`creditloop features of`, `trace`: a customer's values, and the rows of the file they were made of."""

from dataclasses import replace

import pytest
from tests.service.cli.said import Shell
from tests.service.small_bank import CONTRACT, FILE, REPOSITORY

from creditloop.data import accesses
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.cli import features_of

DOCUMENT = "features/card_statement_windows.yaml"
PARTY, DAY = f"{CONTRACT}/1", "2005-09-30"
FLOWS = "contracts/account_flows.yaml", "features/account_flows_windows.yaml"


@pytest.fixture
def imported(in_new_bank: Bank, shell: Shell) -> Bank:
    """A bank with statements, which has features over them, and over a source that was never imported."""
    folder = in_new_bank.places.documents
    for name in FLOWS:
        (folder / name).write_text((REPOSITORY / name).read_text("utf-8"), "utf-8")
    assert shell(["import", CONTRACT, FILE]).status == 0
    return in_new_bank


def test_a_customers_features_are_shown_with_their_meaning_and_the_read_is_logged(
    imported: Bank, shell: Shell
) -> None:
    line = ["features", "of", PARTY, "--as-of", DAY, "--document", DOCUMENT]
    record = shell([*line, "--json"]).record
    values = {one["name"]: one["value"] for one in record["values"]}
    assert len(values) > 60
    # the bills of customer 1: 1000, 1200, 900, 1100, 1000, 1300 yuan; paid 800 … 1000
    assert values["card_sum_bill_184d"] == 650_000
    assert values["card_max_bill_92d"] == 130_000
    assert values["card_sum_payment_31d"] == 210_000  # that of 31 August is 30 days ago
    earlier = shell(["features", "of", PARTY, "--as-of", "2005-06-15", "--document", DOCUMENT, "--json"])
    assert {one["name"]: one["value"] for one in earlier.record["values"]}["card_sum_bill_184d"] == 220_000
    said = shell([*line, "--search", "还款 均值 31"])
    assert said.status == 0
    assert "card_mean_payment_31d" in said.out
    assert "近31天账单当月还款均值" in said.out.replace("\n", "").replace(" ", "")
    with connect(imported.url) as connection:
        found = accesses(connection, party_id=PARTY)
    assert [one.purpose for one in found] == ["audit"] * 3
    assert found[0].table == f"source.{CONTRACT}_statement"
    assert found[2].columns == ("statement_date", "known_at", "payment_fen")

    # without a document all are asked, and what was not imported is named
    record = shell(["features", "of", PARTY, "--as-of", DAY, "--json"]).record
    assert [one["contract"] for one in record["documents"]] == [CONTRACT]
    assert [one["version"] for one in record["documents"]] == [None]  # nothing was published
    assert len(record["values"]) > 60
    (refused,) = record["refused"].values()
    assert "source.account_flows_flow" in refused
    assert "nothing was imported" in refused
    said = shell(["features", "of", PARTY, "--as-of", DAY, "--most", "3"])
    assert "3 shown" in said.out
    assert "草稿 draft" in said.out
    named = shell(["features", "of", PARTY, "--as-of", DAY, "--document", FLOWS[1]])
    assert named.status == 2
    assert "not in the database as this contract describes it" in named.err
    # a purpose that would see values masked is refused
    line = ["features", "of", PARTY, "--as-of", DAY, "--purpose", "display"]
    named = shell([*line, "--document", DOCUMENT])
    assert named.status == 2
    assert "would see this column masked" in named.err
    record = shell([*line, "--json"]).record
    assert record["values"] == []
    assert any("masked" in told for told in record["refused"].values())
    denied = shell([*line, "--document", DOCUMENT, "--reason", "", "--search", "次数"])
    assert denied.status == 2
    with connect(imported.url) as connection:
        denials = [one.refusal for one in accesses(connection) if not one.allowed]
    assert denials[-1] == "a read must say who reads and why"


def test_a_feature_is_traced_to_the_rows_of_its_file(
    imported: Bank, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ["features", "trace", "card_sum_bill_31d_of_92d", "--party", PARTY, "--as-of", DAY]
    said = shell([*line, "--json"])
    record = said.record
    assert (said.status, record["holds"], record["party"]) == (0, True, PARTY)
    assert record["value"] == record["recomputed"] == 676_470_588  # 2,300 of 3,400 yuan
    assert [part["value"] for part in record["parts"]] == [230_000, 340_000]
    assert [len(part["events"]) for part in record["parts"]] == [2, 3]
    event = record["parts"][0]["events"][0]
    assert (event["contributed"], event["file"], event["source_row"]) == (130_000, FILE, 1)
    lineage = shell(["lineage", record["source"], f"party_id={PARTY}", f"statement_date={DAY}", "--json"])
    assert lineage.record["origins"][0]["source_row"] == "1"
    printed = shell(line).out
    for told in ("0.676470588", "1,300.00", FILE, "近31天", "last 92 days", "一致"):
        assert told in printed

    # events that do not give the value are an alarm; what cannot be traced is named
    with monkeypatch.context() as patched:
        traced = features_of.trace_feature
        patched.setattr(
            features_of, "trace_feature", lambda *of, **how: replace(traced(*of, **how), recomputed=None)
        )
        assert shell([*line, "--json"]).status == features_of.NOT_THE_SAME
    assert "no such window feature" in shell([*line[:2], "nothing", *line[3:]]).err
    assert shell([*line[:-1], "soon"]).status == 2
    for path in (imported.places.documents / "features").glob("*.yaml"):
        path.unlink()
    said = shell(["features", "of", PARTY, "--as-of", DAY])
    assert said.status == 2
    assert "no documents of window features" in said.err
