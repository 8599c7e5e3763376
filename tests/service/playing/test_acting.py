"""A script is carried out once: through the bank's own doors, marked simulated, refusals kept."""

from collections.abc import Callable
from datetime import date

import pytest
from tests.service.decided_bank import party, review
from tests.service.lending.test_limits import LIMIT, OUTCOMES
from tests.service.small_bank import plan_of

from creditloop.admit import find_cases
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import ConflictingRepeat, PolicyError
from creditloop.kernel.storage import connect
from creditloop.lend import find_limit_history
from creditloop.recover import contact_counts, find_contact_events
from creditloop.service.answering import answer_all
from creditloop.service.bank import Bank
from creditloop.service.playing.acting import Played, play_entries
from creditloop.service.playing.actors import Script, read_script

HEAD = """\
actors: test
simulated: true
title: {zh: 试, en: test}
source: {title: made up, checked: 2026-11-22}
invitation: card_instalment
people:
  - {name: wang, role: approver, zh: 王, en: Wang}
  - {name: li, role: approver, zh: 李, en: Li}
  - {name: zhao, role: collector, zh: 赵, en: Zhao}
entries:
"""
SAID = "reason: {zh: 好, en: good}"


def script(*entries: str) -> Script:
    return read_script(
        parse_document(HEAD + "".join(f"  - {{{entry}}}\n" for entry in entries), path="a.yaml")
    )


@pytest.fixture
def play(posted_bank: Bank) -> Callable[..., list[Played]]:
    """Carry out entries on the small bank once its review is carried out."""
    review(posted_bank, OUTCOMES)
    answer_all(posted_bank)

    def carry_out(*entries: str) -> list[Played]:
        plan, told = plan_of(posted_bank), script(*entries)
        return list(play_entries(posted_bank, plan=plan, script=told, after=None, until=date(2006, 1, 1)))

    return carry_out


def test_raises_are_answered_by_rule(posted_bank: Bank, play: Callable[..., list[Played]]) -> None:
    entries = [
        "id: a, on: 2005-07-15, does: accept_raise, who: {list: offered, first: 9}",
        "id: b, on: 2005-07-16, does: decline_raise, who: {list: offered, first: 9}",
    ]
    accepted, declined = play(*entries)
    assert (accepted.parties, accepted.done, accepted.repeated) == ((party(3),), 1, False)
    assert declined.parties == ()  # nothing is left on offer
    with connect(posted_bank.url) as connection:
        last = find_limit_history(connection, party_id=party(3))[-1]
    assert (last.kind.value, last.simulated, last.source_ref) == ("raised", True, "test/a")
    again = play(*entries)
    assert [told.repeated for told in again] == [True, True]
    assert again[0].parties == accepted.parties
    with pytest.raises(ConflictingRepeat, match="carried out with other words"):
        play(entries[0].replace("first: 9", "first: 8"))


def test_a_reviewer_decides_and_it_is_carried_out(
    posted_bank: Bank, play: Callable[..., list[Played]]
) -> None:
    (played,) = play(
        f"id: a, on: 2005-07-02, does: decide_case, by: wang, outcome: freeze, {SAID},"
        " who: {list: referred, first: 5, where: {mandate: one_approver}}"
    )
    assert played.parties == (party(2),)
    with connect(posted_bank.url) as connection:
        (state,) = find_cases(connection, party_id=party(2))
        kinds = [event.kind.value for event in find_limit_history(connection, party_id=party(2))]
    assert (state.status, state.outcome, state.simulated, state.limit_fen) == (
        "closed",
        "freeze",
        True,
        LIMIT[2],
    )
    assert kinds == ["granted", "frozen"]


def test_who_complains_is_not_called_and_the_refusal_is_kept(
    posted_bank: Bank, play: Callable[..., list[Played]]
) -> None:
    late = "who: {list: queue, first: 1, where: {route: call}}"
    stopped_one = "who: {list: stopped, first: 1}"
    called, _, refused, night, resolved = play(
        f"id: call, on: 2005-08-10, at: '10:00', does: call, by: zhao, {SAID}, {late}",
        f"id: object, on: 2005-08-10, at: '11:00', does: object, {SAID}, {late}",
        f"id: again, on: 2005-08-10, at: '12:00', does: call, by: zhao, {SAID}, {stopped_one}",
        f"id: night, on: 2005-08-10, at: '23:00', does: message, by: zhao, {SAID}, {late}",
        f"id: done, on: 2005-08-12, at: '12:00', does: resolve, by: zhao, {SAID}, {stopped_one}",
    )
    assert called.done == 1
    (stopped,) = refused.parties
    assert refused.done == 0
    assert refused.refused[stopped] == "this customer may not be contacted now (CT_02)"
    assert all("CT_06" in why for why in night.refused.values())
    assert resolved.parties == (stopped,)
    assert refused.as_record()["refused"] == {"this customer may not be contacted now (CT_02)": 1}
    with connect(posted_bank.url) as connection:
        events = find_contact_events(connection, party_id=stopped)
        counts = contact_counts(connection)
    assert all(event.simulated for event in events)
    assert "again" not in {event.note for event in events}
    assert counts["resolved"] == {"events": 1, "simulated": 1}
    assert not posted_bank.verify().problems


@pytest.mark.parametrize(
    "entry",
    [
        "id: a, on: 2005-07-15, does: accept_invitation, who: {parties: [small_cards/99]}",
        "id: a, on: 2005-07-15, does: accept_raise, who: {parties: [small_cards/99]}",
        f"id: a, on: 2005-07-02, does: decide_case, by: wang, outcome: keep, {SAID},"
        " who: {parties: [nobody]}",
        f"id: a, on: 2005-07-02, does: decide_case, by: wang, outcome: dance, {SAID},"
        " who: {list: referred, first: 1}",
        f"id: a, on: 2005-07-02, at: '10:00', does: resolve, by: li, {SAID}, who: {{parties: [nobody]}}",
    ],
)
def test_what_cannot_be_is_told_with_its_line_and_nothing_is_done(
    posted_bank: Bank, play: Callable[..., list[Played]], entry: str
) -> None:
    with pytest.raises(PolicyError, match="asks for what cannot be") as caught:
        play(entry)
    assert (caught.value.where["file"], caught.value.where["line"]) == ("a.yaml", 11)
    with connect(posted_bank.url) as connection:
        said = connection.execute("SELECT count(*) FROM kernel.fact WHERE kind = 'ActorActed'").fetchone()
    assert said == (0,)
