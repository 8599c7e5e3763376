"""A limit's life as a table: one row a step, the state at the end; the changes always make up the limit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lend.limit_rows import MIGRATED, REVIEWED, decision_id

from creditloop.kernel.errors import BookError, InputError, OutOfOrder
from creditloop.lend import LimitEvent, LimitState, check_limit_history
from creditloop.lend.limits import answered, frozen, granted, kept, offered

SOURCE = "test"
DECISION = decision_id("p1")
Step = Callable[[LimitState], LimitEvent]


def _offer(state: LimitState, limit: int = 600) -> LimitEvent:
    return offered(
        state=state, limit_fen=limit, occurred_on=REVIEWED, decision_id=DECISION, source_ref=SOURCE
    )


def _answer(state: LimitState, accepted: bool) -> LimitEvent:
    return answered(state=state, accepted=accepted, occurred_on=REVIEWED, source_ref=SOURCE, simulated=True)


STEPS: dict[str, Step] = {
    "offer": _offer,
    "accept": lambda state: _answer(state, True),
    "decline": lambda state: _answer(state, False),
    "keep": lambda state: kept(state=state, occurred_on=REVIEWED, decision_id=DECISION, source_ref=SOURCE),
    "freeze": lambda state: frozen(
        state=state, occurred_on=REVIEWED, decision_id=DECISION, source_ref=SOURCE
    ),
}


def begin(limit: int = 500) -> LimitEvent:
    return granted(party_id="p1", limit_fen=limit, occurred_on=MIGRATED, source_ref=SOURCE)


def play(*names: str) -> list[LimitEvent]:
    events = [begin()]
    for name in names:
        events.append(STEPS[name](events[-1].after))
    return events


LIVES = [
    # steps → kinds told, limit, frozen, on offer
    ("", "granted", 500, False, None),
    ("keep", "granted kept", 500, False, None),
    ("offer", "granted offered", 500, False, 600),
    ("offer accept", "granted offered raised", 600, False, None),
    ("offer decline", "granted offered declined", 500, False, None),
    ("offer keep", "granted offered kept", 500, False, None),
    ("offer freeze", "granted offered frozen", 500, True, None),
    ("freeze", "granted frozen", 500, True, None),
    ("freeze freeze", "granted frozen frozen", 500, True, None),
    ("freeze keep", "granted frozen released", 500, False, None),
    ("freeze keep keep", "granted frozen released kept", 500, False, None),
    ("offer offer accept", "granted offered offered raised", 600, False, None),
    ("offer accept freeze", "granted offered raised frozen", 600, True, None),
]


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life[0] or "granted only")
def test_a_life_of_a_limit(life: tuple[str, str, int, bool, int | None]) -> None:
    steps, kinds, limit, is_frozen, on_offer = life
    events = play(*steps.split())
    check_limit_history(events)
    state = events[-1].after
    assert " ".join(event.kind.value for event in events) == kinds
    assert (state.limit_fen, state.frozen, state.offered_fen) == (limit, is_frozen, on_offer)


NOT_NOW = [
    ("accept", "no raise is on offer"),
    ("decline", "no raise is on offer"),
    ("offer accept accept", "no raise is on offer"),
    ("offer keep accept", "no raise is on offer"),
    ("offer freeze accept", "no raise is on offer"),
    ("freeze offer", "a frozen limit is not raised"),
]


@pytest.mark.parametrize(("steps", "message"), NOT_NOW)
def test_what_cannot_be_now(steps: str, message: str) -> None:
    with pytest.raises(OutOfOrder, match=message):
        play(*steps.split())


def test_a_limit_is_taken_over_once_and_not_below_0() -> None:
    with pytest.raises(OutOfOrder, match="has a limit already"):
        granted(party_id="p1", limit_fen=1, occurred_on=MIGRATED, source_ref=SOURCE, state=begin().after)
    with pytest.raises(InputError, match="a limit below 0"):
        begin(-1)


@pytest.mark.parametrize("limit", [500, 499, 0, -1])
def test_a_raise_is_above_the_limit(limit: int) -> None:
    with pytest.raises(InputError, match="must be above the limit"):
        _offer(begin().after, limit)


def test_only_the_answer_of_the_customer_is_marked_simulated() -> None:
    assert [event.simulated for event in play("offer", "accept")] == [False, False, True]


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
def test_the_changes_always_make_up_the_limit(names: list[str]) -> None:
    events = [begin()]
    for name in names:
        try:
            events.append(STEPS[name](events[-1].after))
        except (OutOfOrder, InputError):
            continue  # refused: nothing happened
    check_limit_history(events)
    assert sum(event.change_fen for event in events) == events[-1].after.limit_fen
    assert [event.after.sequence for event in events] == list(range(1, len(events) + 1))


def test_a_history_that_does_not_add_up_is_found() -> None:
    events = play("offer", "accept")
    with pytest.raises(BookError, match="a limit event is missing"):
        check_limit_history([events[0], events[2]])
    with pytest.raises(BookError, match="do not make up the limit"):
        check_limit_history([*events[:2], replace(events[2], change_fen=events[2].change_fen + 1)])


def test_days_are_kept() -> None:
    assert [event.occurred_on for event in play("keep")] == [date(2005, 4, 30), date(2005, 6, 30)]
