import json

import pytest

from creditloop.kernel.errors import PolicyError
from creditloop.risk.jdm.schema import read_schema, schema_faults


@pytest.mark.parametrize(
    ("schema", "value", "faults"),
    [
        ({"type": "number"}, 1.5, []),
        ({"type": "number"}, True, ["the case is not of type number"]),
        ({"type": "integer"}, 2.0, []),
        ({"type": "integer"}, 2.5, ["the case is not of type integer"]),
        ({"type": ["string", "null"]}, None, []),
        ({"enum": ["a", 1]}, True, ["the case is not among its values"]),
        ({"const": 1}, 2, ["the case is not its value"]),
        ({"minimum": 1, "exclusiveMaximum": 3}, 3, ["the case is out of bounds"]),
        ({"required": ["a"], "properties": {"a": {"type": "string"}}}, {}, ["a is missing"]),
        ({"required": ["a"]}, {"a": None}, ["a is missing"]),
        (
            {"properties": {"a": {"properties": {"b": {"type": "string"}}}}},
            {"a": {"b": 1}},
            ["a.b is not of type string"],
        ),
        ({"items": {"type": "string"}}, ["a", 1], ["1 is not of type string"]),
        ({}, {"anything": 1}, []),
    ],
)
def test_a_case_keeps_a_schema_or_is_told_where_not(schema, value, faults):
    assert list(schema_faults(read_schema(schema), value)) == faults


@pytest.mark.parametrize("nothing", [None, "", "  ", 5])
def test_no_schema_asks_nothing(nothing):
    assert read_schema(nothing) == {}


@pytest.mark.parametrize(
    "schema", ["{", {"pattern": "a"}, {"properties": {"a": {"oneOf": []}}}, {"items": {"not": {}}}]
)
def test_a_schema_that_decides_otherwise_is_refused(schema):
    with pytest.raises(PolicyError, match="schema of the input"):
        read_schema(schema)
    assert json.dumps(schema)
