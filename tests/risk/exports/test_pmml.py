"""A card as PMML: its form here, its scores by an outside evaluator (pypmml, on Java) where there is one."""

import importlib.util
import math
import shutil
from xml.etree import ElementTree

import pytest
from tests.conftest import missing
from tests.risk.exports.edges import CARDS, answered

from creditloop.risk import Card
from creditloop.risk.exports import pmml_document

_SPACE = "{http://www.dmg.org/PMML-4_4}"
_SPLIT_BY_THE_ENGINE = "<&>"
"""pypmml 1.5 keeps only the last piece of a constant text in which characters are written as entities."""


def compare(card: Card, *, count: int) -> None:
    if importlib.util.find_spec("pypmml") is None or shutil.which("java") is None:
        missing("pypmml or Java")
    from pypmml import Model  # starts a JVM

    model = Model.fromString(pmml_document(card))
    is_scorecard = not card.pairs and not card.decimals
    for row in answered(card, count=count).iter_rows(named=True):
        case = {name: row[name] for name in card.tables.names}
        if not is_scorecard and _SPLIT_BY_THE_ENGINE in case.values():
            continue
        told = card.score(case)
        if told.refers and is_scorecard:
            with pytest.raises(
                Exception, match=r"predict"
            ):  # no attribute holds: the engine calls it invalid
                model.predict(case)
            continue
        got = model.predict(case)
        if told.refers:
            assert all(one is None or math.isnan(one) for one in (got["score"], got["pd_nano"]))
            continue
        assert (got["score"], got["pd_nano"], got["score_nano"]) == (
            told.score,
            told.pd_nano,
            told.score_nano,
        )
        if is_scorecard:
            lost = {f"CARD_{part.feature.upper()}": part.points_lost for part in told.parts}
            given = [lost[got[f"reason_{rank}"]] for rank in range(1, len(told.reasons) + 1)]
            assert given == [lost[reason.code] for reason in told.reasons], "equals may change places"


@pytest.mark.outside
@pytest.mark.parametrize("name", list(CARDS))
def test_an_outside_evaluator_gives_the_same_score(name: str) -> None:
    compare(CARDS[name], count=1_000)


@pytest.mark.parametrize("name", ["points", "one"])
def test_whole_points_without_pairs_are_a_scorecard(name: str) -> None:
    card = CARDS[name]
    model = ElementTree.fromstring(pmml_document(card)).find(f"{_SPACE}Scorecard")
    assert model is not None
    assert model.attrib["initialScore"] == str(card.base)
    parts = model.findall(f"{_SPACE}Characteristics/{_SPACE}Characteristic")
    assert [part.attrib["reasonCode"] for part in parts] == [
        f"CARD_{entry.feature.name.upper()}" for entry in card.features
    ]
    for part, entry in zip(parts, card.features, strict=True):
        assert part.attrib["baselineScore"] == str(max(one.points for one in entry.bins))
        given = {one.attrib["partialScore"] for one in part.findall(f"{_SPACE}Attribute")}
        assert given == {str(one.points) for one in entry.bins}


@pytest.mark.parametrize("name", ["pairs", "decimals"])
def test_pairs_and_decimals_are_a_regression_over_derived_fields(name: str) -> None:
    card = CARDS[name]
    root = ElementTree.fromstring(pmml_document(card))
    derived = {field.attrib["name"]: field for field in root.iter(f"{_SPACE}DerivedField")}
    model = root.find(f"{_SPACE}RegressionModel")
    assert model is not None
    used = [term.attrib["name"] for term in model.iter(f"{_SPACE}NumericPredictor")]
    pairs = [f"points_pair_{number}" for number in range(1, len(card.pairs) + 1)]
    assert used == [*(f"points_{entry.feature.name}" for entry in card.features), *pairs]
    for number, pair in enumerate(card.pairs, 1):
        rows = derived[f"points_pair_{number}"].findall(f".//{_SPACE}row")
        cells = {tuple(int(one.text or "") for one in row) for row in rows}
        assert cells == {
            (at, by, points) for at, row in enumerate(pair.points) for by, points in enumerate(row)
        }


def test_texts_are_written_so_that_they_can_be_read() -> None:
    text = pmml_document(CARDS["points"])
    root = ElementTree.fromstring(text)
    values = {one.attrib.get("value") for one in root.iter(f"{_SPACE}SimplePredicate")}
    assert {"<&>", 'say "b"', "a'b\"c", "教师", "=1+1"} <= values
    assert text == pmml_document(CARDS["points"])
