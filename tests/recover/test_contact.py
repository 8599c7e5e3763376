"""May a customer be contacted: a state table of complaints, contacts a day, hours; and only the customer."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.recover.case_rows import CONTACT, policy

from creditloop.kernel.errors import InputError
from creditloop.kernel.ids import content_id
from creditloop.recover import ContactFacts, may_contact

COMPLAINT = content_id("event", 1)


def facts(*, route: str = "call", stopped: bool = False, calls: int = 0, messages: int = 0) -> ContactFacts:
    return ContactFacts(
        route=route,
        open_events=(COMPLAINT,) if stopped else (),
        calls_today=calls,
        messages_today=messages,
    )


TRUTHS = [
    # facts, channel, recipient, minute → allowed, rule
    (facts(), "call", "customer", 600, True, "otherwise"),
    (facts(route="message"), "message", "customer", 600, True, "otherwise"),
    (facts(), "call", "other", 600, False, "CT_01"),
    (facts(stopped=True), "call", "customer", 600, False, "CT_02"),
    (facts(stopped=True), "message", "customer", 600, False, "CT_02"),
    (facts(route="none"), "message", "customer", 600, False, "CT_03"),
    (facts(route="refer"), "message", "customer", 600, False, "CT_03"),
    (facts(route="agency"), "message", "customer", 600, False, "CT_04"),
    (facts(route="litigation"), "call", "customer", 600, False, "CT_04"),
    (facts(route="message"), "call", "customer", 600, False, "CT_05"),
    (facts(), "call", "customer", 479, False, "CT_06"),
    (facts(), "call", "customer", 480, True, "otherwise"),
    (facts(), "call", "customer", 1319, True, "otherwise"),
    (facts(), "call", "customer", 1320, False, "CT_06"),
    (facts(calls=3), "call", "customer", 600, False, "CT_07"),
    (facts(calls=3), "message", "customer", 600, True, "otherwise"),
    (facts(messages=2), "message", "customer", 600, False, "CT_08"),
]


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_a_permission(truth: tuple[ContactFacts, str, str, int, bool, str]) -> None:
    told, channel, recipient, minute, allowed, rule = truth
    permission = may_contact(
        policy=CONTACT, facts=told, channel=channel, recipient=recipient, minute_of_day=minute
    )
    assert (permission.allowed, permission.rule) == (allowed, rule)
    assert permission.reason.zh
    assert permission.reason.en


@given(
    st.builds(
        facts,
        route=st.sampled_from(["none", "message", "call", "agency", "litigation", "refer"]),
        stopped=st.booleans(),
        calls=st.integers(0, 5),
        messages=st.integers(0, 5),
    ),
    st.sampled_from(["message", "call"]),
    st.sampled_from(["customer", "other"]),
    st.integers(0, 1439),
)
def test_no_contact_that_breaks_a_rule(told: ContactFacts, channel: str, recipient: str, minute: int) -> None:
    permission = may_contact(
        policy=CONTACT, facts=told, channel=channel, recipient=recipient, minute_of_day=minute
    )
    if permission.allowed:
        assert recipient == "customer"
        assert not told.stopped
        assert told.route in {"message", "call"}
        assert 8 * 60 <= minute < 22 * 60
        assert (told.calls_today < 3) if channel == "call" else (told.messages_today < 2)


def test_what_is_no_contact_is_refused() -> None:
    for bad in (
        {"channel": "visit"},
        {"recipient": "mother"},
        {"minute_of_day": 1440},
        {"minute_of_day": -1},
    ):
        given = {"channel": "call", "recipient": "customer", "minute_of_day": 600} | bad
        with pytest.raises(InputError, match="no such contact"):
            may_contact(policy=CONTACT, facts=facts(), **given)  # type: ignore[arg-type]


def test_the_numbers_before_and_after_the_standard_came_into_force() -> None:
    day = date(2025, 2, 28)
    before, after = policy("contact", rules_as_of=day - timedelta(days=1)), policy("contact", rules_as_of=day)
    for early, late in zip(before.parameters, after.parameters, strict=True):
        assert early.parameter.value == late.parameter.value
        if early.parameter.name != "messages_most_per_day":
            assert "GB/T 45251-2025" in late.source.title
            assert "GB/T 45251-2025" not in early.source.title
