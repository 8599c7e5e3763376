"""What is not loaded is named with its reason, skipped unread, and found nowhere in the report."""

import json
import re

import msgspec
import pytest
from bureau_examples import Steps, as_json, as_xml, changed, dotted, example

from creditloop.data.bureau import NOT_LOADED, parse_json, parse_xml

PERSON = example()


def steps_to(path: str) -> Steps | None:
    """Find a place of the example with this path, the first item of every list; None if it has none."""
    steps: list[str | int] = []
    value: object = PERSON
    for key in path.split("."):
        if isinstance(value, list):
            steps.append(0)
            value = value[0]
        if not isinstance(value, dict) or key not in value:
            return None
        steps.append(key)
        value = value[key]
    return tuple(steps)


@pytest.mark.parametrize("path", NOT_LOADED)
def test_whatever_stands_there_changes_nothing(path: str) -> None:
    steps = steps_to(path)
    assert steps is not None, "the example has everything"
    assert dotted(steps, indices=False) == path
    report = parse_json(as_json(PERSON))
    for value in ("anything", {"A": [{"B": "1"}]}, None):
        raw = changed(PERSON, steps, value)
        assert parse_json(as_json(raw)) == report
        assert parse_xml(as_xml(raw)) == report


@pytest.mark.parametrize(("path", "words"), NOT_LOADED.items())
def test_each_has_its_reason_in_both_languages(path: str, words: object) -> None:
    assert re.search(r"[\u4e00-\u9fff]", getattr(words, "zh", ""))
    assert len(getattr(words, "en", "").split()) >= 3


def test_nothing_of_it_is_in_the_report() -> None:
    read = msgspec.json.encode(parse_json(as_json(PERSON)).report).decode()
    for private in ("模拟人", "nobody@example.org", "模拟地址", "模拟配偶", "SIMULATED2", "模拟单位", "000"):
        assert json.dumps(private, ensure_ascii=False) not in read
