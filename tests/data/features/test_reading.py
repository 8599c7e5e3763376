"""A document of features: what it says is kept, and every fault is told with its line."""

import pytest
from tests.data.features.small_book import SMALL, behaviour, small

from creditloop.data import Contract, parse_contract
from creditloop.data.features import Direction, Role
from creditloop.formula import Kind, prove
from creditloop.kernel.errors import PolicyError


def test_what_a_document_says_is_kept(taiwan: Contract) -> None:
    features = small(taiwan)
    assert (features.name, features.contract, features.title.en) == ("small", "taiwan_cards", "small")
    assert [(entry.name, entry.table, entry.column, entry.back, entry.kind) for entry in features.inputs] == [
        ("limit_fen", "customer", "limit_fen", None, Kind.MONEY),
        ("bill_0_fen", "statement", "bill_fen", 0, Kind.MONEY),
        ("bill_1_fen", "statement", "bill_fen", 1, Kind.MONEY),
    ]
    use, twice = features.features
    assert (use.kind, use.direction, use.role, use.unit) == (Kind.NANO, Direction.UP, Role.MODEL, None)
    assert (twice.meaning.zh, twice.unit, twice.text) == ("倍", "share", "use * 2")
    assert features.of_role(Role.WORKING) == (twice,)
    assert features.columns == ("limit_fen", "bill_0_fen", "bill_1_fen", "use", "twice")


def test_another_text_is_another_version(taiwan: Contract) -> None:
    assert small(taiwan).hash == small(taiwan).hash
    assert small(taiwan).hash != small(taiwan, ("use * 2", "use * 3")).hash


def test_the_examples_features_have_meanings_directions_and_enough_to_fit_a_card(taiwan: Contract) -> None:
    features = behaviour(taiwan)
    of_model = features.of_role(Role.MODEL)
    assert 15 <= len(of_model) <= 20
    for feature in features.features:
        assert not feature.meaning.zh.isascii(), feature.name
        assert feature.meaning.en.isprintable(), feature.name
        assert (feature.unit == "fen") == (feature.kind is Kind.MONEY), feature.name
    protected = {"sex", "education", "marriage"}
    assert {entry.column for entry in features.inputs} & protected == set()


def test_python_and_polars_agree_on_the_examples_features(taiwan: Contract) -> None:
    proof = prove(behaviour(taiwan).program, rows=3_000, seed=20050630)
    assert proof.holds, proof.first


def test_a_coded_column_knows_its_values(taiwan: Contract) -> None:
    coded = ("limit_fen: {table: customer, column: limit_fen}", "sex: {table: customer, column: sex}")
    meant = small(taiwan, coded, ("bill_0_fen / limit_fen", "if sex = '1' then 0.5 else 0.25"))
    assert meant.inputs[0].kind is Kind.TEXT
    with pytest.raises(PolicyError, match="not among the declared values"):
        small(taiwan, coded, ("bill_0_fen / limit_fen", "if sex = '9' then 0.5 else 0.25"))


BAD = {
    "an unknown key": (("role: model}", "role: model, note: odd}"), "unknown key 'note'", 11),
    "another contract": (("contract: taiwan_cards", "contract: loans"), "not one of the words", 2),
    "no such table": (("table: customer,", "table: clients,"), "has no such table", 6),
    "no such column": (("column: limit_fen", "column: limit"), "not one of the words", 6),
    "no order for a table of several rows": (
        ("tables: {statement: {by: statement_date}}\n", ""),
        "`back` goes with a table",
        6,
    ),
    "no back for a table in order": ((", back: 1}", "}"), "`back` goes with a table", 8),
    "back for a table of one row a party": (
        ("column: limit_fen}", "column: limit_fen, back: 0}"),
        "`back` goes with a table",
        6,
    ),
    "back below 0": (("back: 1", "back: -1"), "number out of range", 8),
    "ordered by what is no date": (("by: statement_date", "by: bill_fen"), "counted back by the date", 4),
    "an order for a table that is not there": (("{statement: {by", "{month: {by"), "no such table", 4),
    "no inputs": ((SMALL[SMALL.index("inputs:") : SMALL.index("features:\n")], "inputs: {}\n"), "input", 5),
    "an expression that does not compile": (("use * 2", "use * bill"), "bill", 12),
    "an expression of another kind": (
        ("kind: nano, value: use", "kind: money, value: use"),
        "gives another kind",
        12,
    ),
    "a later feature": (("bill_0_fen / limit_fen", "twice"), "twice", 10),
    "a direction that is none": (("direction: up", "direction: left"), "not one of the words", 11),
    "a role that is none": (("role: model", "role: play"), "not one of the words", 11),
    "no meaning": (("meaning: {zh: 用, en: use},", ""), "'meaning' is missing", 10),
    "a name twice": (("name: twice", "name: use"), "given twice", None),
    "the name of the party": (("name: twice", "name: party_id"), "a name every frame has already", None),
    "a name that is none": (("name: use", "name: 2use"), "not a name", None),
}


@pytest.mark.parametrize("name", BAD)
def test_a_fault_is_told_with_its_line(taiwan: Contract, name: str) -> None:
    replacement, message, line = BAD[name]
    with pytest.raises(PolicyError, match=message) as caught:
        small(taiwan, replacement)
    assert caught.value.where["file"] == "features/small.yaml"
    if line is not None:
        assert caught.value.where["line"] == line


def test_a_table_of_several_rows_a_party_without_an_order_is_refused(taiwan: Contract) -> None:
    text = taiwan.document.text.replace("key: [party_id]", "key: [party_id, age_years]", 1)
    with pytest.raises(PolicyError, match="the table has several rows a party"):
        small(parse_contract(text, path="contracts/taiwan_cards.yaml"))


def test_an_instant_has_no_place_in_the_language(taiwan: Contract) -> None:
    text = taiwan.document.text.replace(
        "        from: AGE\n        type: integer\n        unit: year\n",
        "        from: AGE\n        type: instant\n",
    ).replace("when: age_years not in [18..110]", "when: limit_fen < yuan(0)")
    dated = parse_contract(text, path="contracts/taiwan_cards.yaml")
    with pytest.raises(PolicyError, match="no place in the language"):
        small(dated, ("column: limit_fen", "column: age_years"))
