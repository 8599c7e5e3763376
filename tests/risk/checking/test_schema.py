"""The schema for editors: the committed file is it, and every document of the bank keeps it.

A small reader of the words of JSON Schema that the schema uses judges the documents; a word it does not know
fails, so that the schema cannot grow past what is tested.
"""

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from tests.risk.bank_policies import policy_files
from tests.risk.strategy_texts import TEXT

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import read_policy, strategy_schema
from creditloop.service.cli.strategy import schema_text

REPOSITORY = Path(__file__).parents[3]
FILES = policy_files()
SCHEMA = json.loads(json.dumps(strategy_schema()))
TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
KNOWN = {
    *("$schema", "title", "description", "$defs", "$ref", "type", "properties", "required", "enum", "anyOf"),
    *("additionalProperties", "propertyNames", "pattern", "minLength", "minItems", "minProperties", "items"),
    "minimum",
}


def of_type(value: object, name: str) -> bool:
    if isinstance(value, bool) and name in {"integer", "number"}:
        return False
    return isinstance(value, TYPES[name])


def faults(value: object, schema: Mapping[str, object], at: str = "") -> list[str]:  # noqa: PLR0912  # one a word
    """What of a value does not keep a schema."""
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    found: list[str] = []
    if isinstance(reference := schema.get("$ref"), str):
        found += faults(value, SCHEMA["$defs"][reference.rsplit("/", 1)[1]], at)
    if types := schema.get("type"):
        names = types if isinstance(types, list) else [str(types)]
        if not any(of_type(value, name) for name in names):
            return [*found, f"{at}: {value!r} is not {types}"]
    if "enum" in schema and value not in schema["enum"]:  # type: ignore[operator]  # a list
        found.append(f"{at}: {value!r}")
    if "anyOf" in schema and all(faults(value, each, at) for each in schema["anyOf"]):  # type: ignore[attr-defined]
        found.append(f"{at}: none of the forms")
    if isinstance(value, str):
        if "pattern" in schema and not re.search(str(schema["pattern"]), value):
            found.append(f"{at}: {value!r} is not {schema['pattern']}")
        if len(value) < int(str(schema.get("minLength", 0))):
            found.append(f"{at}: empty")
    if type(value) is int and value < int(str(schema.get("minimum", value))):
        found.append(f"{at}: {value}")
    if isinstance(value, list):
        if len(value) < int(str(schema.get("minItems", 0))):
            found.append(f"{at}: too few")
        for index, item in enumerate(value):
            found += faults(item, schema.get("items", {}), f"{at}.{index}")  # type: ignore[arg-type]
    if isinstance(value, dict):
        found += of_object(value, schema, at)
    return found


def of_object(value: Mapping[str, object], schema: Mapping[str, object], at: str) -> list[str]:
    found = [f"{at}.{name}: missing" for name in schema.get("required", []) if name not in value]  # type: ignore[attr-defined]
    if len(value) < int(str(schema.get("minProperties", 0))):
        found.append(f"{at}: too few")
    properties: Mapping[str, Mapping[str, object]] = schema.get("properties", {})  # type: ignore[assignment]
    further = schema.get("additionalProperties", True)
    for name, inner in value.items():
        if name in properties:
            found += faults(inner, properties[name], f"{at}.{name}")
        elif isinstance(further, dict):
            found += faults(name, schema["propertyNames"], f"{at}.{name}")  # type: ignore[arg-type]
            found += faults(inner, further, f"{at}.{name}")
        elif further is False:
            found.append(f"{at}.{name}: unknown")
    return found


def as_json(value: object) -> object:
    """A document's value as an editor sees it: days are texts, a bare decimal is a number."""
    if isinstance(value, dict):
        return {name: as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def of_text(text: str) -> list[str]:
    return faults(as_json(parse_document(text, path="a.yaml").root.plain()), SCHEMA)


def test_the_committed_file_is_the_schema() -> None:
    """Renew it with `creditloop strategy schema > schema/strategy.schema.json`."""
    assert (REPOSITORY / "schema" / "strategy.schema.json").read_text("utf-8") == schema_text()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(REPOSITORY).as_posix())
def test_every_document_of_the_bank_keeps_the_schema(file: Path) -> None:
    assert of_text(file.read_text("utf-8")) == []


def test_a_document_with_every_kind_of_step_keeps_the_schema() -> None:
    further = """\
  - strategy: {id: price, document: ./pricing.yaml, with: {amount: limit_fen}, gives: {rate_annual: rate}}
effective: {from: 2024-01-01, to: 2026-01-01}
ranking: {output: outcome, most: 4, source: {title: ours, reference: page 3, checked: 2024-01-01}}
sources: {bureau: {title: {zh: 征信, en: bureau}, cost: yuan(2.00)}}
decided_when: "hard = 'decline'"
tables:
"""
    text = TEXT.replace("tables:\n", further).replace(
        "  lenders: {kind", "  lenders: {source: bureau, path: a.b, kind"
    )
    text = text.replace(
        "when: lenders > 5", 'from: 2024-01-01, to: 2025-01-01, when: {lenders: "> 5", score: null}'
    )
    assert of_text(TEXT) == []
    assert of_text(text) == []


SPOILT = {
    "a key that is not known": ("stage: admit", "stage: admit\nphase: admit"),
    "no title": ("title: {zh: 申请, en: application}\n", ""),
    "one language": ("title: {zh: 申请, en: application}", "title: {zh: 申请}"),
    "a kind there is not": ("age: {kind: integer", "age: {kind: number"),
    "a null policy there is not": ('"null": no_match', '"null": ignore'),
    "a name with a hyphen": ("  age: {kind", "  the-age: {kind"),
    "a number without source": ("value: 18, source: {title: the law}", "value: 18"),
    "a hit policy there is not": ("hit_policy: first", "hit_policy: any"),
    "a rule without reason": (",\n         reason: {code: HARD, zh: 硬拒, en: hard rejection}}", "}"),
    "a rounding there is not": ("rounded: down", "rounded: towards"),
    "points that are none": ("points: -20", "points: few"),
    "a step that is none": ("  - scorecard:", "  - card:"),
    "rows that are none": ("bins: [", "bins: 5, tray: ["),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_the_reader_refuses_for_its_form_the_schema_refuses(what: str) -> None:
    text = TEXT.replace(*SPOILT[what])
    assert text != TEXT
    assert of_text(text)
    with pytest.raises(PolicyError):
        read_policy(parse_document(text, path="a.yaml"), rules_as_of=date(2024, 6, 30))
