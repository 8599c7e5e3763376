"""`creditloop texts …` on the bank's own patterns."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from tests.service.cli.said import Shell

TAGGED = "tests/data/texts/tagged/court_dev.yaml"


@pytest.fixture
def court_texts(tmp_path: Path) -> Path:
    file = tmp_path / "court_texts.parquet"
    text = "原告海风贸易有限公司与被告客户p2买卖合同纠纷一案，判决如下：被告客户p2支付货款5万元。"
    days = {"published_on": date(2024, 6, 3), "known_on": date(2024, 6, 5)}
    rows = [{"party_no": party, "document_no": "w1", "text": text, **days} for party in ("p1", "p2", "p3")]
    pl.DataFrame(rows).write_parquet(file)
    return file


def test_texts_are_read_counted_and_written(shell: Shell, court_texts: Path, tmp_path: Path) -> None:
    names, events, working = tmp_path / "names.csv", tmp_path / "e.parquet", tmp_path / "w.parquet"
    names.write_text("party_no,name\np1,海风贸易有限公司\n", encoding="utf-8")
    asked = ["--names", str(names), "--events", str(events), "--working", str(working), "--json"]
    said = shell(["texts", "read", str(court_texts), *asked])
    assert said.status == 0
    record = said.record
    assert (record["source"], record["texts"], record["events"], record["adverse"]) == (
        "court_texts",
        3,
        2,
        1,
    )
    assert record["findings"] == {"party_not_named": 1}
    assert pl.read_parquet(events)["role"].to_list() == ["plaintiff", "defendant"]
    assert (
        pl.read_parquet(working).filter(pl.col("pattern_id") == "cause.sale")["quote"].to_list()
        == ["买卖合同纠纷"] * 2
    )
    shown = shell(["texts", "read", str(court_texts)])
    assert "cause.sale" in shown.out


def test_what_a_later_file_no_longer_tells_is_taken_back(shell: Shell, tmp_path: Path) -> None:
    file, first, second = (tmp_path / name for name in ("field_notes.parquet", "1.parquet", "2.parquet"))
    row = {"party_no": "p1", "note_no": "u1", "visited_on": date(2024, 6, 3)}
    pl.DataFrame([row | {"text": "车间停产。", "known_on": date(2024, 6, 5)}]).write_parquet(file)
    assert shell(["texts", "read", str(file), "--events", str(first)]).status == 0
    pl.DataFrame([row | {"text": "一切正常。", "known_on": date(2024, 6, 9)}]).write_parquet(file)
    asked = ["--earlier", str(first), "--events", str(second), "--json"]
    record = shell(["texts", "read", str(file), *asked]).record
    assert (record["events"], record["withdrawn"], record["adverse"]) == (0, 1, 0)
    columns = ["cause", "standing", "dated_on", "happened_on", "known_on"]
    assert pl.read_parquet(second).select(columns).rows() == [
        ("stopped", "withdrawn", date(2024, 6, 3), None, date(2024, 6, 9))
    ]
    said = shell(["texts", "read", str(file), "--earlier", "none.parquet"])
    assert (said.status, "cannot be read" in said.err) == (2, True)


def test_a_tagged_document_is_measured(shell: Shell) -> None:
    (record,) = shell(["texts", "measure", TAGGED, "--json"]).record["measured"]  # type: ignore[misc]
    assert (record["tagged"], record["texts"]) == ("court_dev", 62)
    assert record["fields"][0]["precision_nano"] == 1_000_000_000
    assert "全对" in shell(["texts", "measure", TAGGED, "--misses", "3"]).out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["read", "nothing.parquet"], "no patterns for this source"),
        (["read", "court_texts.parquet"], "no such file"),
        (["read", "x.parquet", "--source", "court_texts", "--names", "none.csv"], "no such file"),
        (["measure", "docs"], "no tagged document"),
    ],
)
def test_what_cannot_be_read_is_refused(shell: Shell, words: list[str], message: str) -> None:
    said = shell(["texts", *words])
    assert said.status == 2
    assert message in said.err
