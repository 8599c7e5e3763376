"""A source's file of texts: its events can be imported, its bad rows are findings, its working leads back."""

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from tests.data.texts.documents import REPOSITORY, patterns

from creditloop.data import Contract, import_file, read_contract
from creditloop.data.texts import TextReadings, read_text_file
from creditloop.kernel.errors import ContractBroken, InputError
from creditloop.kernel.storage import connect

DAY, KNOWN = date(2024, 6, 3), date(2024, 6, 5)
LOST = "原告张三丰与客户p9买卖合同纠纷一案，被告客户p2。判决如下：被告客户p2支付原告张三丰货款12.5万元。"
TEXTS: list[tuple[object, ...]] = [
    ("p1", "w1", DAY, LOST, KNOWN),
    ("p2", "w1", DAY, LOST, KNOWN),
    ("p2", "w1", DAY, LOST, date(2024, 7, 1)),  # the same text, known again later
    ("p3", "w2", DAY, "原告甲与被告乙一案。", KNOWN),
    ("p4", "w3", DAY, "客户p4旁听了庭审。", KNOWN),
    ("p5", "w4", DAY, None, KNOWN),
    ("p6", "w5", date(2024, 6, 30), LOST, KNOWN),
]


def contract(name: str) -> Contract:
    return read_contract(REPOSITORY / "contracts" / f"{name}.yaml", root=REPOSITORY)


def court_file(folder: Path, rows: list[tuple[object, ...]]) -> Path:
    columns = ["party_no", "document_no", "published_on", "text", "known_on"]
    file = folder / "court_texts.parquet"
    pl.DataFrame(rows, schema=columns, orient="row").write_parquet(file)
    return file


def read(folder: Path, rows: list[tuple[object, ...]] = TEXTS) -> TextReadings:
    return read_text_file(
        court_file(folder, rows),
        contract=contract("court_texts"),
        patterns=patterns("court"),
        names={"p1": ("张三丰", "张三丰（小张）")},
    )


def test_a_file_gives_events_findings_and_working(tmp_path: Path) -> None:
    readings = read(tmp_path)
    rows = readings.events.select("party_no", "role", "cause", "adverse", "amount", "known_on").rows()
    assert rows == [
        ("p1", "plaintiff", "sale", "no", "125000.00", KNOWN),
        ("p2", "defendant", "sale", "yes", "125000.00", KNOWN),
        ("p2", "defendant", "sale", "yes", "125000.00", date(2024, 7, 1)),
    ]
    assert [(each.source_row, each.code, each.effect.value) for each in readings.findings] == [
        (4, "party_not_named", "reject"),
        (5, "role_not_read", "reject"),
        (6, "missing_value", "reject"),
        (7, "known_too_early", "reject"),
    ]
    assert (readings.texts, readings.without_event) == (5, 2)
    for row in readings.working.iter_rows(named=True):
        text = str(TEXTS[row["source_row"] - 1][3])
        assert text[row["start"] : row["end"]].startswith(row["quote"])
    assert set(readings.working["patterns_hash"]) == {patterns("court").hash}


@pytest.mark.usefixtures("lasting_url")
def test_the_events_are_imported_under_their_contract(tmp_path: Path, lasting_url: str) -> None:
    file = tmp_path / "text_events.parquet"
    read(tmp_path).events.write_parquet(file)
    now = datetime(2024, 8, 1, tzinfo=UTC)
    with connect(lasting_url) as connection:
        result = import_file(connection, contract=contract("text_events"), file=file, now=now)
        loaded = connection.execute(
            "SELECT amount_fen, adverse FROM source.text_events_event ORDER BY party_id, known_at"
        ).fetchall()
        connection.rollback()
    assert (result.rows_read, result.rows_rejected, result.findings_by_code) == (3, 0, {})
    assert [tuple(row) for row in loaded] == [(12_500_000, "no"), (12_500_000, "yes"), (12_500_000, "yes")]


def test_notes_are_read_by_the_same_door(tmp_path: Path) -> None:
    file = tmp_path / "field_notes.csv"
    file.write_text(
        "party_no,note_no,visited_on,text,known_on\n"
        "p1,u1,2024-06-03,车间停产，拖欠工资30万元。,2024-06-05\n"
        "p2,u2,2024-06-03,一切正常。,2024-06-05\n"
        "p3,u3,3/6/2024,停产。,2024-06-05\n".replace("停产，", "停产、"),
        encoding="utf-8",
    )
    readings = read_text_file(file, contract=contract("field_notes"), patterns=patterns("note"), names={})
    assert readings.events.select("party_no", "event_no", "cause", "amount").rows() == [
        ("p1", 1, "stopped", None),
        ("p1", 2, "wages_owed", "300000.00"),
    ]
    assert Counter(each.code for each in readings.findings) == {"wrong_type": 1}
    assert readings.without_event == 1


def test_a_file_of_another_source_or_without_a_column_is_refused(tmp_path: Path) -> None:
    file = court_file(tmp_path, TEXTS)
    with pytest.raises(InputError, match="another source"):
        read_text_file(file, contract=contract("field_notes"), patterns=patterns("court"), names={})
    pl.read_parquet(file).drop("text").write_parquet(file)
    with pytest.raises(ContractBroken, match="a column is missing"):
        read_text_file(file, contract=contract("court_texts"), patterns=patterns("court"), names={})
