"""Phrases: what the four signs mean, and that nothing else gets in."""

import time

import pytest

from creditloop.data.texts.phrases import Pattern, Vocabulary, pattern_from_node, vocabulary_from_node
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError


def pattern(*says: str, unless: str = "") -> Pattern:
    lines = [
        "id: p.one",
        f"says: [{', '.join(repr(each) for each in says)}]",
        *([f"unless: ['{unless}']"] if unless else []),
    ]
    node = parse_document("\n".join(lines), path="p.yaml").root
    return pattern_from_node(node, means=None, vocabulary=vocabulary("老板: [老板, 老板娘, 法人]"))


def vocabulary(text: str) -> Vocabulary:
    return vocabulary_from_node(parse_document(text, path="p.yaml").root)


@pytest.mark.parametrize(
    ("says", "text", "found"),
    [
        ("停产", "已停产", "停产"),
        ("准许…撤诉", "准许原告某某撤诉", "准许原告某某撤诉"),
        ("准许…2撤诉", "准许原告某某撤诉", None),
        ("准许…撤诉", "准许。撤诉", None),
        ("(判决|裁定)如下", "裁定如下：", "裁定如下"),
        ("达成(调解|)协议", "达成协议", "达成协议"),
        ("a.c", "abc", None),
        ("甲…乙…丙", "甲1乙2丙", "甲1乙2丙"),
        ("<老板>…4(失联|跑路)", "老板娘已失联", "老板娘已失联"),
        ("(见到|找)<老板>", "找法人签字", "找法人"),
        ("<老板>", "掌柜", None),
    ],
)
def test_a_phrase_finds_what_it_says(says: str, text: str, found: str | None) -> None:
    span = pattern(says).find(text)
    assert (text[slice(*span)] if span else None) == found


def test_what_cancels_a_match_cancels_only_there() -> None:
    judged = pattern("判决", unless="判决前")
    assert judged.find("判决前未还") is None
    assert judged.find("判决前未还，判决后还") == (6, 8)


@pytest.mark.parametrize(
    ("says", "message"),
    [
        ("…停产", "does not end as it began"),
        ("停产…", "does not end as it began"),
        ("(停产", "does not end as it began"),
        ("停产)", "parentheses"),
        ("停|产", "parentheses"),
        ("((((停))))", "parentheses"),
        ("停…99产", "gap"),
        ("停…0产", "gap"),
        ("(停…产)", "gap"),
        ("一…二…三…四…五", "gap"),
        ("(|)", "matches nothing"),
        ("停" * 201, "too long"),
        ("<掌柜>停", "no words of this name"),
    ],
)
def test_a_phrase_that_cannot_be_read_is_refused_with_its_line(says: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message) as caught:
        pattern("开工", says)
    assert caught.value.where["line"] == 2


def test_a_cancelled_match_hides_none_that_begins_within_it() -> None:
    lent = pattern("借…12万", unless="借款人")
    assert lent.find("借款人借了20万") == (3, 8)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("老板: []", "a list of words"),
        ("老板: ['a|b']", "not a word"),
        ("老板: ['<甲>']", "not a word"),
        ("老板: [" + ", ".join(f"w{number}" for number in range(151)) + "]", "a list of words"),
    ],
)
def test_words_that_cannot_be_read_are_refused(text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        vocabulary(text)


def test_a_phrase_takes_time_in_proportion_to_the_text() -> None:
    nested = pattern("甲…60乙…60丙…60丁")
    began = time.process_time()
    assert nested.find("甲乙丙" * 100_000) is None
    assert time.process_time() - began < 3
