"""The whitelist on a day: the last screening by then, and what the party answered."""

from datetime import UTC, date, datetime

import pytest
from tests.acquire.whitelist_rows import AUGUST, JULY, JUNE, PRODUCT, key, policies, rows

from creditloop.acquire import (
    WHITELIST,
    ScreeningRun,
    find_portrait,
    find_screened,
    record_screening,
    screen,
    whitelist,
    whitelist_counts,
)
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import Connection

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
POLICIES = policies()


@pytest.fixture
def runs(database: Connection) -> list[ScreeningRun]:
    """Three parties screened in June, two of them again in July, one twice on that day."""

    def recorded(trigger: str, on: date, *parties: dict[str, object]) -> ScreeningRun:
        made = screen(rows=rows(*parties), policies=POLICIES)
        return record_screening(
            database, key=key(trigger=trigger, on=on), screened=made, considered=3, now=NOW
        )

    return [
        recorded("initial", JUNE, {}, {"score": 550}, {"score": 400}),
        recorded("account_change", JULY, {"score": 550}, {}),
        recorded("interval", JULY, {"score": 400}),
    ]


def test_each_day_shows_the_last_screening_by_then(database: Connection, runs: list[ScreeningRun]) -> None:
    def shown(on: date) -> list[tuple[object, ...]]:
        frame = whitelist(database, product=PRODUCT, on=on)
        return frame.select("party_id", "status", "score", "trigger", "screened_on").rows()

    assert shown(date(2005, 6, 29)) == []
    assert shown(JUNE) == [
        ("p0", "invited", 580, "initial", JUNE),
        ("p1", "watched", 550, "initial", JUNE),
        ("p2", "closed", 400, "initial", JUNE),
    ]
    assert shown(AUGUST) == [
        ("p0", "closed", 400, "interval", JULY),
        ("p1", "invited", 580, "account_change", JULY),
        ("p2", "closed", 400, "initial", JUNE),
    ]
    assert dict(whitelist(database, product=PRODUCT, on=JULY).schema) == WHITELIST


def test_counts_are_of_everybody_by_status_and_segment(
    database: Connection, runs: list[ScreeningRun]
) -> None:
    counts = whitelist_counts(database, product=PRODUCT, on=JULY)
    told = [(count.status, count.segment, count.parties) for count in counts]
    assert told == [("closed", "revolver", 2), ("invited", "revolver", 1)]
    assert whitelist_counts(database, product="other", on=JULY) == []


def test_a_portrait_is_the_latest_by_the_day(database: Connection, runs: list[ScreeningRun]) -> None:
    in_june = find_portrait(database, product=PRODUCT, party_id="p0", on=JUNE)
    in_july = find_portrait(database, product=PRODUCT, party_id="p0", on=JULY)
    assert (in_june.batch_id, in_june.outcome, in_june.segment) == (runs[0].batch_id, "invited", "revolver")
    assert (in_july.batch_id, in_july.outcome, in_july.score) == (runs[2].batch_id, "closed", 400)
    assert find_screened(database, batch_id=runs[2].batch_id, party_id="p0") == in_july


def test_what_is_not_there_is_unknown(database: Connection, runs: list[ScreeningRun]) -> None:
    with pytest.raises(UnknownId, match="not screened by this day"):
        find_portrait(database, product=PRODUCT, party_id="p0", on=date(2005, 6, 1))
    with pytest.raises(UnknownId, match="not screened in this screening") as caught:
        find_screened(database, batch_id=runs[2].batch_id, party_id="p1")
    assert caught.value.got == "p1"
