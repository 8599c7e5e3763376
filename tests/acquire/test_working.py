"""A recorded screening, judged again: the same to the letter; anything else is named."""

from dataclasses import replace

from tests.acquire.whitelist_rows import card, policies, rows, whitelist_with_a_limit

from creditloop.acquire import Policies, Screened, judge_again, screen
from creditloop.kernel.ids import content_id

POLICIES = policies()
CARD = card()
GIVEN = rows(
    {},
    {"months_late_max": 2},
    {"months_late_now": 1},
    {"utilisation_now": 950_000_000},
    {"utilisation_now": None},
    {"has_bill": None},
    {"owed_0_fen": 2**60},
    {"owed_1_fen": None},
)


def recorded(by: Policies = POLICIES) -> list[Screened]:
    """Screenings as the store gives them back."""
    scored = CARD.score_frame(GIVEN.drop("score", "pd_nano")).drop("score_state")
    screened = screen(rows=scored, policies=by)
    batch = content_id("screening", "a test")
    return [Screened(**row, batch_id=batch) for row in screened.iter_rows(named=True)]


def test_every_screening_comes_out_the_same() -> None:
    found = recorded()
    assert len({screened.rule for screened in found}) >= 3
    with_a_limit = policies(whitelist_with_a_limit())
    for screened in recorded(with_a_limit):
        assert judge_again(screened=screened, policies=with_a_limit, card=CARD).differing == {}
    for screened in found:
        working = judge_again(screened=screened, policies=POLICIES, card=CARD)
        assert working.differing == {}, screened.party_id
        assert working.score.score == screened.score
    assert judge_again(screened=found[6], policies=POLICIES, card=CARD).inputs["owed_0_fen"] == 2**60


def test_what_was_changed_since_is_named() -> None:
    screened = replace(recorded()[1], outcome="invited", score=999)
    working = judge_again(screened=screened, policies=POLICIES, card=CARD)
    assert set(working.differing) == {"outcome", "score"}
    assert working.differing["score"][0] == 999


def test_the_working_says_why() -> None:
    working = judge_again(screened=recorded()[2], policies=POLICIES, card=CARD)
    assert [reason.code for reason in working.whitelist.reasons] == ["WL_01"]
    assert "PS_01" in [reason.code for reason in working.portrait.reasons]
    assert {part.feature for part in working.score.parts} == {"months_late_max", "utilisation_now"}
