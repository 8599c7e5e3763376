"""Judgments: the role decides, the working quotes the text, and no plaintiff is ever a risk."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data.texts.documents import patterns, source, tagged

from creditloop.data.texts import TextEvent, read_text
from creditloop.data.texts.court import UNDECIDED

JUDGED = (
    "原告{a}与被告{b}、{c}民间借贷纠纷一案，判决如下："
    "一、被告{b}于本判决生效之日起十日内偿还原告{a}借款10万元；二、"
)
PEOPLE = {"a": "张三丰", "b": "李四光", "c": "王五一"}


def read(text: str, name: str) -> TextEvent:
    (event,) = read_text(source(text, name), patterns=patterns("court"))
    return event


@pytest.mark.parametrize(
    ("last", "name", "role", "adverse", "fen"),
    [
        ("驳回其他诉讼请求。", "张三丰", "plaintiff", False, 10_000_000),
        ("驳回其他诉讼请求。", "李四光", "defendant", True, 10_000_000),
        ("驳回原告张三丰对被告王五一的诉讼请求。", "王五一", "defendant", False, None),
        ("被告王五一对上述债务承担连带清偿责任。", "王五一", "guarantor", True, 10_000_000),
        ("被告王五一在6万元范围内承担连带保证责任。", "王五一", "guarantor", True, 6_000_000),
        ("被告王五一不承担责任。", "王五一", "defendant", False, None),
    ],
)
def test_who_is_to_pay_decides(last: str, name: str, role: str, adverse: bool, fen: int | None) -> None:
    event = read(JUDGED.format(**PEOPLE) + last, name)
    assert (event.role, event.adverse, event.amount_fen) == (role, adverse, fen)
    assert (event.cause, event.stage) == ("private_lending", "judged")


def test_every_value_quotes_its_pattern_and_its_place() -> None:
    text = JUDGED.format(**PEOPLE) + "驳回其他诉讼请求。\n２０２４年３月５日"
    event = read(text, "李四光")
    assert event.happened_on == date(2024, 3, 5)
    fields = {one.field for one in event.evidence}
    assert fields == {"role", "cause", "stage", "adverse", "amount", "happened_on"}
    known = {pattern.pattern_id for pattern in patterns("court").every_pattern()}
    for one in event.evidence:
        assert text[one.start : one.end].startswith(one.quote)
        assert one.pattern_id in known or one.pattern_id.startswith(("amount.", "day."))


def test_orders_that_cannot_be_read_count_against_a_defendant_and_say_so() -> None:
    event = read("原告张三丰与被告李四光侵权纠纷一案，判决如下：照天书办理。", "李四光")
    assert event.adverse
    assert UNDECIDED in {one.pattern_id for one in event.evidence}


@pytest.mark.parametrize("text", ["张三丰路过法院。", "与本案无关。", "", "张三"])
def test_a_party_on_no_side_gives_no_event(text: str) -> None:
    assert read_text(source(text, "张三丰"), patterns=patterns("court")) == ()


def test_a_short_name_is_not_the_beginning_of_another() -> None:
    text = "原告甲公司与被告张三丰买卖合同纠纷一案，判决如下：被告张三丰支付货款5万元。"
    assert read_text(source(text, "张三"), patterns=patterns("court")) == ()


def test_a_day_after_the_text_was_known_is_not_taken() -> None:
    event = read("原告张三丰诉被告李四光买卖合同纠纷一案，定于2030年1月1日开庭。", "李四光")
    assert event.happened_on == date(2024, 6, 20)


WORDS = [
    "原告",
    "被告",
    "张三丰",
    "李四光",
    "判决如下：",
    "支付",
    "连带清偿责任",
    "驳回",
    "诉讼请求",
    "，",
    "。",
    "\n",
]
WORDS += [
    "10万元",
    "反诉被告",
    "（",
    "）",
    "民间借贷纠纷一案",
    "准许撤诉",
    "被执行人",
    "申请执行人",
    "犯盗窃罪",
    "\x00",
    "向",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=40).map("".join), st.sampled_from(["张三丰", "李四光"]))
def test_whatever_the_text_no_plaintiff_is_adverse_and_every_place_is_in_it(text: str, name: str) -> None:
    for event in read_text(source(text, name), patterns=patterns("court")):
        assert not (event.role == "plaintiff" and event.adverse)
        assert event.amount_fen is None or event.amount_fen > 0
        assert event.happened_on <= event.known_on
        assert all(text[one.start : one.end].startswith(one.quote) for one in event.evidence)


@pytest.mark.parametrize("name", ["court_dev", "court_dev_second", "court_held_out"])
def test_no_tagged_plaintiff_is_adverse(name: str) -> None:
    plaintiffs = 0
    for each in tagged(name).texts:
        wanted = [event["role"] for event in each.events]
        for event in read_text(each.source, patterns=patterns("court")):
            plaintiffs += "plaintiff" in wanted
            assert not (event.adverse and (event.role == "plaintiff" or "plaintiff" in wanted)), each.text_id
    assert plaintiffs >= 12
