"""A script acts on models: a finding, its answer and closing, sign-off, going live; all simulated."""

from collections.abc import Iterator
from datetime import date

import pytest
from tests.service.oversight_bank import plan_of, write_plan
from tests.service.playing.test_acting import SAID
from tests.service.small_bank import plan_of as book_of

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.kernel.storage import connect
from creditloop.oversight import find_model_acts, find_model_findings, find_models
from creditloop.service.bank import Bank
from creditloop.service.overseeing.measuring import register_card
from creditloop.service.playing.acting import Played, play_entries
from creditloop.service.playing.actors import read_script

HEAD = """\
actors: test
simulated: true
title: {zh: 试, en: test}
source: {title: made up, checked: 2026-11-22}
invitation: card_instalment
people:
  - {name: wang, role: approver, zh: 王, en: Wang}
  - {name: modeller_a, role: modeller, zh: 冯, en: Feng}
  - {name: validator_b, role: modeller, zh: 钱, en: Qian}
entries:
"""
FINDS = (
    f"id: found, on: 2005-07-01, does: raise_finding, by: validator_b, model: limit_review, severity: high,"
    f" due: 2005-07-31, {SAID}"
)


def play(bank: Bank, *entries: str) -> Iterator[Played]:
    lines = "".join(f"  - {{{entry}}}\n" for entry in entries)
    script = read_script(parse_document(HEAD + lines, path="a.yaml"))
    yield from play_entries(bank, plan=book_of(bank), script=script, after=None, until=date(2006, 1, 1))


@pytest.fixture
def registered(review_bank: Bank) -> Bank:
    """A bank whose card is in the register."""
    write_plan(review_bank)
    with review_bank.work() as work:
        register_card(work, plan=plan_of(work))
    return review_bank


def test_what_a_script_does_about_a_model_is_on_record_and_simulated(registered: Bank) -> None:
    entries = [
        FINDS,
        f"id: told, on: 2005-07-02, does: answer_finding, by: modeller_a, about: found, {SAID}",
        f"id: done, on: 2005-07-03, does: close_finding, by: validator_b, about: found, {SAID}",
        f"id: signed, on: 2005-07-04, does: sign_off, by: wang, model: limit_review, {SAID}",
        f"id: live, on: 2005-07-05, does: put_live, by: wang, model: limit_review, {SAID}",
    ]
    assert [one.repeated for one in play(registered, *entries)] == [False] * 5
    assert [one.repeated for one in play(registered, *entries)] == [True] * 5
    with connect(registered.url) as connection:
        (finding,) = find_model_findings(connection)
        acts = find_model_acts(connection)
        (model,) = find_models(connection, on=date(2005, 7, 5))
    assert (finding.state, finding.simulated, finding.text) == ("closed", True, "好 / good")
    assert [(one.act, one.person, one.simulated) for one in acts] == [
        ("signed_off", "wang", True),
        ("put_live", "wang", True),
    ]
    assert (model.state, model.next_review_due) == ("live", date(2005, 10, 4))
    assert registered.verify().problems == ()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (f"id: a, on: 2005-07-04, does: sign_off, by: wang, model: other, {SAID}", "not one model of this"),
        (f"id: a, on: 2005-07-04, does: sign_off, by: modeller_a, model: limit_review, {SAID}", "developer"),
        (f"id: a, on: 2005-07-04, does: answer_finding, by: modeller_a, about: b, {SAID}", "no entry raised"),
        (FINDS.replace("validator_b", "modeller_a"), "raised by the model's validator"),
    ],
)
def test_what_cannot_be_done_about_a_model_names_the_entry(
    registered: Bank, entry: str, message: str
) -> None:
    with pytest.raises(PolicyError, match=message):
        list(play(registered, entry))
