"""Everything that keeps a document from being read is told at once, and nothing that only follows from it."""

from datetime import date

import pytest
from tests.risk.strategy_texts import TEXT

from creditloop.kernel.documents import Document, parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import Fault, faults_of

DAY = date(2024, 7, 1)


def find(path: str) -> Document:
    raise PolicyError("no such document", where={"file": path})


def faults(text: str) -> tuple[Fault, ...]:
    return faults_of(parse_document(text, path="a.yaml"), rules_as_of=DAY, find=find)


def spoilt(*changes: tuple[str, str]) -> str:
    text = TEXT
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


FIVE = (
    ("  age: {kind: integer,", "  age: {kind: number,"),
    (
        "      - {from: 2020-01-01, value: 18, source: {title: the law}}\n",
        "      - {from: 2020-01-01, value: 18}\n",
    ),
    ("when: id_token in list.blacklist", "when: id_token in list.blacklists"),
    ("step: {size: yuan(100), rounded: down}", "step: {size: yuan(100), rounded: off}"),
    ("when: lenders > 5, then: {outcome: refer}", "when: lenders > 'x', then: {outcome: refer}"),
)


def test_a_document_that_reads_has_none() -> None:
    assert faults(TEXT) == ()


def test_five_mistakes_are_told_at_once_with_line_rule_and_what_was_expected() -> None:
    text = spoilt(*FIVE)
    found = faults(text)
    told = [(e.error.where["line"], e.table, e.rule, e.error.message, e.error.got) for e in found]
    assert told == [
        (line_of(text, "kind: number"), None, None, "not one of the words allowed here", "number"),
        (line_of(text, "value: 18}"), None, None, "the key 'source' is missing", ["from", "value"]),
        (line_of(text, "list.blacklists"), "hard", "listed", "no list is called blacklists", None),
        (line_of(text, "rounded: off"), None, None, "not one of the words allowed here", "off"),
        (line_of(text, "lenders > 'x'"), "final", "F_2", "`>` does not take these kinds", "integer > text"),
    ]
    assert found[0].error.expected and found[3].error.expected == ["down", "up", "nearest"]


@pytest.mark.parametrize("change", FIVE)
def test_one_mistake_is_told_alone_whatever_reads_what_it_spoils(change: tuple[str, str]) -> None:
    (fault,) = faults(spoilt(change))
    assert fault.error.where["file"] == "a.yaml"


def test_a_sub_strategy_that_is_not_there_does_not_hide_the_rest() -> None:
    inner = "  - strategy: {id: again, document: ./no.yaml, gives: {once_more: outcome}}\n"
    text = spoilt(("\nsteps:\n", "\nsteps:\n" + inner), FIVE[4])
    assert {each.error.message for each in faults(text)} == {
        "no such document",
        "`>` does not take these kinds",
    }


def test_what_cannot_be_taken_out_ends_the_search() -> None:
    (fault,) = faults(TEXT[: TEXT.index("steps:")] + "steps: 5\n")
    assert fault.error.message == "expected a list here"


def test_a_table_whose_only_row_is_wrong_is_taken_out_whole() -> None:
    text = """\
policy: p
product: c
stage: s
title: {zh: 甲, en: a}
inputs: {x: {kind: integer}}
tables:
  - id: one
    hit_policy: first
    outputs: {a: {kind: integer}}
    rows: [{id: r, when: x > y, then: {a: 1}, reason: {code: A, zh: 甲, en: a}}]
    otherwise: {then: {a: 2}, reason: {code: B, zh: 乙, en: b}}
  - id: two
    hit_policy: first
    outputs: {b: {kind: integer}}
    rows: [{id: r, when: x > 1, then: {b: 1}, reason: {code: A, zh: 甲, en: a}}]
    otherwise: {then: {b: z}, reason: {code: B, zh: 乙, en: b}}
"""
    told = [each.error.message for each in faults(text)]
    assert told == ["nothing is called y", "nothing is called z"]
