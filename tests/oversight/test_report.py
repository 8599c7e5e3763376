"""The report is drawn: every part of it, or the parts there are; the same record gives the same bytes."""

import re
import struct
import zlib
from datetime import date
from importlib import util

import pytest
from report_records import bare_record, whole_record

from creditloop.kernel.errors import InputError, StateError
from creditloop.oversight.report import draw_pages, draw_report, drawing

ON = date(2005, 10, 31)


def streams(pdf: bytes) -> bytes:
    """What the file's compressed parts say."""
    found = []
    for match in re.finditer(rb"stream\r?\n", pdf):
        try:
            found.append(zlib.decompressobj().decompress(pdf[match.end() :]))
        except zlib.error:
            continue  # a part that is not compressed
    return b"\n".join(found)


def mapped(pdf: bytes) -> str:
    """Every character the embedded fonts can be read back as (their ToUnicode maps)."""
    codes = re.findall(rb"<[0-9A-Fa-f]+> <([0-9A-Fa-f]{4,})>", streams(pdf))
    return "".join(bytes.fromhex(code.decode()).decode("utf-16-be", "replace") for code in codes)


def test_a_whole_report_has_its_pages_and_its_text_can_be_read_back() -> None:
    pdf = draw_report(whole_record(), created_on=ON)
    assert pdf.startswith(b"%PDF-")
    assert len(draw_pages(whole_record())) > 3
    said = set(mapped(pdf))
    for words in (
        "信用卡风险报告",
        "仅限存量已准入客户、同期留出样本",
        "迁徙率",
        "十月标签",
        "挑战者",
        "0123456789%",
    ):
        assert set(words) <= said, set(words) - said


def test_the_same_record_gives_the_same_bytes_and_the_business_date_as_its_creation() -> None:
    first = draw_report(whole_record(), created_on=ON)
    assert draw_report(whole_record(), created_on=ON) == first
    assert b"D:20051031000000" in first
    assert draw_report(whole_record(), created_on=date(2005, 11, 1)) != first


def test_a_changed_figure_changes_the_report() -> None:
    record = whole_record()
    other = {**record, "comparison": {**record["comparison"], "rows": 11_999}}  # type: ignore[dict-item]
    assert draw_report(other, created_on=ON) != draw_report(record, created_on=ON)


def test_parts_that_were_not_run_are_said_to_be_missing_and_break_nothing() -> None:
    assert draw_report(bare_record(), created_on=ON).startswith(b"%PDF-")
    assert len(draw_pages(bare_record())) < len(draw_pages(whole_record()))


def test_pages_are_pictures_of_an_a4_sheet() -> None:
    for page in draw_pages(bare_record()):
        assert page.startswith(b"\x89PNG")
        width, height = struct.unpack(">II", page[16:24])
        assert abs(height / width - 297 / 210) < 0.01


@pytest.mark.parametrize("part", ["alarms", "evidence", "title", "proposals"])
def test_a_record_that_lacks_a_part_is_refused_by_name(part: str) -> None:
    record = {name: value for name, value in whole_record().items() if name != part}
    with pytest.raises(InputError, match="does not fit its template") as caught:
        draw_report(record, created_on=ON)
    assert part in str(caught.value.got)


@pytest.mark.parametrize("absent", ["typst", "manimgx_fonts_cjk"])
def test_without_the_extra_it_is_named(absent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real_module, real_spec = drawing.import_module, util.find_spec

    def import_module(name: str) -> object:
        if name == absent:
            raise ModuleNotFoundError(name)
        return real_module(name)

    monkeypatch.setattr(drawing, "import_module", import_module)
    monkeypatch.setattr(drawing, "find_spec", lambda name: None if name == absent else real_spec(name))
    with pytest.raises(StateError, match="not installed") as caught:
        draw_report(whole_record(), created_on=ON)
    assert "creditloop[report]" in str(caught.value.hint)
