"""A repayment record is the months from first to last, each once, whichever way round they are written."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.data.bureau.person.account_codes import REPAYMENT_STATUSES
from creditloop.data.bureau.reading.fault import Fault, path_of
from creditloop.data.bureau.reading.places import RecordKeys
from creditloop.data.bureau.reading.record import read_record
from creditloop.data.bureau.reading.scalars import MONTHS

KEYS = RecordKeys(
    first="F",
    last="L",
    count="C",
    items="I",
    month="M",
    status="S",
    overdue="O",
    months_max=60,
    statuses=REPAYMENT_STATUSES,
)
STATUS = st.sampled_from(sorted(REPAYMENT_STATUSES.codes))
AMOUNT = st.sampled_from(["0", "", "--", None, "12.3", "100000"])
MONTH = st.tuples(STATUS, AMOUNT)


def written(start: int, said: list[Any]) -> dict[str, Any]:
    months = MONTHS[start : start + len(said)]
    items = [
        {"M": month, "S": status, "O": amount} for month, (status, amount) in zip(months, said, strict=True)
    ]
    return {"F": months[0], "L": months[-1], "C": str(len(said)), "I": items}


def fault_of(raw: object) -> Fault:
    with pytest.raises(Fault) as caught:
        read_record(raw, KEYS)
    return caught.value


@given(start=st.integers(0, 2_300), said=st.lists(MONTH, min_size=1, max_size=60), newest_first=st.booleans())
def test_either_way_round_gives_the_same_record(start: int, said: list[Any], newest_first: bool) -> None:
    raw = written(start, said)
    raw["I"] = raw["I"][:: -1 if newest_first else 1]
    record = read_record(raw, KEYS)
    assert record.statuses == "".join(status for status, _ in said)
    fen = {"0": 0, "": None, "--": None, None: None, "12.3": 1230, "100000": 10_000_000}
    assert record.overdue_fen == tuple(fen[amount] for _, amount in said)
    assert [f"{month:%Y-%m}" for month in record.months()] == list(MONTHS[start : start + len(said)])


@given(
    said=st.lists(MONTH, min_size=1, max_size=60),
    data=st.data(),
    key=st.sampled_from("MSO"),
    wrong=st.sampled_from(["8", "x", "2024-13", 7, True, ["N"], {"N": "N"}]),
)
def test_one_wrong_month_is_found_among_all(said: list[Any], data: Any, key: str, wrong: Any) -> None:
    raw = written(100, said)
    index = data.draw(st.integers(0, len(said) - 1))
    if wrong == "8" and key == "O":
        wrong = "-8"
    raw["I"][index][key] = wrong
    assert path_of(fault_of(raw).steps) == f"I[{index}].{key}"


@given(said=st.lists(MONTH, min_size=3, max_size=60), data=st.data(), times=st.sampled_from([0, 2]))
def test_a_month_left_out_or_told_twice_breaks_the_row(said: list[Any], data: Any, times: int) -> None:
    raw = written(100, said)
    index = data.draw(st.integers(0, len(said) - 2))
    raw["I"][index : index + 1] = [raw["I"][index]] * times
    raw["C"] = str(len(raw["I"]))
    if len(raw["I"]) <= KEYS.months_max:
        assert fault_of(raw).rule == "months_contiguous"
    else:
        assert path_of(fault_of(raw).steps) == "I"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"C": "2"}, "C"),
        ({"C": ""}, "C"),
        ({"F": "2024-1"}, "F"),
        ({"L": None}, "L"),
        ({"F": ["2024-01"]}, "F"),
        ({"I": []}, "I"),
        ({"I": None}, "I"),
        ({"I": "N"}, "I"),
        ({"I": [None]}, "I[0]"),
        ({"I": ["N"]}, "I[0]"),
        ({"I": [{"M": "2024-01", "S": "N"}]}, "I[0].O"),
        ({"I": [{"M": "2024-01", "S": "N", "O": "0", "X": "0"}]}, "I[0].X"),
        ({"L": "2023-12"}, "I[0].M"),
        ({"L": "2024-02"}, "I"),
        ({"X": "1"}, "X"),
    ],
)
def test_a_frame_that_does_not_fit(change: dict[str, Any], path: str) -> None:
    sound = {"F": "2024-01", "L": "2024-01", "C": "1", "I": [{"M": "2024-01", "S": "N", "O": "0"}]}
    assert read_record(sound, KEYS).first_month == date(2024, 1, 1)
    assert path_of(fault_of(sound | change).steps) == path


def test_more_months_than_a_record_has() -> None:
    assert "1 to 60" in fault_of(written(0, [("N", "0")] * 61)).expected


def test_a_record_without_count_and_amounts() -> None:
    keys = RecordKeys(
        first="F", last="L", items="I", month="M", status="S", months_max=24, statuses=REPAYMENT_STATUSES
    )
    raw = {"F": "2024-01", "L": "2024-02", "I": [{"M": "2024-02", "S": "1"}, {"M": "2024-01", "S": "N"}]}
    record = read_record(raw, keys)
    assert (record.statuses, record.overdue_fen) == ("N1", None)
