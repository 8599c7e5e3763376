"""A decision whose source may not be read any more: shown, and what was read of it is withheld."""

import re
from datetime import UTC, datetime

from tests.service.console.browser import Browser
from tests.service.console.conftest import application
from tests.service.console.loop_bank import PASSWORD
from tests.service.http.deciding_bank import decided_parties, review_plan, write_decision_documents
from tests.service.small_bank import CONTRACT, CUSTOMERS, import_and_post, plan_of

from creditloop.data import accesses
from creditloop.data.consents import ConsentGiven, ConsentWithdrawn, record_consent, record_consents
from creditloop.service.admitting.reviewing import review_book
from creditloop.service.bank import Bank
from creditloop.service.doors import create_person
from creditloop.service.lending.limits import take_over_limits

NEEDED = '\nconsent: {purposes: [rule], basis: {title: "the tests"}}\nretention:\n'
COVERED = {
    "contracts": frozenset({CONTRACT}),
    "purposes": frozenset({"rule"}),
    "channel": "branch",
    "evidence": "form/1",
}


def decide(bank: Bank) -> None:
    """Decide about customers all of whom consent to their statements being read for it."""
    folder = bank.places.documents
    file = folder / "contracts" / f"{CONTRACT}.yaml"
    text = file.read_text("utf-8")
    assert text.count("\nretention:\n") == 1
    file.write_text(text.replace("\nretention:\n", NEEDED), "utf-8")
    write_decision_documents(folder)
    import_and_post(bank)
    given = [
        ConsentGiven(
            consent_id=f"given-{number}",
            party_id=f"{CONTRACT}/{number}",
            valid_from=datetime(2025, 1, 1, tzinfo=UTC),
            valid_until=None,
            wording_version="1",
            wording_hash="0" * 64,
            **COVERED,  # type: ignore[arg-type]  # as said above
        )
        for number in range(1, CUSTOMERS + 1)
    ]
    with bank.work() as work:
        work.recorded(record_consents(work.connection, records=given, now=work.now).batch_id)
        create_person(
            work.connection,
            login="approver",
            display_name="审批小明",
            roles=["approver"],
            password=PASSWORD,
            by="test",
            now=work.now,
        )
    with bank.work() as work:
        take_over_limits(work, plan=plan_of(bank))
    with bank.work() as work:
        review_book(work, plan=review_plan(folder))


def test_a_denied_read_withholds_values_and_shows_the_decision(small_bank: Bank) -> None:
    decide(small_bank)
    party = decided_parties(small_bank.places.documents)[0]
    browser = Browser(application(small_bank))
    assert browser.sign_in("approver").status == 200
    with small_bank.work() as work:
        rows = work.connection.execute(
            "SELECT decision_id, batch_id, row_no FROM admit.decision WHERE party_id = %s", [party]
        ).fetchall()
    page = f"/console/decisions/{rows[0][0]}"
    record = f"/console/rows/admit.decision/{rows[0][1]}/{rows[0][2]}"
    before = browser.get(page)
    assert (before.status, "不可读取" in before.response.text) == (200, False)
    assert any("/rows/source." in link for link in before.links)
    assert "utilisation_now" in browser.get(record).response.text
    held = values_of(before.response.text)
    assert held["utilisation_now"] not in ("不予显示", "–")

    with small_bank.work() as work:
        back = ConsentWithdrawn(consent_id="back", party_id=party, **COVERED)  # type: ignore[arg-type]
        work.recorded(record_consent(work.connection, record=back, now=work.now).batch_id)
    after = browser.get(page)
    text = after.response.text
    assert after.status == 200
    assert "does not consent" in text and "不可读取" in text
    assert not any("/rows/source." in link for link in after.links)
    assert set(values_of(text).values()) == {"不予显示"}
    assert values_of(text).keys() == held.keys()
    assert outcome_of(text) == outcome_of(before.response.text)
    shown = browser.get(record)
    assert shown.status == 200
    assert "utilisation_now" not in shown.response.text
    with small_bank.work() as work:
        last = [one for one in accesses(work.connection, party_id=party) if not one.allowed][-1]
    assert (last.reader, last.contract) == ("console:approver", CONTRACT)


def values_of(text: str) -> dict[str, str]:
    """The values the decision was made by, by name, as the page writes them."""
    section = text.partition('id="values"')[2].partition("</section>")[0]
    rows = re.findall(r'<tr><td><span class="code">(\w+)</span>.*?<td class="num">(.*?)</td>', section, re.S)
    assert rows
    return dict(rows)


def outcome_of(text: str) -> str:
    """The page's heading: the customer, and what was decided."""
    return text.partition("<h1>")[2].partition("</h1>")[0]
