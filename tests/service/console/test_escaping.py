"""Hostile text is shown as text, wherever it comes from: addresses, forms, notes, names."""

from collections.abc import Mapping

import pytest
from tests.service.console.browser import Browser
from tests.service.console.conftest import application
from tests.service.console.loop_bank import PASSWORD
from tests.service.small_bank import LATE

from creditloop.service.bank import Bank
from creditloop.service.doors import create_person

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}"


@pytest.mark.parametrize(
    "path",
    [
        "/customers?party=",
        "/customers?month=",
        "/customers/",
        "/decisions?party=",
        "/decisions?batch=",
        "/warnings?signal=",
        "/documents?kind=",
        "/cases?on=",
        "/?month=",
        "/?done=",
        "/nothing/",
        "/records/book.event?party=",
    ],
)
def test_of_an_address(signed_in: Mapping[str, Browser], path: str) -> None:
    from urllib.parse import quote

    seen = signed_in["auditor"].get(f"/console{path}{quote(HOSTILE)}")
    assert seen.status in {200, 400, 404}
    assert "<script>alert" not in seen.response.text
    assert "<img src=x" not in seen.response.text
    assert "49" not in seen.response.text.partition("{{ 7*7 }}")[0][-4:]


def test_of_what_people_wrote(browser: Browser) -> None:
    browser.sign_in("collector")
    path = f"/cases/{LATE}"
    form = browser.get(f"/console{path}").form(path, "note")
    noted = browser.send(form, does="complaint", note=HOSTILE)
    assert noted.status == 200
    assert HOSTILE in noted.text
    for page in (noted, browser.get(f"/console/customers/{LATE}")):
        assert "<script>alert" not in page.response.text
        assert "<b>提醒过多</b>" not in page.response.text


def test_of_a_persons_name(loop_bank: Bank) -> None:
    with loop_bank.work() as work:
        person = create_person(
            work.connection,
            login="odd",
            display_name="<i>甲</i>",
            roles=["auditor"],
            password=PASSWORD,
            by="test",
            now=work.now,
        )
        work.recorded(person.batch_id)
    browser = Browser(application(loop_bank))
    seen = browser.sign_in("odd")
    assert "<i>甲</i>" in seen.text
    assert "<i>甲</i>" not in seen.response.text
