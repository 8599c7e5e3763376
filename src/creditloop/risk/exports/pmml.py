"""A card as PMML 4.4 (导出 PMML), written directly: what other scoring engines read.

A card of whole points without pairs is a `Scorecard`, with reason codes by points below the best bin. Any
other is a `RegressionModel` over derived fields: the bin of each feature and axis, the points of each bin and
cell, coefficients of 1; it has no reason codes, PMML having none for pairs. Numbers are whole numbers in the
card's units. Where the case refers, there is no result (an engine may call that invalid).
"""

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from creditloop.formula import Kind
from creditloop.risk.binning.bins import NANO, NUMBERS
from creditloop.risk.card.card import Card
from creditloop.risk.card.pairs import PairTable
from creditloop.risk.card.parts import FittedFeature
from creditloop.risk.exports.branches import Branch, axes, branches

_NAMESPACE = "http://www.dmg.org/PMML-4_4"
_TYPES = {Kind.TEXT: "string", Kind.BOOLEAN: "boolean"}


def pmml_document(card: Card) -> str:
    """Return a card as a PMML document; outputs `score`, `pd_nano` and `score_nano`, and `reason_1` on."""
    root = Element("PMML", xmlns=_NAMESPACE, version="4.4")
    header = SubElement(root, "Header", description=f"{card.name}, SHA-256 {card.hash}")
    SubElement(header, "Application", name="creditloop")
    fields = SubElement(root, "DataDictionary", numberOfFields=str(len(card.features)))
    for entry in card.features:
        optype = "continuous" if entry.feature.kind in NUMBERS else "categorical"
        SubElement(fields, "DataField", name=entry.feature.name, optype=optype, dataType=_type(entry))
    if card.pairs or card.decimals:
        _regression(root, card)
    else:
        _scorecard(root, card)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _type(entry: FittedFeature) -> str:
    return _TYPES.get(entry.feature.kind, "integer")


def _mining_schema(model: Element, card: Card) -> None:
    schema = SubElement(model, "MiningSchema")
    for entry in card.features:
        SubElement(schema, "MiningField", name=entry.feature.name, invalidValueTreatment="asIs")


def _scorecard(root: Element, card: Card) -> None:
    model = SubElement(
        root,
        "Scorecard",
        modelName=card.name,
        functionName="regression",
        initialScore=str(card.base),
        useReasonCodes="true",
        reasonCodeAlgorithm="pointsBelow",
        baselineMethod="max",
    )
    _mining_schema(model, card)
    output = SubElement(model, "Output")
    _output(output, "score", "predictedValue")
    _derived_output(output, "score_nano", _applied("*", _field("score"), _constant(NANO)))
    _derived_output(output, "pd_nano", _pd(card))
    for rank in range(1, len(card.features) + 1):
        told = _output(output, f"reason_{rank}", "reasonCode", optype="categorical", kind="string")
        told.set("rank", str(rank))
    parts = SubElement(model, "Characteristics")
    for entry in card.features:
        _characteristic(parts, entry)


def _characteristic(parts: Element, entry: FittedFeature) -> None:
    name = entry.feature.name
    part = SubElement(
        parts,
        "Characteristic",
        name=f"points_{name}",
        reasonCode=f"CARD_{name.upper()}",
        baselineScore=str(max(each.points for each in entry.bins)),
    )
    previous: int | None = None
    for way in branches(entry.feature, entry.bins):
        if way.bin is not None:
            attribute = SubElement(part, "Attribute", partialScore=str(entry.bins[way.bin].points))
            attribute.append(_predicate(entry, way, previous))
        previous = way.below


def _predicate(entry: FittedFeature, way: Branch, previous: int | None) -> Element:
    """Return when a branch is taken, the ones before it not being."""
    name = entry.feature.name
    if way.is_null:
        return _simple(name, "isMissing")
    if way.codes or way.words:
        return _any_of([_simple(name, "equal", value) for value in (*way.codes, *way.words)])
    if way.below is not None:
        return _simple(name, "lessThan", way.below)
    if entry.feature.kind not in NUMBERS:
        return Element("True")
    return _simple(name, "isNotMissing") if previous is None else _simple(name, "greaterOrEqual", previous)


def _simple(name: str, operator: str, value: int | str | bool | None = None) -> Element:
    found = Element("SimplePredicate", field=name, operator=operator)
    if value is not None:
        found.set("value", str(value).lower() if isinstance(value, bool) else str(value))
    return found


def _any_of(predicates: Sequence[Element]) -> Element:
    """Return a predicate that holds where one of these does; a set's array has no escape all engines know."""
    if len(predicates) == 1:
        return predicates[0]
    found = Element("CompoundPredicate", booleanOperator="or")
    found.extend(predicates)
    return found


