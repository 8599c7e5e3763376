"""Payouts that wait for the evidence network, and break-glass, as people with a role meet them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.service.attesting.network import FUND, PARTNER, Door, joined, looked
from tests.service.attesting.test_joint_payout import Against, is_booked, later, let_in, standing
from tests.service.bank_copies import database_like
from tests.service.console.browser import Browser, Form, Seen
from tests.service.console.conftest import application
from tests.service.console.test_click_down import unled
from tests.service.loans.asked import opened
from tests.service.small_bank import open_small

from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank

LIST = "/console/awaiting-payouts"
PAGE = f"{LIST}/L-1"
FORM = "/awaiting-payouts/L-1"


@pytest.fixture
def waits(tmp_path: Path, server_url: str, template: str) -> Iterator[tuple[Bank, Door]]:
    """A bank whose joint loan waits, the network being away."""
    with database_like(server_url, template) as url:
        bank = open_small(tmp_path, url)
        door = joined(bank)
        let_in(bank)
        door.away = True
        assert opened(bank).outcome == "awaiting"
        looked(bank, door)
        yield bank, door


def person(bank: Bank, login: str = "zhang") -> Browser:
    browser = Browser(application(bank))
    assert browser.sign_in(login).status == 200
    return browser


def forms(seen: Seen) -> list[Form]:
    """The forms by which glass is broken."""
    return [one for one in seen.reader.forms if one.action.endswith(FORM)]


def broken(browser: Browser, reason: str = "网络自九点起中断") -> Seen:
    return browser.send(browser.get(PAGE).form(FORM, "reason"), reason=reason)


def test_a_payout_that_waits_is_shown_with_what_it_waits_for(waits: tuple[Bank, Door]) -> None:
    bank, _ = waits
    seen = person(bank).get(LIST)
    assert seen.status == 200 and unled(seen.response.text) == []
    assert PAGE in seen.links
    for said in ("12,000.00", "已提议", "0 / 2", "尚无结束的等待"):
        assert said in seen.text
    assert "没有等待存证的放款" not in seen.text and "已超过时限" not in seen.text
    page = person(bank).get(PAGE)
    assert page.status == 200 and unled(page.response.text) == []
    assert "时限未过" in page.text and "尚无人应急放行" in page.text
    assert forms(page) == []
    assert person(bank).get("/console/awaiting-payouts/none").status == 404
    assert str(person(bank).get("/console/loans/L-1").response.url).endswith(PAGE)
    assert person(bank).get("/console/loans/none").status == 404
    with connect(bank.url) as connection:
        reads = connection.execute(
            "SELECT count(*) FROM data.access_log WHERE table_name = 'attesting.waiting'"
            " AND reader = 'console:zhang'"
        ).fetchone()
    assert reads is not None and reads[0] > 0
    english = person(bank)
    english.get(LIST)
    assert "Awaiting payouts" in english.speak("en").text
    assert "The network still has time" in english.get(PAGE).text


def test_two_persons_break_glass_each_as_who_is_signed_in(waits: tuple[Bank, Door]) -> None:
    bank, door = waits
    later(bank, 61)
    first = person(bank)
    assert "1 笔已超过时限" in first.get(LIST).text
    sent = first.get(PAGE).form(FORM, "reason")
    assert set(sent) == {"form_token", "reason"}, "nobody types who it is"
    seen = first.send(sent, reason="网络自九点起中断", person="wang", login="wang", by="wang")
    assert seen.status == 200 and "尚需另一人" in seen.text and unled(seen.response.text) == []
    assert [one.person for one in standing(bank).answered] == ["zhang"]
    assert forms(seen) == [] and not is_booked(bank)
    again = first.post(f"/console{FORM}", sent | {"reason": "网络自九点起中断"})
    assert (again.status, len(standing(bank).answered)) == (200, 1), "sent twice: the first result"
    other = first.post(f"/console{FORM}", sent | {"reason": "另一个事由"})
    assert (other.status, len(standing(bank).answered)) == (400, 1)
    second = person(bank, "wang")
    done = broken(second)
    assert done.status == 200 and unled(done.response.text) == []
    assert "已放款" in done.text and "2 / 2" in done.text and "不再等待" in done.text
    assert is_booked(bank)
    assert standing(bank).waiting.end is not None
    assert "/console/loans/L-1" in done.links
    assert second.get("/console/loans/L-1").status == 200
    listed = second.get(LIST)
    assert "没有等待存证的放款" in listed.text and "应急放行" in listed.text and PAGE in listed.links
    assert (
        second.get("/console/records/attesting.broken_glass?loan_id=L-1").text.count("网络自九点起中断") == 2
    )
    door.away = False
    looked(bank, door, times=2)
    assert "终局" in second.get(PAGE).text
    assert bank.verify().problems == ()


def test_who_may_not_break_glass_cannot(waits: tuple[Bank, Door]) -> None:
    bank, _ = waits
    token = person(bank).get(PAGE).form("/sign-out")["form_token"]
    browser = person(bank)
    own = browser.get(PAGE).form("/sign-out")["form_token"]
    assert token != own
    for sent, status in (
        ({"form_token": own, "reason": "hurry"}, 409),  # it still has time
        ({"form_token": token, "reason": "hurry"}, 403),  # another session's token
        ({"reason": "hurry"}, 403),
    ):
        assert browser.post(f"/console{FORM}", sent, follow=False).status == status
    later(bank, 61)
    sent = browser.get(PAGE).form(FORM, "reason")
    for reason in ("", "  ", "长" * 501):
        assert browser.send(sent, reason=reason).status == 400
    auditor = person(bank, "li")
    page = auditor.get(PAGE)
    assert page.status == 200 and "您的岗位不能应急放行" in page.text and forms(page) == []
    own = page.form("/sign-out")["form_token"]
    refused = auditor.post(f"/console{FORM}", {"form_token": own, "reason": "hurry"})
    assert refused.status == 403
    assert standing(bank).answered == [] and not is_booked(bank)


def test_what_the_network_refuses_is_told_with_its_reasons(waits: tuple[Bank, Door]) -> None:
    bank, door = waits
    for name in (FUND, PARTNER):
        door.lab.places[name].rules = Against("limit_exceeded")
        door.lab.restart(name)
    door.lab.let_pass(1_000)
    door.away = False
    looked(bank, door)
    seen = person(bank).get(PAGE)
    assert seen.status == 200 and unled(seen.response.text) == []
    assert "被拒绝，未放款" in seen.text and seen.text.count("超出可用额度") == 4
    assert FUND in seen.text and PARTNER in seen.text and forms(seen) == []
