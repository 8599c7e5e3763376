"""A card as a workbook: its formulas, worked out one by one, give the score of the card."""

from io import BytesIO

import pytest
from openpyxl import load_workbook
from tests.risk.exports.edges import CARDS, answered
from tests.risk.exports.formulas import Sheets

from creditloop.formula import Kind
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError
from creditloop.risk import Card, read_card
from creditloop.risk.exports import excel_workbook
from creditloop.risk.exports.excel import FIRST_ROW

_SHARE = {Kind.MONEY: 100, Kind.NANO: 10**9}
_ANSWERS = [("Score", 2, row) for row in (5, 6, 7)]
_DIGITS = 10**15


def compare(card: Card, *, count: int) -> int:
    """Compare the rows whose numbers a workbook can hold; return how many."""
    sheets, compared = Sheets(excel_workbook(card)), 0
    for row in answered(card, count=count).iter_rows(named=True):
        values = [row[name] for name in card.tables.names]
        if any(type(value) is int and abs(value) >= _DIGITS for value in values):
            continue
        inputs = {
            ("Score", 4, FIRST_ROW + at): value / _SHARE[kind]
            if kind in _SHARE and value is not None
            else value
            for at, (value, kind) in enumerate(
                zip(values, [entry.feature.kind for entry in card.features], strict=True)
            )
        }
        got = sheets.ask(inputs, _ANSWERS)  # type: ignore[arg-type]
        want = [row["score"], row["score_nano"], row["pd_nano"]]
        assert got == (["refer"] * 3 if row["score_state"] else want)
        compared += 1
    return compared


@pytest.mark.parametrize("name", list(CARDS))
def test_the_formulas_give_the_score(name: str) -> None:
    assert compare(CARDS[name], count=1_000) > 500


@pytest.mark.outside
@pytest.mark.parametrize("name", list(CARDS))
def test_the_formulas_give_the_score_of_many_rows(name: str) -> None:
    assert compare(CARDS[name], count=5_000) > 2_500


@pytest.mark.parametrize(
    ("value", "column"), [("many", 10), (0.5, 10), (True, 10), ("1", 10), (3, 13), (1, 14)]
)
def test_what_is_broken_refers(value: object, column: int) -> None:
    sheets = Sheets(excel_workbook(CARDS["points"]))
    good = dict(zip(range(10, 17), (1, 1.0, 0.1, "clerk", True, 1, 1.0), strict=True))
    inputs = {("Score", 4, row): own for row, own in good.items()}
    assert isinstance(sheets.ask(inputs, _ANSWERS)[0], float)
    assert sheets.ask({**inputs, ("Score", 4, column): value}, _ANSWERS) == ["refer"] * 3


def test_an_empty_text_is_a_word_nobody_has_seen() -> None:
    """No bin of a card can hold it, so an empty text chooses as an empty cell and an unseen word do."""
    card = CARDS["points"]
    job = card.tables.names[3]
    good = dict(zip(card.tables.names, (1, 100, 100_000_000, "clerk", True, 1, 100), strict=True))
    sheets = Sheets(excel_workbook(card))
    row = dict(zip(range(10, 17), (1, 1.0, 0.1, "clerk", True, 1, 1.0), strict=True))
    for value in ("", None, "never seen"):
        asked = {("Score", 4, at): own for at, own in (row | {13: value}).items()}
        assert sheets.ask(asked, _ANSWERS)[0] == (card.score(good | {job: value}).score or "refer")


def test_the_file_is_the_same_every_time_and_opens() -> None:
    content = excel_workbook(CARDS["pairs"])
    assert content == excel_workbook(CARDS["pairs"])
    book = load_workbook(BytesIO(content))
    assert book.sheetnames == ["Score", "Tables", "Pairs"]
    assert CARDS["pairs"].hash in str(book["Score"]["C1"].value)
    words = [cell for row in book["Tables"].iter_rows() for cell in row if cell.value == "=1+1"]
    assert words
    assert all(cell.data_type == "s" for cell in words), "a word is no formula"


def test_a_cut_that_a_workbook_cannot_hold_is_refused() -> None:
    text = CARDS["one"].document.text
    assert "{from: null, to: null" in text
    cut = 10**15
    text = text.replace(
        "{from: null, to: null, rows: 1000, bad: 200,", f"{{from: {cut}, to: null, rows: 0, bad: 0,", 1
    )
    low = f"      - {{from: null, to: {cut}, rows: 1000, bad: 200, woe: 0.0, points: 1}}\n"
    text = text.replace("    bins:\n", f"    bins:\n{low}", 1)
    with pytest.raises(InputError, match="a workbook keeps 15 digits"):
        excel_workbook(read_card(parse_document(text, path="big.yaml")))
