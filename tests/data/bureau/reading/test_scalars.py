"""Each door takes what it should, exactly, and nothing else."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.data.bureau.person.account_codes import REPAYMENT_STATUSES
from creditloop.data.bureau.reading import scalars
from creditloop.data.bureau.reading.fault import Fault
from creditloop.kernel.dates import beijing_date


@given(fen=st.integers(0, 10**17 - 1))
def test_yuan_become_fen_exactly(fen: int) -> None:
    yuan = f"{fen // 100}.{fen % 100:02d}"
    assert scalars.amount(yuan) == fen
    assert scalars.balance(f"-{yuan}") == -fen
    if fen % 10 == 0:
        assert scalars.amount(yuan[:-1]) == fen
    if fen % 100 == 0:
        assert scalars.amount(yuan[:-3]) == fen


@given(day=st.dates())
def test_days_months_and_back(day: date) -> None:
    assert scalars.day(day.isoformat()) == day
    if 1900 <= day.year < 2100:
        text = f"{day.year:04d}-{day.month:02d}"
        assert scalars.month(text) == day.replace(day=1)
        assert scalars.MONTHS[scalars.index_of(day)] == text
        assert scalars.year(str(day.year)) == day.year


def test_the_reports_time_is_beijing_time() -> None:
    assert scalars.moment("2024-01-01T00:00:00") == datetime(2023, 12, 31, 16, tzinfo=UTC)
    assert beijing_date(scalars.moment("2024-01-01T00:00:00")) == date(2024, 1, 1)
    assert scalars.day_starts(date(2024, 1, 1)) == scalars.moment("2024-01-01T00:00:00")


@pytest.mark.parametrize(
    ("door", "wrong"),
    [
        (scalars.amount, "1.234 1,234 -1 +1 01 .5 5. 1e3 １２ 0x1 1_0 1000000000000000"),
        (scalars.balance, "--1 -01 +1 1.234 -"),
        (scalars.count, "-1 1.0 01 +1 ٣ 1000000000"),
        (scalars.day, "2023-02-29 2024-1-1 20240101 2024-W01-1 0000-01-01 2024-13-01 2024-01-01T00:00:00"),
        (scalars.month, "2024-13 2024-00 2024-1 202401 1899-12 2100-01 0000-00"),
        (scalars.year, "1899 2100 24 20240 二〇二四"),
        (scalars.moment, "2024-01-01 2024-01-01T24:00:00 2024-01-01T00:00:00Z 0001-01-01T00:00:00"),
        (scalars.percentile, "101 >101% 50.5 -1 %"),
        (scalars.score, "1001 -1 612.5"),
        (scalars.code_of(REPAYMENT_STATUSES), "8 n NN 0"),
        (scalars.string_of(REPAYMENT_STATUSES, length=3), "NN NNNN NN8"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(door: Any, wrong: str) -> None:
    for raw in [*wrong.split(), 1, None, True, ["1"], {"1": "1"}]:
        with pytest.raises(Fault) as caught:
            door(raw)
        assert caught.value.got
        assert caught.value.expected


@pytest.mark.parametrize(
    "raw", [" ", "\t\n", "a\x00", "a\rb", "\x1b[0m", "\ud800", "x" * (scalars.TEXT_MAX + 1), 5]
)
def test_texts_that_no_report_holds(raw: Any) -> None:
    with pytest.raises(Fault):
        scalars.text(raw)


@pytest.mark.parametrize("raw", ["民事　判决", "a\nb\tc", "𠮷", "x" * scalars.TEXT_MAX, "«»"])
def test_texts_as_people_write_them_stand_as_they_are(raw: str) -> None:
    assert scalars.text(raw) == raw


@given(hundredths=st.integers(0, 99_999))
def test_a_share_in_percent_becomes_nano_exactly(hundredths: int) -> None:
    text = f"{hundredths // 100}.{hundredths % 100:02d}"
    assert scalars.share(text) == scalars.share(f"{text}%") == hundredths * 100_000


@pytest.mark.parametrize("text", ["", "-1", "1001", "1.23456", "1,5", "１", "01", ".5", "5.", "50 %", "NaN"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(Fault, match="is not a share"):
        scalars.share(text)
