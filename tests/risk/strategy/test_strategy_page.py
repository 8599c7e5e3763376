"""Every mistake docs/strategy.md shows is refused as it says; examples run with those of all pages."""

import re
from datetime import date
from pathlib import Path

import pytest

from creditloop.kernel.documents import Document, parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import read_cases, read_policy, run_cases
from creditloop.risk.checking.findings import FINDINGS

PAGE = (Path(__file__).parents[3] / "docs" / "strategy.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
DOCUMENTS = {text.splitlines()[0].removeprefix("# "): text for language, text in BLOCKS if language == "yaml"}
APPLICATION = "policies/card/application.yaml"
FAULTS = [
    tuple(part.strip() for part in line.split("→"))
    for language, text in BLOCKS
    if language == "fault"
    for line in text.splitlines()
]


def find(path: str) -> Document:
    return parse_document(DOCUMENTS[path], path=path)


def test_the_page_has_its_parts() -> None:
    assert set(DOCUMENTS) == {APPLICATION, "policies/card/pricing.yaml"}
    assert len(FAULTS) >= 8
    assert sum(language == "python" for language, _ in BLOCKS) >= 6


@pytest.mark.parametrize(("right", "wrong", "message"), FAULTS)
def test_its_mistakes_are_refused(right: str, wrong: str, message: str) -> None:
    text = DOCUMENTS[APPLICATION]
    assert right in text
    with pytest.raises(PolicyError, match=re.escape(message)) as raised:
        document = parse_document(text.replace(right, wrong, 1), path=APPLICATION)
        read_policy(document, rules_as_of=date(2024, 7, 1), find=find)
    assert raised.value.where["file"] == APPLICATION
    assert raised.value.where["line"]


def test_every_code_a_check_can_find_is_told_with_its_severity() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \((error|warning|note) ", PAGE, re.MULTILINE))
    assert told == {code: wording.severity.value for code, wording in FINDINGS.items()}


def test_its_worked_cases_hold() -> None:
    (text,) = [text for language, text in BLOCKS if language == "cases"]
    day, cases = read_cases(parse_document(text, path="cases.yaml"))
    read = read_policy(find(APPLICATION), rules_as_of=day, find=find)
    assert run_cases(read, cases) == []


def test_every_command_is_named() -> None:
    for command in ("check", "show", "diff", "schema", "backtest", "optimise", "import-jdm", "export-jdm"):
        assert re.search(rf"`[^`]*\b{command}\b", PAGE), command
