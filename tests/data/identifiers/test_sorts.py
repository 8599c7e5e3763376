"""One way of writing an identifier, and what is checked of it."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.data.identifiers.sorts import SORTS

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
BODIES = st.tuples(
    st.integers(100000, 899999), st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(0, 999)
)


def id_number(body: str) -> str:
    return body + "10X98765432"[sum(map(int.__mul__, map(int, body), ID_WEIGHTS)) % 11]


def credit_code(body: str) -> str:
    total = sum(CREDIT.index(letter) * weight for letter, weight in zip(body, CREDIT_WEIGHTS, strict=True))
    return body + CREDIT[-total % 31]


def fails(sort: str, *values: str | None) -> list[bool]:
    series = pl.Series(values, dtype=pl.String)
    return SORTS[sort].fails(SORTS[sort].normalised(series)).to_list()


def written(sort: str, *values: str | None) -> list[str | None]:
    return SORTS[sort].normalised(pl.Series(values, dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    ("sort", "same"),
    [
        (
            "id_number",
            [
                "11010519491231002X",
                "11010519491231002x",
                "１１０１０５１９４９１２３１００２Ｘ",
                " 110105 19491231 002X ",
                "110105-19491231-002X",
            ],
        ),
        (
            "phone",
            [
                "13800001111",
                "+86 138 0000 1111",
                "0086-13800001111",
                "8613800001111",
                "（＋８６）138-0000-1111",
                "138\u20110000\u30001111",
            ],
        ),
        ("address", ["中关村大街1号A座", "中关村大街 １号 ａ座", "中关村大街1号a座\n"]),
    ],
)
def test_one_identifier_however_written(sort: str, same: list[str]) -> None:
    assert len(set(written(sort, *same))) == 1


def test_what_only_looks_like_a_country_code_stays() -> None:
    assert written("phone", "86138000", "8602112345678") == ["86138000", "8602112345678"]


def test_the_standards_own_examples() -> None:
    assert fails("id_number", "11010519491231002X", "440524188001010014", "91350100M000100Y43") == [False] * 3


def test_missing_values_are_never_at_fault() -> None:
    assert [fails(sort, None, None) for sort in SORTS] == [[False, False]] * len(SORTS)
    assert [fails(sort) for sort in SORTS] == [[]] * len(SORTS)


@given(BODIES)
def test_of_the_eleven_last_characters_one_is_right(parts: tuple[int, date, int]) -> None:
    region, day, order = parts
    body = f"{region}{day:%Y%m%d}{order:03}"
    right = id_number(body)
    every = [body + last for last in "0123456789X"]
    assert fails("id_number", *every) == [value != right for value in every]


@given(BODIES, st.data())
def test_one_wrong_digit_or_two_neighbours_swapped_are_found(
    parts: tuple[int, date, int], data: st.DataObject
) -> None:
    region, day, order = parts
    good = id_number(f"{region}{day:%Y%m%d}{order:03}")
    place = data.draw(st.sampled_from([place for place in range(1, 16) if place not in {5, 6, 7}]))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != good[place]]))
    swapped = good[:place] + good[place + 1] + good[place] + good[place + 2 :]
    assert fails("id_number", good[:place] + other + good[place + 1 :]) == [True]
    assert fails("id_number", swapped) == [swapped != good]


@given(
    st.sampled_from(["91", "92", "93", "Y1"]), st.integers(0, 999999), st.text(CREDIT, min_size=9, max_size=9)
)
def test_of_the_31_last_characters_of_a_firm_one_is_right(head: str, region: int, tail: str) -> None:
    body = f"{head}{region:06}{tail}"
    right = credit_code(body)
    every = [body + last for last in CREDIT]
    assert fails("id_number", *every) == [value != right for value in every]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "110105491231002",
        "11010519490231002X",
        "11010519491331002X",
        "01010519491231002X",
        "91350100I000100Y43",
        "X" * 18,
        "11010519491231002X0",
        "٣" * 18,
    ],
)
def test_what_is_no_identity_number(value: str) -> None:
    assert fails("id_number", value) == [True]


@pytest.mark.parametrize("value", ["12800001111", "1380000111", "138000011112", "010-82620000", "", "电话"])
def test_what_is_no_mobile_number(value: str) -> None:
    assert fails("phone", value) == [True]


@given(
    st.sampled_from(sorted(SORTS)),
    st.text(st.sampled_from("Aａ1１１一ーé\u0301 \u3000-（)+86XxＸ中¯"), max_size=30),
)
def test_writing_it_again_changes_nothing(sort: str, value: str) -> None:
    (once,) = written(sort, value)
    assert written(sort, once) == [once]
