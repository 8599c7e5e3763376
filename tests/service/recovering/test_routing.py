"""Collections on the small bank: routed after the warnings, contacts by the rules, complaints stop."""

from datetime import UTC, date, datetime

import pytest
from tests.service.small_bank import LATE, MONTHS, plan_of

from creditloop.kernel.errors import InputError, StateError, UnknownId
from creditloop.kernel.storage import connect
from creditloop.monitor import find_warning_runs
from creditloop.recover import Occasion, find_case, find_cases, find_routing_runs, queue
from creditloop.service.bank import Bank
from creditloop.service.recovering.routing import (
    complain,
    contact_party,
    occasion_of,
    permission_of,
    resolve,
    route_month,
)

AT = datetime(2005, 8, 12, 2, 30, tzinfo=UTC)  # 10:30 at the customer


def test_each_month_is_routed_once_the_warnings_are_raised(posted_bank: Bank) -> None:
    plan = plan_of(posted_bank)
    with posted_bank.work() as work:
        runs = find_routing_runs(work.connection)
        warned = {run.dates.business_date: str(run.batch_id) for run in find_warning_runs(work.connection)}
        again = route_month(work, plan=plan, month=MONTHS[-1])
    assert [run.dates.business_date for run in runs] == [day for day in MONTHS if day in warned]
    assert runs[-1] == again
    for run in runs:
        assert run.parties == 20
        assert run.warning_batch == warned[run.dates.business_date]


def test_who_falls_late_month_by_month_is_routed_further(posted_bank: Bank) -> None:
    with connect(posted_bank.url) as connection:
        cases = {case.opened_on: case for case in find_cases(connection, party_id=LATE)}
        listed = queue(connection, on=MONTHS[-1])
    assert [cases[month].months_late for month in MONTHS[2:]] == [1, 2, 3, 4]
    assert cases[MONTHS[3]].route == cases[MONTHS[4]].route == "call"  # the early stage
    assert (cases[MONTHS[5]].route, cases[MONTHS[5]].amount_fen) == ("agency", 780_000)
    assert cases[MONTHS[5]].rule == "RT_02"
    assert listed["value_at_risk_fen"].to_list() == sorted(listed["value_at_risk_fen"], reverse=True)


def test_a_complaint_stops_contact_until_it_is_resolved(posted_bank: Bank) -> None:
    plan = plan_of(posted_bank)
    with posted_bank.work() as work:

        def said(person: str, note: str, key: str) -> Occasion:
            return occasion_of(
                work,
                contract=plan.contract,
                party_id=LATE,
                at=AT,
                person=person,
                note=note,
                key=key,
                simulated=True,
            )

        first = contact_party(work, plan=plan, occasion=said("zhao", "asked", "1"), channel="call")
        complain(work, occasion=said(LATE, "paid", "2"), kind="objection")
        with pytest.raises(StateError, match="may not be contacted") as caught:
            contact_party(work, plan=plan, occasion=said("zhao", "again", "3"), channel="message")
        assert caught.value.where["rule"] == "CT_02"
        (done,) = resolve(work, occasion=said("sun", "verified", "4"))
        contact_party(work, plan=plan, occasion=said("zhao", "again", "5"), channel="message")
        assert resolve(work, occasion=said("sun", "verified", "4")) == (done,)
        with pytest.raises(UnknownId, match="no complaint or objection is open"):
            resolve(work, occasion=said("sun", "again", "6"))
    assert first.on_day == date(2005, 8, 12)
    assert done.resolves is not None
    assert not posted_bank.verify().problems


def test_permission_is_asked_without_recording_anything(posted_bank: Bank) -> None:
    plan = plan_of(posted_bank)
    with posted_bank.work() as work:
        allowed = permission_of(work, plan=plan, party_id=LATE, channel="call", recipient="customer", at=AT)
        other = permission_of(work, plan=plan, party_id=LATE, channel="call", recipient="other", at=AT)
        night = permission_of(
            work, plan=plan, party_id=LATE, channel="call", recipient="customer", at=AT.replace(hour=15)
        )
        case = find_case(work.connection, party_id=LATE, on=date(2005, 8, 12))
    assert (allowed.allowed, other.rule, night.rule) == (True, "CT_01", "CT_06")
    assert case is not None
    assert case.opened_on == MONTHS[3]


def test_a_month_that_is_not_in_the_plan_is_refused(posted_bank: Bank) -> None:
    with posted_bank.work() as work, pytest.raises(InputError, match="no such month"):
        route_month(work, plan=plan_of(posted_bank), month=date(2005, 10, 31))
