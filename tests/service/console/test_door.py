"""The door: who comes in, what a form must carry, what every answer says."""

from collections.abc import Mapping

import pytest
from tests.service.console.browser import HOME, SIGN_IN, Browser
from tests.service.console.conftest import application
from tests.service.console.loop_bank import NAMES, WAITING_LOAN

from creditloop.service.bank import Bank
from creditloop.service.console.door import HEADERS, LANGUAGE, SESSION
from creditloop.service.console.screens import SCREENS
from creditloop.service.doors import ACTIONS

ADDRESS = {
    "customer": "/customers/small_cards/4",
    "case": "/cases/small_cards/4",
    "awaiting_payout": f"/awaiting-payouts/{WAITING_LOAN}",
    "rolled": "/rolled?from_state=not_late&to_state=not_late",
    "vintage_loans": "/vintage-loans?paid_out=2025-11",
    "rolled_loans": "/rolled-loans?from_state=dpd_0&to_state=dpd_0",
}


def test_nobody_sees_anything_before_signing_in(browser: Browser) -> None:
    for screen in SCREENS:
        if "{" not in screen.path:
            seen = browser.ask("GET", f"/console{screen.path}", follow=False)
            assert seen.status == 303
            assert seen.response.headers["location"].startswith(SIGN_IN)
    assert browser.ask("POST", "/console/evidence", follow=False).status == 303


def test_signing_in_leads_back_to_what_was_asked_for(browser: Browser) -> None:
    form = browser.get("/console/customers?party=4&page=1").form("/sign-in")
    seen = browser.send(form, login="auditor", password="a long enough password")
    assert seen.status == 200
    assert str(seen.response.url).endswith("/console/customers?party=4&page=1")
    assert NAMES["auditor"] in seen.text


@pytest.mark.parametrize(
    "back", ["https://elsewhere.test/", "//elsewhere.test", "/\\elsewhere.test", "elsewhere", "/\n//e.test"]
)
def test_it_never_leads_elsewhere(browser: Browser, back: str) -> None:
    form = browser.get(SIGN_IN).form("/sign-in")
    seen = browser.send(form, follow=False, login="auditor", password="a long enough password", back=back)
    assert seen.response.headers["location"] == HOME


def test_a_wrong_password_is_refused_and_says_not_which(browser: Browser) -> None:
    wrong, unknown = browser.sign_in("auditor", "not this one, no"), browser.sign_in("nobody", "not this one")
    assert (wrong.status, unknown.status) == (401, 401)
    assert "账号或密码不正确" in wrong.text
    assert wrong.text == unknown.text
    assert SESSION not in browser.cookies
    assert str(browser.get(HOME).response.url).startswith(f"http://bank.test{SIGN_IN}")


def test_who_is_in_is_not_asked_again(signed_in: Mapping[str, Browser]) -> None:
    seen = signed_in["auditor"].ask("GET", f"{SIGN_IN}?back=/customers", follow=False)
    assert seen.status == 303
    assert seen.response.headers["location"] == "/console/customers"


def test_signing_out_ends_the_session(browser: Browser) -> None:
    form = browser.sign_in("auditor").form("/sign-out")
    token = browser.cookies[SESSION]
    assert str(browser.send(form).response.url).endswith(SIGN_IN)
    browser.cookies.set(SESSION, token)  # a copy of the cookie is worth nothing now
    assert browser.ask("GET", HOME, follow=False).status == 303


@pytest.mark.parametrize("token", [None, "", "0" * 64, "another"])
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/evidence", {}),
        ("/language", {"language": "en"}),
        ("/sign-out", {}),
        ("/cases/small_cards/4", {"does": "complaint", "note": "x", "key": "1"}),
    ],
)
def test_a_form_without_its_token_is_refused(
    signed_in: Mapping[str, Browser], path: str, fields: Mapping[str, str], token: str | None
) -> None:
    role = "collector" if path.startswith("/cases") else "auditor"
    sent = {**fields, "spare": "x"} if token is None else {**fields, "form_token": token}
    assert signed_in[role].post(f"/console{path}", sent, follow=False).status == 403
    assert signed_in[role].get(HOME).status == 200


