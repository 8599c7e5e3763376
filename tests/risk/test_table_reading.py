"""A table that is not well formed is refused, with file, line and field."""

import polars as pl
import pytest

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import DecisionTable, HitPolicy, read_table
from creditloop.risk.table_reading import TableWords, read_table_with

TABLE = """id: t
hit_policy: first
inputs:
  n: {kind: integer}
outputs:
  level: {kind: text, values: [high, low]}
rows:
  - id: high
    when: n > 5
    then: {level: high}
    reason: {code: HIGH, zh: 高, en: high}
  - id: low
    when: n <= 5
    then: {level: low}
    reason: {code: LOW, zh: 低, en: low}
"""


def read(text: str) -> DecisionTable:
    return read_table(parse_document(text, path="policies/t.yaml").root)


def test_a_complete_table_needs_no_otherwise() -> None:
    table = read(TABLE)
    assert (table.id, table.hit_policy, table.otherwise) == ("t", HitPolicy.FIRST, None)
    assert [row.rule.id for row in table.rows] == ["high", "low"]
    assert table.decide({"n": 5}).outputs == {"level": "low"}
    assert table.decide({"n": None}).refers
    assert table.decide({}).refers


def test_the_version_is_of_what_the_table_means() -> None:
    assert read(TABLE).version == read(TABLE.replace("n > 5", "n>5")).version
    changed = [("n > 5", "n > 4"), ("level: high}", "level: low}"), ("integer}", "integer, null: match}")]
    assert len({read(TABLE.replace(*pair)).version for pair in changed} | {read(TABLE).version}) == 4


def test_a_table_without_outputs_only_tells_reasons() -> None:
    text = TABLE.replace("  level: {kind: text, values: [high, low]}", "  {}")
    text = text.replace("    then: {level: high}\n", "").replace("    then: {level: low}\n", "")
    verdict = read(text.replace("outputs:\n  {}", "outputs: {}").replace("first", "collect")).decide({"n": 6})
    assert (verdict.matched, verdict.outputs, verdict.reasons[0].code) == (("high",), {}, "HIGH")


@pytest.mark.parametrize(
    ("old", "new", "message", "field"),
    [
        ("id: t\n", "", "the key 'id' is missing", "(document)"),
        ("id: t\n", "id: 1 t\n", "not a name for table", "id"),
        ("first", "all", "not one of the words", "hit_policy"),
        ("kind: integer", "kind: int", "not one of the words", "inputs.n.kind"),
        ("n > 5", "n > '5'", "does not take these kinds", "rows.0.when"),
        ("n > 5", "n + 5", "another kind", "rows.0.when"),
        ("n <= 5", "m <= 5", "nothing is called m", "rows.1.when"),
        ("n <= 5", "n < 5", "no `otherwise` and is not proven complete", "rows"),
        ("n <= 5", "n / 3 <= 2", "no `otherwise` and is not proven complete", "rows"),
        ("id: low", "id: high", "a row's id stands twice", "rows.1"),
        ("id: low", "id: otherwise", "not a name for rule", "rows.1.id"),
        ("id: low", "id: a__b", "not a name for rule", "rows.1.id"),
        ("    reason: {code: LOW, zh: 低, en: low}\n", "", "the key 'reason' is missing", "rows.1"),
        (", en: low}", "}", "the key 'en' is missing", "rows.1.reason"),
        ("zh: 低", "zh: ''", "expected text", "rows.1.reason.zh"),
        ("    then: {level: low}\n", "", "the key 'then' is missing", "rows.1"),
        ("{level: low}", "{}", "the key 'level' is missing", "rows.1.then"),
        ("{level: low}", "{level: low, lvl: x}", "unknown key 'lvl'", "rows.1.then.lvl"),
        ("{level: low}", "{level: lo}", "not among the declared values", "rows.1.then.level"),
        ("{level: low}\n", "{level: low}\n    note: x\n", "unknown key 'note'", "rows.1.note"),
        ("  level: {kind", "  n: {kind", "an output has the name of an input", "outputs.n"),
        ("  level: {kind", "  matched: {kind", "not a name for an output", "outputs.matched"),
        ("rows:\n", "otherwise: {then: {level: low}}\nrows:\n", "the key 'reason' is missing", "otherwise"),
        (
            "rows:\n",
            "otherwise: {reason: {code: A, zh: a, en: a}}\nrows:\n",
            "the key 'then' is missing",
            "otherwise",
        ),
    ],
)
def test_a_fault_is_named_where_it_stands(old: str, new: str, message: str, field: str) -> None:
    assert old in TABLE
    with pytest.raises(PolicyError) as raised:
        read(TABLE.replace(old, new, 1))
    assert message in raised.value.message
    assert raised.value.where["file"] == "policies/t.yaml"
    assert raised.value.where["field"] == field
    assert isinstance(raised.value.where["line"], int)


def test_a_gap_is_shown_in_the_error() -> None:
    with pytest.raises(PolicyError) as raised:
        read(TABLE.replace("n <= 5", "n < 5"))
    assert raised.value.got == "no row answers {'n': 5}"


def test_a_table_has_rows_and_beyond_62_another_mask() -> None:
    with pytest.raises(PolicyError, match="a table has rows"):
        read(TABLE[: TABLE.index("rows:")] + "rows: []\n")
    row = "  - {id: rID, when: n > ID, reason: {code: A, zh: a, en: a}}\n"
    head = (
        "id: t\nhit_policy: collect\ninputs: {n: {kind: integer}}\noutputs: {}\n"
        "otherwise: {reason: {code: B, zh: b, en: b}}\nrows:\n"
    )
    full = read(head + "".join(row.replace("ID", str(n)) for n in range(62)))
    assert len(full.decide({"n": 100}).matched) == 62
    assert full.decide({"n": 61}).matched[-1] == "r60"
    longer = read(head + "".join(row.replace("ID", str(n)) for n in range(130)))
    assert longer.masks == ("matched", "matched_2", "matched_3")
    assert len(longer.decide({"n": 200}).matched) == 130
    assert longer.decide({"n": 64}).matched[-2:] == ("r62", "r63")
    frame = longer.decide_frame(pl.DataFrame({"n": [0, 64, None]}))
    assert frame["t_matched_2"].to_list() == [0, 3, None]
    assert frame["t_state"].to_list() == [0, 0, 3]


def test_a_table_keeps_the_inputs_it_declares_and_of_those_offered_the_ones_it_names() -> None:
    text = TABLE.replace("  n: {kind: integer}", "  n: {kind: integer}\n  spare: {kind: text}")
    read = read_table(parse_document(text, path="t.yaml").root)
    assert [entry.name for entry in read.inputs] == ["n", "spare"]
    bare = parse_document(
        text.replace(text[text.index("inputs:") : text.index("outputs:")], ""), path="t.yaml"
    )
    named = read_table_with(bare.root, words=TableWords(offered=read.inputs))
    assert [entry.name for entry in named.inputs] == ["n"]
