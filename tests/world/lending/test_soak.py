"""A small soak: some 200 loans over two years, closed by the day against replays; it finds a fault."""

from dataclasses import replace
from datetime import date

import pytest
from bench.loan_soak import Asked, soak
from bench.loan_soak_live import LiveBook
from bench.loan_soak_shard import Shard

from creditloop.world.lending import Scenario

ASKED = Asked(seed=7, borrowers=100, years=2, scenario=Scenario.STRESS)


def test_the_live_book_is_what_replays_of_it_say() -> None:
    tally = soak(ASKED)
    assert [str(difference) for difference in tally.differences] == []
    assert tally.counts["events"] > 1_500
    assert tally.counts["comparisons"] > 1_500
    assert tally.counts["loans"] > 180
    assert tally.counts["loan-days"] > 35_000
    refused = sum(count for name, count in tally.counts.items() if name.startswith("refused"))
    assert refused * 300 < tally.counts["events"]


def test_one_loan_is_told_alone_as_it_was_among_the_others() -> None:
    book, told = ASKED.book(), {}
    for borrowers in (range(3, 9), range(5, 6)):
        lines: list[str] = []
        Shard(book=book, borrowers=borrowers, tell=("sim-000005-01", lines.append)).run()
        told[borrowers] = lines
    alone, among = told.values()
    assert alone == among
    assert len(alone) > 3


@pytest.mark.parametrize("column", ["interest_fen", "penalty_remainder", "fee_fen"])
def test_a_fen_that_goes_astray_on_one_day_is_found(monkeypatch: pytest.MonkeyPatch, column: str) -> None:
    close = LiveBook.close

    def spoilt(self: LiveBook, day: date) -> int:
        closed = close(self, day)
        if day == date(2021, 9, 30):
            self.columns[column][2] += 1
        return closed

    monkeypatch.setattr(LiveBook, "close", spoilt)
    tally = Shard(book=replace(ASKED, years=1).book(), borrowers=range(1, 5)).run()
    [difference] = tally.differences
    assert column in difference.what
    assert difference.day > date(2021, 9, 30)


def test_a_posting_that_goes_astray_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    close = LiveBook.close

    def spoilt(self: LiveBook, day: date) -> int:
        if day == date(2021, 9, 30):
            key = next(iter(self.posted))
            self.posted[key] += 1
        return close(self, day)

    monkeypatch.setattr(LiveBook, "close", spoilt)
    tally = Shard(book=replace(ASKED, years=1).book(), borrowers=range(1, 5)).run()
    told = [difference.what for difference in tally.differences]
    assert len(told) == 2
    assert told[0].startswith("posted ") and told[1] == "postings add up to 1"