def test_another_sessions_token_is_refused(signed_in: Mapping[str, Browser]) -> None:
    theirs = signed_in["admin"].get("/console/evidence").form("/evidence")["form_token"]
    assert signed_in["auditor"].post("/console/evidence", {"form_token": theirs}).status == 403


def test_signing_in_needs_a_token_too(browser: Browser) -> None:
    browser.get(SIGN_IN)
    sent = {"login": "auditor", "password": "a long enough password", "form_token": "0" * 64}
    assert browser.post(SIGN_IN, sent).status == 403
    assert SESSION not in browser.cookies


def test_an_oversized_form_is_refused(signed_in: Mapping[str, Browser]) -> None:
    form = signed_in["collector"].get("/console/cases/small_cards/4").form("/cases/small_cards/4", "note")
    seen = signed_in["collector"].send(form, does="complaint", note="长" * 50_000)
    assert seen.status == 403


@pytest.mark.parametrize(
    "role", ["strategist", "modeller", "approver", "postloan", "collector", "auditor", "admin"]
)
def test_roles_open_their_screens_and_no_others(signed_in: Mapping[str, Browser], role: str) -> None:
    browser = signed_in[role]
    menu = {link.partition("?")[0] for link in browser.get(HOME).links}
    for screen in SCREENS:
        path = ADDRESS.get(screen.name, screen.path)
        if "{" in path:
            continue
        may = role in ACTIONS[screen.action]
        assert browser.get(f"/console{path}").status == (200 if may else 403), screen.name
        if screen.icon:
            assert (f"/console{screen.path}" in menu) is may, screen.name


def test_every_answer_carries_the_headers(signed_in: Mapping[str, Browser]) -> None:
    for path in (HOME, SIGN_IN, "/console/nothing", "/console/customers", "/console/static/console.css"):
        headers = signed_in["auditor"].ask("GET", path, follow=False).response.headers
        for name, value in HEADERS.items():
            assert headers[name] == value, path
        assert ("no-store" in headers.get("cache-control", "")) is ("static" not in path), path
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_pages_need_nothing_from_elsewhere_and_no_inline_code(signed_in: Mapping[str, Browser]) -> None:
    seen = signed_in["auditor"].get(HOME)
    assert seen.reader.sources
    assert all(source.startswith("/console/static/") for source in seen.reader.sources)
    for inline in ("style=", "onclick", "<style", "javascript:"):
        assert inline not in seen.response.text
    for source in seen.reader.sources:
        assert signed_in["auditor"].get(source).status == 200


def test_cookies_are_kept_from_scripts_and_other_sites(browser: Browser) -> None:
    form = browser.get(SIGN_IN).form("/sign-in")
    seen = browser.send(form, follow=False, login="auditor", password="a long enough password")
    kept = [one.lower() for one in seen.response.headers.get_list("set-cookie") if SESSION in one]
    assert len(kept) == 1
    assert "httponly" in kept[0]
    assert "samesite=lax" in kept[0]
    assert "path=/console" in kept[0]


def test_the_language_is_chosen_and_kept(browser: Browser) -> None:
    browser.sign_in("auditor")
    assert "组合驾驶舱" in browser.get(HOME).text
    seen = browser.speak("en")
    assert "Portfolio cockpit" in seen.text
    assert '<html lang="en">' in seen.response.text
    assert browser.cookies[LANGUAGE] == "en"
    assert "Customers" in browser.get("/console/customers").text
    assert browser.send(seen.form("/language"), language="fr").status == 403


def test_an_unknown_address_is_a_page_of_ours(signed_in: Mapping[str, Browser]) -> None:
    seen = signed_in["auditor"].get("/console/nothing/here")
    assert seen.status == 404
    assert "未找到" in seen.text
    assert signed_in["auditor"].ask("DELETE", HOME).status == 405


def test_a_session_of_a_person_who_is_closed_is_over(loop_bank: Bank) -> None:
    from creditloop.service.doors import close_person

    browser = Browser(application(loop_bank))
    browser.sign_in("auditor")
    with loop_bank.work() as work:
        closed = close_person(work.connection, login="auditor", by="test", now=work.now)
        work.recorded(closed.batch_id)
    assert browser.ask("GET", HOME, follow=False).status == 303
