"""Amounts and days as they are written, and what only looks like one."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.data.texts.amounts import amounts, number_from_characters
from creditloop.data.texts.days import days
from creditloop.data.texts.folding import clauses, fold, sentences

DIGITS, STEPS = "零壹贰叁肆伍陆柒捌玖", ["", "拾", "佰", "仟"]


def in_characters(number: int) -> str:
    """Write a whole number below ten thousand as on a cheque."""
    written, skipped = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            written += ("零" if skipped and written else "") + DIGITS[digit] + STEPS[place]
        skipped = digit == 0
    return written


@pytest.mark.parametrize(
    ("text", "yuan_hundredths"),
    [
        ("人民币3,200,000.00元", [320_000_000]),
        ("３，２００，０００元", [320_000_000]),
        ("320万元", [320_000_000]),
        ("3.26亿元", [32_600_000_000]),
        ("壹佰贰拾万元整", [120_000_000]),
        ("二十一万元", [21_000_000]),
        ("三百多万的货", [300_000_000]),
        ("人民币捌万伍仟元伍角叁分", [8_500_053]),
        ("¥50,000", [5_000_000]),
        ("90余万元", [90_000_000]),
        ("借了30万周转", [30_000_000]),
        ("本金1000元及利息12.34元", [100_000, 1_234]),
        ("年利率4.35%", []),
        ("30万美元", []),
        ("2万件", []),
        ("第一千元", []),
        ("1200吨", []),
        ("12.345元", []),
        ("0元", []),
        ("99999999999999999999元", []),
        ("第三百二十一条", []),
        ("一万", [1_000_000]),
        ("一二三元", []),
        ("借了30w周转", [30_000_000]),
        ("30w4", []),
        ("1.2个亿", [12_000_000_000]),
        ("三个多亿", [30_000_000_000]),
        ("二十来万", [20_000_000]),
        ("两万五", [2_500_000]),
        ("两万五斤", []),
        ("五千块", [500_000]),
        ("8千块", [800_000]),
        ("三块地", []),
        ("几百万", []),
    ],
)
def test_amounts(text: str, yuan_hundredths: list[int]) -> None:
    assert [each.fen for each in amounts(fold(text))] == yuan_hundredths


@given(st.integers(1, 99_999_999))
def test_a_written_amount_is_read_back(number: int) -> None:
    thousands = f"{number:,}元"
    assert [each.fen for each in amounts(thousands)] == [number * 100]
    high, low = divmod(number, 10_000)
    spelt = (in_characters(high) + "万" if high else "") + (in_characters(low) if low else "")
    assert number_from_characters(spelt) == number
    assert [each.fen for each in amounts(f"人民币{spelt}元整")] == [number * 100]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("二〇二四年三月五日", [date(2024, 3, 5)]),
        ("二○二四年十二月三十一日", [date(2024, 12, 31)]),
        ("2024年3月5日", [date(2024, 3, 5)]),
        ("２０２４年３月５日", [date(2024, 3, 5)]),
        ("2024-03-05", [date(2024, 3, 5)]),
        ("2024年3月起", [date(2024, 3, 1)]),
        ("2024年2月30日", []),
        ("2024年13月1日", []),
        ("99年3月5日", []),
    ],
)
def test_days(text: str, found: list[date]) -> None:
    assert [each.day for each in days(fold(text))] == found


@given(st.text())
def test_folding_keeps_every_place(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded
    for first, after in sentences(folded):
        assert all(first <= start < end <= after for start, end in clauses(folded, first, after))


@given(st.text(alphabet="0123456789,.，万亿元壹贰拾佰仟年月日一二〇多余¥ "))
def test_no_text_of_numbers_raises(text: str) -> None:
    folded = fold(text)
    for amount in amounts(folded):
        assert 0 <= amount.start < amount.end <= len(folded)
        assert amount.fen > 0
    for day in days(folded):
        assert folded[day.start : day.end]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("自去年12月3日起", [date(2024, 12, 3)]),
        ("今年三月起", [date(2025, 3, 1)]),
        ("前年十月份", [date(2023, 10, 1)]),
        ("3月5日", [date(2025, 3, 5)]),
        ("12月5号", [date(2024, 12, 5)]),
        ("上月十二号", [date(2025, 2, 12)]),
        ("本月3日", [date(2025, 3, 3)]),
        ("2024年3月5日", [date(2024, 3, 5)]),
        ("5月中旬", []),
        ("2月30日", []),
        ("三个月", []),
    ],
)
def test_days_without_a_year_are_told_by_the_day_of_the_text(text: str, found: list[date]) -> None:
    told = days(fold(text), written_on=date(2025, 3, 10))
    assert [each.day for each in told] == found
