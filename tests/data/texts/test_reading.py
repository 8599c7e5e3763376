"""Documents of patterns: every fault is told with its place."""

import pytest
from tests.data.texts.documents import patterns

from creditloop.data.texts import read_patterns
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError

BROKEN = [
    ("court", "means: plaintiff, says", "means: winner, says", "not one of the words"),
    ("court", "id: cause.guarantee, ", "id: cause.loan, ", "two patterns of one id"),
    ("court", "characters_max: 4000000", "characters_max: 0", "out of range"),
    ("court", "\nupheld:", "\nupholds:", "'upheld' is missing"),
    ("court", "origin: court", "origin: diary", "not one of the words"),
    ("note", "means: stopped", "means: rested", "not one of the words"),
    ("note", "adverse: true", "adverse: often", "expected true or false"),
    ("note", '"关厂", ', '"关厂…", ', "does not end as it began"),
    ("note", "\nhearsay:", "\ncolour: red\nhearsay:", "unknown key 'colour'"),
    ("note", "despite: [others.trade]", "despite: [others.none]", "not one of the words"),
    ("note", "<机器>", "<机械>", "no words of this name"),
    ("note", "id: wages.settled", "id: wages.owed", "two patterns of one id"),
]


@pytest.mark.parametrize(("origin", "right", "wrong", "message"), BROKEN)
def test_a_fault_is_told(origin: str, right: str, wrong: str, message: str) -> None:
    text = patterns(origin).document.text
    assert right in text
    with pytest.raises(PolicyError, match=message) as caught:
        read_patterns(parse_document(text.replace(right, wrong, 1), path="features/texts/x.yaml"))
    assert caught.value.where["file"] == "features/texts/x.yaml"


def test_each_pattern_has_an_id_of_its_own_and_the_document_a_version() -> None:
    for origin in ("court", "note"):
        read = patterns(origin)
        ids = [pattern.pattern_id for pattern in read.every_pattern()]
        assert len(ids) == len(set(ids)) > 20
        assert read.version >= 2
        assert read.hash == read.document.hash
