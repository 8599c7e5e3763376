"""Cases are opened once a month and the queue shows the last routing, largest value at risk first."""

from datetime import date

import pytest
from tests.recover.case_rows import JULY, JUNE, NOW, PRODUCT, ROUTING, RULES, route, rows
from tests.recover.test_contacts import complain, local

from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import ConflictingRepeat, InputError
from creditloop.kernel.storage import Connection
from creditloop.recover import (
    find_cases,
    find_routing_run,
    find_routing_runs,
    queue,
    record_routing,
    route_cases,
    routing_counts,
)

BOOK = rows(
    ("p1", 2, 100_000, "none", "none"),
    ("p2", 7, 90_000_000, "none", "none"),
    ("p3", 0, 5_000, "A", "none"),
    ("p4", None, 7_000, "none", "none"),
    ("p5", 4, 900_000, "none", "none"),
    ("p6", 1, 100, "B", "notice"),
)


def test_a_month_is_routed_once(database: Connection) -> None:
    first = route(database, BOOK)
    assert route(database, BOOK) == first
    assert (first.parties, first.cases, first.warning_batch) == (6, 5, "w")
    found = find_routing_run(
        database,
        product=PRODUCT,
        dates=Dates(business_date=JUNE, rules_as_of=RULES),
        policy=ROUTING,
        warning_batch="w",
    )
    assert found == first
    with pytest.raises(ConflictingRepeat, match="recorded with other cases"):
        route(database, BOOK[:2])
    counts = routing_counts(database, batch_id=first.batch_id)
    assert dict(counts.select("route", "cases").iter_rows()) == {
        "agency": 1,
        "call": 1,
        "litigation": 1,
        "message": 1,
        "refer": 1,
    }
    assert counts["amount_fen"].sum() == 100_000 + 90_000_000 + 7_000 + 900_000 + 100


def test_the_queue_is_sorted_by_value_at_risk(database: Connection) -> None:
    route(database, BOOK)
    found = queue(database, on=date(2005, 7, 12))
    # what is unknown stands on top: a person has to look
    assert found["party_id"].to_list() == ["p4", "p2", "p5", "p1", "p6"]
    assert found["value_at_risk_fen"].to_list() == [None, 81_000_000, 810_000, 70_000, 40]
    assert queue(database, on=date(2005, 7, 12), route="call")["party_id"].to_list() == ["p1"]
    assert queue(database, on=date(2005, 7, 12), most=2, skip=1)["party_id"].to_list() == ["p2", "p5"]
    assert queue(database, on=date(2005, 6, 29)).is_empty()
    with pytest.raises(InputError, match="not a page"):
        queue(database, on=JUNE, most=-1)


def test_the_queue_shows_who_complained_and_who_was_contacted(database: Connection) -> None:
    route(database, BOOK)
    complain(database, local(JUNE, 9))
    found = queue(database, on=JUNE)
    assert found.filter(found["stopped"])["party_id"].to_list() == ["p1"]
    assert found["contacts_on_day"].sum() == 0


def test_the_next_month_takes_the_place_of_the_last(database: Connection) -> None:
    route(database, BOOK)
    route(database, rows(("p1", 3, 120_000, "none", "alert")), on=JULY)
    assert queue(database, on=JUNE).height == 5
    assert queue(database, on=JULY)["party_id"].to_list() == ["p1"]
    cases = find_cases(database, party_id="p1")
    assert [(case.opened_on, case.months_late, case.level) for case in cases] == [
        (JUNE, 2, "none"),
        (JULY, 3, "alert"),
    ]
    assert [run.cases for run in find_routing_runs(database)] == [5, 1]


def test_a_routing_with_later_warnings_takes_the_place_of_the_one_without(database: Connection) -> None:
    route(database, BOOK, warnings="")
    routed = route_cases(rows=BOOK[:1], policy=ROUTING)
    dates = Dates(business_date=JUNE, rules_as_of=RULES)
    record_routing(
        database,
        routed=routed,
        policy=ROUTING,
        product=PRODUCT,
        dates=dates,
        warning_batch="w2",
        now=NOW.replace(year=2027),
    )
    assert queue(database, on=JUNE)["party_id"].to_list() == ["p1"]
