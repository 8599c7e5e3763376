"""JSON is one object in UTF-8 of a bounded size in which no key stands twice."""

import json

import pytest
from bureau_examples import as_json, example
from hypothesis import given
from hypothesis import strategies as st

from creditloop.data.bureau import parse_json
from creditloop.data.bureau.reading import from_json
from creditloop.data.bureau.reading.fault import Fault, path_of
from creditloop.data.bureau.reading.from_json import element_from_json
from creditloop.kernel.errors import ContractBroken


def fault_of(data: bytes) -> Fault:
    with pytest.raises(Fault) as caught:
        element_from_json(data)
    return caught.value


@pytest.mark.parametrize(
    "data",
    [
        *(
            b"",
            b"[]",
            b'"PRH"',
            b"null",
            b"{",
            b'{"a":1}x',
            b"{'a':1}",
            b'{"a":NaN}',
            b'\xef\xbb\xbf{"a":"b"}',
        ),
        *(b'{"a":"\xff"}', '{"a":"b"}'.encode("utf-16"), b'{"a":1e999}'),
        *(b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"[" * 100_000),
    ],
)
def test_what_is_not_one_object_is_refused(data: bytes) -> None:
    assert fault_of(data).what == "the report is not JSON"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"a":"1","a":"2"}', "a"),
        ('{"a":{"b":"1","c":[{"d":"1"},{"d":"1","e":"","d":"1"}]}}', "a.c[1].d"),
        ('{"a":"1" , "\\u0061":"1"}', "a"),
        ('{"a":{"b":"1","b":"2"},"c":"","a":"3"}', "a"),
        ('{"a":"x","a":"\\u0022\\u0022\\u0022\\u0022"}', "a"),
        ('{"a":"say \\"a\\":","a":1e30}', "a"),
        ('{\n "a" : {"b": null},\n "c": "1",\n "a" : {"b": null}\n}', "a"),
    ],
)
def test_a_key_that_stands_twice_is_named(text: str, path: str) -> None:
    fault = fault_of(text.encode())
    assert (fault.what, path_of(fault.steps)) == (
        "stands twice",
        path,
    ) or fault.what == "the report is not JSON"
    if "1e999" not in text:
        assert fault.what == "stands twice"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    ),
    st.booleans(),
)
def test_a_repeat_is_seen_wherever_it_stands_and_nowhere_else(value: object, ascii_only: bool) -> None:
    text = json.dumps({"x": value}, ensure_ascii=ascii_only, indent=1)
    assert element_from_json(text.encode("utf-8", "surrogatepass")) == {"x": value}
    twice = text[:-1].rstrip() + ',"x":null}'
    assert fault_of(twice.encode("utf-8", "surrogatepass")).what == "stands twice"


def test_a_repeat_deep_in_a_report_refuses_it() -> None:
    text = as_json(example()).decode().replace('"PD01ED01": "1"', '"PD01ED01": "1", "PD01ED01": "N"', 1)
    with pytest.raises(ContractBroken) as caught:
        parse_json(text.encode())
    assert caught.value.where["path"] == "PDA.PD01[0].PD01E.PD01EH[2].PD01ED01"


def test_a_report_larger_than_any_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(from_json, "SIZE_MAX", 10)
    assert fault_of(b" " * 11).what == "the report is too large"
