"""Findings are worded in both languages, and only errors stop publication."""

from string import Formatter

import pytest

from creditloop.risk import Severity, publishable
from creditloop.risk.checking.findings import FINDINGS, finding


@pytest.mark.parametrize("code", FINDINGS)
def test_both_wordings_name_the_same_things(code: str) -> None:
    def names(text: str) -> set[str]:
        return {name.split("_")[0] for _, name, _, _ in Formatter().parse(text) if name}

    wording = FINDINGS[code]
    assert wording.zh.strip()
    assert wording.en.strip()
    assert names(wording.en) <= names(wording.zh) | {"rule", "table"}
    assert any("一" <= sign <= "鿿" for sign in wording.zh)


def test_a_finding_keeps_file_and_line_of_its_place() -> None:
    found = finding("input_unread", where={"file": "a.yaml", "line": 3, "field": "inputs.x"}, name="x")
    assert found.as_record() == {
        "code": "input_unread",
        "severity": "note",
        "table": None,
        "rule": None,
        "where": {"file": "a.yaml", "line": 3},
        "zh": "输入变量 x 无人读取",
        "en": "nobody reads the input x",
        "witness": None,
    }


def test_only_an_error_stops_publication() -> None:
    note = finding("input_unread", where={}, name="x")
    warning = finding("list_empty", where={}, name="x", date="2024-01-01")
    error = finding("gap", where={}, table="t", witness={"a": 1})
    assert [each.severity for each in (note, warning, error)] == list(Severity)[::-1]
    assert publishable([note, warning])
    assert not publishable([note, error])
    assert publishable([])
