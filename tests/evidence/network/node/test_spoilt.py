"""Messages with some bytes changed: a node answers every one of them, and takes nothing it should not."""

from random import Random

import pytest
from tests.evidence.network.node.lab import BANK, FUND, Lab

from creditloop.evidence.network.node import Answer, Outcome, message_bytes, read_answer, read_request

TRIES = 150
KINDS = ["Append", "FetchHashes", "FetchRounds", "Gossip", "Propose"]


def spoilt(body: bytes, draw: Random) -> bytes:
    """Change, cut or double some bytes."""
    way, at = draw.randrange(4), draw.randrange(len(body))
    if way == 0:
        return body[:at]
    if way == 1:
        return body[:at] + body[at : at + draw.randint(1, 40)] + body[at:]
    if way == 2:
        return body[:at] + bytes([draw.randrange(256)]) + body[at + 1 :]
    digit = bytes([draw.choice(b"0123456789abcdef")])
    return body[:at] + digit + body[at + 1 :]


@pytest.fixture
def busy(lab: Lab) -> Lab:
    """Let all kinds of messages go to the fund, which lost its store in between."""
    lab.grow(BANK, 2)
    lab.places[FUND].disk.put_back(0)
    lab.restart(FUND)
    lab.let_pass(3_000)
    lab.away = {FUND}
    lab.grow(BANK)
    lab.away = set()
    return lab


@pytest.mark.parametrize("kind", KINDS)
def test_no_spoilt_request_breaks_a_node(busy: Lab, kind: str) -> None:
    draw = Random(kind)
    bodies = [one[2] for one in busy.seen if type(read_request(one[2])).__name__ == kind]
    assert bodies
    place = busy.places[FUND]
    for number in range(TRIES):
        body = spoilt(draw.choice(bodies), draw)
        before, lines = bytes(place.disk.data), len(place.lines)
        answer = busy.asked(BANK, FUND, body)
        if answer.outcome not in (Outcome.DONE, Outcome.SIZE_DIFFERS):
            assert bytes(place.disk.data) == before, (number, body)
            assert len(place.lines) > lines
    busy.let_pass(5_000)
    states = [node.context.states[BANK] for node in busy.nodes.values()]
    assert {(state.size, state.final_size) for state in states} == {(3, 3)}
    assert not any(node.context.contradictions for node in busy.nodes.values())


@pytest.mark.parametrize("kind", KINDS)
def test_no_spoilt_answer_breaks_a_node(busy: Lab, kind: str) -> None:
    """Every answer of one party is spoilt; the other three are enough."""
    draw = Random(kind)
    honest = busy.nodes[FUND].handle

    def spoiling(body: bytes, *, sender: str) -> bytes:
        answer = honest(body, sender=sender)
        return spoilt(answer, draw) if type(read_request(body)).__name__ == kind else answer

    busy.nodes[FUND].handle = spoiling  # type: ignore[method-assign]
    for _ in range(4):
        busy.grow(BANK)
    busy.let_pass(4_000)
    others = [node.context.states[BANK] for name, node in busy.nodes.items() if name != FUND]
    assert {(state.size, state.final_size) for state in others} == {(7, 7)}
    assert not any(node.context.contradictions for node in busy.nodes.values())


def test_a_log_without_entries_has_nothing_cosigned(lab: Lab) -> None:
    """Somebody says that our log has seven entries; it has none, and we ask nobody to cosign nothing."""
    honest = lab.nodes[FUND].handle

    def boasting(body: bytes, *, sender: str) -> bytes:
        if type(read_request(body)).__name__ == "Propose":
            return message_bytes(Answer(outcome=Outcome.SIZE_DIFFERS, size=7))
        return honest(body, sender=sender)

    lab.nodes[FUND].handle = boasting  # type: ignore[method-assign]
    lab.submit(BANK, lab.batch(BANK))
    lab.let_pass(3_000)
    assert lab.nodes[BANK].context.states[BANK].final_size == 1
    answers = [read_answer(one[3]).outcome for one in lab.seen if one[0] == BANK]
    assert Outcome.UNKNOWN_ORIGIN not in answers
