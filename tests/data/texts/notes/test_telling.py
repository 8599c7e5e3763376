"""Field notes: what is denied, supposed, over or of others is no event; what was heard is marked."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data.texts.documents import patterns, source

from creditloop.data.texts import TextEvent, read_text


def read(text: str) -> tuple[TextEvent, ...]:
    return read_text(source(text), patterns=patterns("note"))


@pytest.mark.parametrize(
    ("text", "causes"),
    [
        ("车间停产，大门紧闭。", ["stopped"]),
        ("未发现停产、欠薪、失联等情况。", []),
        ("没有订单而停产。", ["stopped", "order_loss"]),
        ("资金紧张，不得不停产。", ["stopped"]),
        ("隔壁厂停产。", []),
        ("如果停产，将影响还款。", []),
        ("停产传闻不实。", []),
        ("曾停产两月。", []),
        ("拖欠工资30万元，已全部结清。", []),
        ("订单没有减少。", []),
        ("库存积压，拖欠工资，老板失联，订单锐减", ["wages_owed", "stock_up", "owner_absent", "order_loss"]),
        ("向亲戚借款5万元，新增生产线。", ["borrowing_elsewhere", "expansion"]),
        ("", []),
        # a denial: over a list of clauses, but not one that is itself a trouble
        ("未发现停产，欠薪，失联等情况。", []),
        ("没有订单，停产。", ["stopped", "order_loss"]),
        ("谈不上停产。", []),
        ("没有订单却没有停产。", ["order_loss"]),
        ("网传该厂欠薪，经查公司不存在欠薪。", []),
        ("工人说欠薪，工资单也显示未发。", ["wages_owed"]),
        # a supposition, with what follows from it
        ("如果银行抽贷，工厂只能停产。", []),
        ("如今停产。", ["stopped"]),
        ("存在停产的风险。", []),
        # somebody else, until the talk comes back to the party
        ("隔壁那家做纸箱的，去年就停产了。", []),
        ("隔壁那家停产了，该户也停产。", ["stopped"]),
        ("隔壁那家停产了，该户正常，隔壁那家也欠薪。", []),
        ("下游采购商取消订单。", ["order_loss"]),
        ("下游停产。", []),
        # over, or said to be some day
        ("拖欠工资30万元，承诺下月补发。", ["wages_owed"]),
        ("停产两周，现已复工。", []),
        ("停产，何时复工未定。", ["stopped"]),
    ],
)  # fmt: skip
def test_what_counts(text: str, causes: list[str]) -> None:
    events = read(text)
    assert [event.cause for event in events] == causes
    assert [event.event_no for event in events] == list(range(1, len(causes) + 1))
    assert all(event.adverse == (event.cause != "expansion") for event in events)
    assert {(event.role, event.stage) for event in events} <= {("subject", "observed")}


def test_what_was_only_heard_is_marked_with_the_words_that_say_so() -> None:
    (event,) = read("据说该厂拖欠工人工资约２８万元。")
    assert event.hearsay
    assert event.amount_fen == 28_000_000
    (heard,) = [one for one in event.evidence if one.field == "hearsay"]
    assert heard.quote == "据说"
    assert [one.quote for one in event.evidence if one.field == "amount"] == ["２８万元"]


def test_a_day_in_the_clause_is_the_events() -> None:
    (event,) = read("企业自2024年3月15日起停产。")
    assert event.happened_on == date(2024, 3, 15)
    (event,) = read("企业自2030年3月15日起停产。")
    assert event.happened_on == date(2024, 6, 20)

    (event,) = read("企业自今年3月15号起停产。")
    assert event.happened_on == date(2024, 3, 15)


WORDS = [
    "停产",
    "未发现",
    "拖欠工资",
    "，",
    "。",
    "据称",
    "库存积压",
    "不",
    "30万元",
    "失联",
    "曾",
    "隔壁",
    "\t",
    "已结清",
    "订单减少",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join))
def test_one_event_a_topic_and_every_place_is_in_the_text(text: str) -> None:
    events = read(text)
    assert len({event.cause for event in events}) == len(events)
    for event in events:
        assert all(text[one.start : one.end].startswith(one.quote) for one in event.evidence)
