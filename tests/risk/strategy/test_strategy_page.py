"""Every mistake docs/strategy.md shows is refused as it says; its examples are run with those of all pages."""

import re
from datetime import date
from pathlib import Path

import pytest

from creditloop.kernel.documents import Document, parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import read_policy

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