def _regression(root: Element, card: Card) -> None:
    derived = SubElement(root, "TransformationDictionary")
    for entry in card.features:
        points = {number: part.points for number, part in enumerate(entry.bins)}
        _choice(derived, f"points_{entry.feature.name}", entry, branches(entry.feature, entry.bins), points)
    for number, pair in enumerate(card.pairs, 1):
        _pair_fields(derived, card, number, pair)
    model = SubElement(root, "RegressionModel", modelName=card.name, functionName="regression")
    _mining_schema(model, card)
    output = SubElement(model, "Output")
    unit = 10**card.decimals
    _output(output, "units", "predictedValue")
    _derived_output(output, "score", _rounded(_field("units"), unit))
    _derived_output(output, "score_nano", _applied("*", _field("units"), _constant(NANO // unit)))
    _derived_output(output, "pd_nano", _pd(card))
    table = SubElement(model, "RegressionTable", intercept=str(card.base))
    names = [entry.feature.name for entry in card.features]
    for name in (*names, *(f"pair_{number}" for number in range(1, len(card.pairs) + 1))):
        SubElement(table, "NumericPredictor", name=f"points_{name}", coefficient="1")


def _pair_fields(derived: Element, card: Card, number: int, pair: PairTable) -> None:
    """Write the bins on both axes, and the points of each cell by them."""
    by_name = {entry.feature.name: entry for entry in card.features}
    for axis, (feature, bins) in zip(("row", "column"), axes(card, pair), strict=True):
        numbers = {at: at for at in range(len(bins))}
        _choice(derived, f"{axis}_pair_{number}", by_name[feature.name], branches(feature, bins), numbers)
    field = SubElement(
        derived, "DerivedField", name=f"points_pair_{number}", optype="continuous", dataType="integer"
    )
    mapped = SubElement(field, "MapValues", outputColumn="points", dataType="integer")
    for axis in ("row", "column"):
        SubElement(mapped, "FieldColumnPair", field=f"{axis}_pair_{number}", column=f"bin_{axis}")
    table = SubElement(mapped, "InlineTable")
    for row, cells in enumerate(pair.points):
        for column, points in enumerate(cells):
            line = SubElement(table, "row")
            for name, value in (("bin_row", row), ("bin_column", column), ("points", points)):
                SubElement(line, name).text = str(value)


def _choice(
    derived: Element, name: str, entry: FittedFeature, ways: Sequence[Branch], gives: dict[int, int]
) -> None:
    """Write a field that gives a number by the bin a value falls into; none where the case refers."""
    field = SubElement(derived, "DerivedField", name=name, optype="continuous", dataType="integer")
    found: Element | None = None
    for way in reversed(ways):
        given = None if way.bin is None else _constant(gives[way.bin])
        if way.is_rest:
            found = given
        elif given is not None or found is not None:
            found = _if(_holds(entry, way), given, found)
    assert found is not None, "a feature has bins"
    field.append(found)


def _holds(entry: FittedFeature, way: Branch) -> Element:
    field = entry.feature.name
    if way.is_null:
        return _applied("isMissing", _field(field))
    if way.below is not None:
        return _applied("lessThan", _field(field), _constant(way.below))
    tests = [_applied("equal", _field(field), _constant(word)) for word in (*way.codes, *way.words)]
    found = tests[0]
    for test in tests[1:]:
        found = _applied("or", found, test)
    return found


def _if(test: Element, then: Element | None, otherwise: Element | None) -> Element:
    """Return a choice; what has no value is written as a missing constant."""
    return _applied("if", test, *(_missing() if each is None else each for each in (then, otherwise)))


def _rounded(units: Element, unit: int) -> Element:
    """Return units as whole points, half away from zero."""
    if unit == 1:
        return units
    share = _applied("/", units, _constant(unit, "double"))
    half = _constant(0.5, "double")
    up = _applied("floor", _applied("+", share, half))
    down = _applied("ceil", _applied("-", share, half))
    return _applied("if", _applied("lessThan", units, _constant(0)), down, up)


def _pd(card: Card) -> Element:
    """Return the pd of the score's band; of no score, none, whatever an engine calls no number."""
    first, *rest = card.bands
    test = (
        _applied("equal", _field("score"), _field("score"))
        if first.high is None
        else _applied("lessThan", _field("score"), _constant(first.high))
    )
    found = _if(test, _constant(first.pd_nano), None)
    for band in rest:
        assert band.low is not None, "only the first band is open below"
        test = _applied("greaterOrEqual", _field("score"), _constant(band.low))
        found = _if(test, _constant(band.pd_nano), found)
    return found


def _output(
    output: Element, name: str, feature: str, *, optype: str = "continuous", kind: str = "double"
) -> Element:
    return SubElement(output, "OutputField", name=name, optype=optype, dataType=kind, feature=feature)


def _derived_output(output: Element, name: str, expression: Element) -> None:
    _output(output, name, "transformedValue").append(expression)


def _applied(function: str, *arguments: Element) -> Element:
    found = Element("Apply", function=function)
    found.extend(arguments)
    return found


def _field(name: str) -> Element:
    return Element("FieldRef", field=name)


def _constant(value: int | float | str | bool, kind: str | None = None) -> Element:
    if kind is None:
        kind = "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "integer"
    found = Element("Constant", dataType=kind)
    found.text = str(value).lower() if isinstance(value, bool) else str(value)
    return found


def _missing() -> Element:
    return Element("Constant", missing="true")
