"""The witness protocol's statuses (C2SP tlog-witness, add-checkpoint), and that a refusal leaves nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from tests.evidence.network.node.lab import BANK, BUREAU, FUND, PAYMENT, Lab
from tests.faults.network.parties import keys_of, submitter_of

from creditloop.evidence.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from creditloop.evidence.hashing import EMPTY_ROOT
from creditloop.evidence.network.cosignature import open_cosigned
from creditloop.evidence.network.node import (
    MESSAGE_BYTES_MAX,
    STATUS,
    Append,
    Outcome,
    Propose,
    message_bytes,
    read_answer,
    read_request,
)
from creditloop.evidence.network.node.round import read_round
from creditloop.evidence.network.record import instant_text
from creditloop.evidence.signature import Ed25519Signer


def pushed(lab: Lab, *, rounds: int = 1) -> Append:
    """Let the bank's log grow while the fund is away; return what the fund would be asked."""
    lab.grow(BANK, 2)
    lab.away = {FUND}
    lab.grow(BANK, rounds)
    lab.away = set()
    node = lab.nodes[BANK]
    state = node.context.states[BANK]
    stored = list(node.context.ports.store.rounds(BANK, first=2))
    return Append(
        checkpoint=state.base,
        old_size=2,
        proof=tuple(hash_.hex() for hash_ in state.tree.consistency(2, state.size)),
        rounds=tuple(msgspec.Raw(one.body) for one in stored),
        sent_at=node.context.now_text(),
    )


def resigned(push: Append, *, signer: Ed25519Signer | None = None, **changed: object) -> Append:
    """Sign another checkpoint into a request, and into its last round."""
    name = push.checkpoint.partition("\n")[0]
    log = keys_of(name).log
    checkpoint = replace(open_checkpoint(push.checkpoint, verifier=log.verifier), **changed)  # type: ignore[arg-type]
    note = sign_checkpoint(checkpoint, signer=signer or log)
    last = msgspec.structs.replace(read_round(bytes(push.rounds[-1])), checkpoint=note)
    return msgspec.structs.replace(
        push, checkpoint=note, rounds=(*push.rounds[:-1], msgspec.Raw(last.body()))
    )


def changed(**fields: object) -> Callable[[Append], Append]:
    """Return how a request's fields are changed."""
    return lambda push: msgspec.structs.replace(push, **fields)


REFUSED: dict[str, tuple[Callable[[Append], Append], Outcome, int]] = {
    "an unknown log": (
        lambda push: msgspec.structs.replace(
            push, checkpoint=push.checkpoint.replace("bank.example\n", "nobody.example\n", 1)
        ),
        Outcome.UNKNOWN_ORIGIN,
        404,
    ),
    "the witness's own log": (
        lambda push: msgspec.structs.replace(
            push, checkpoint=push.checkpoint.replace("bank.example\n", "fund.example\n", 1)
        ),
        Outcome.UNKNOWN_ORIGIN,
        404,
    ),
    "another key": (
        lambda push: resigned(push, signer=Ed25519Signer(BANK, bytes(32))),
        Outcome.WRONG_SIGNATURE,
        403,
    ),
    "a changed checkpoint": (
        lambda push: msgspec.structs.replace(push, checkpoint=push.checkpoint.replace("\n3\n", "\n4\n")),
        Outcome.WRONG_SIGNATURE,
        403,
    ),
    "an old size above the checkpoint's": (changed(old_size=4), Outcome.OLD_SIZE_ABOVE, 400),
    "an old size below ours": (changed(old_size=1), Outcome.SIZE_DIFFERS, 409),
    "an old size of zero": (changed(old_size=0, proof=()), Outcome.SIZE_DIFFERS, 409),
    "an old size above ours": (changed(old_size=3, proof=()), Outcome.SIZE_DIFFERS, 409),
    "no proof": (changed(proof=()), Outcome.PROOF_WRONG, 422),
    "a wrong proof": (changed(proof=("ab" * 32,)), Outcome.PROOF_WRONG, 422),
    "another root": (lambda push: resigned(push, root=bytes(32)), Outcome.PROOF_WRONG, 422),
    "no records": (changed(rounds=()), Outcome.RECORDS_MISSING, 503),
    "a record twice": (
        lambda push: msgspec.structs.replace(push, rounds=push.rounds * 2),
        Outcome.ROUND_WRONG,
        422,
    ),
    "a changed record": (
        lambda push: msgspec.structs.replace(
            push,
            rounds=(msgspec.Raw(bytes(push.rounds[0]).replace(b'"sequence":3', b'"sequence":4')),),
        ),
        Outcome.WRONG_SIGNATURE,
        403,
    ),
    "verdicts left out": (
        lambda push: msgspec.structs.replace(
            push,
            rounds=(
                msgspec.Raw(
                    msgspec.structs.replace(
                        (last := read_round(bytes(push.rounds[0]))), verdicts=last.verdicts[:2]
                    ).body()
                ),
            ),
        ),
        Outcome.ROUND_WRONG,
        422,
    ),
    "the same root at the same size, old size too": (
        lambda push: resigned(msgspec.structs.replace(push, old_size=2, proof=()), size=2, root=bytes(32)),
        Outcome.ROOT_DIFFERS,
        409,
    ),
    "a size of zero with another root than the empty one": (
        lambda push: resigned(msgspec.structs.replace(push, old_size=0, proof=()), size=0, root=bytes(32)),
        Outcome.ROOT_DIFFERS,
        409,
    ),
    "sent too long ago": (changed(sent_at="2026-03-02T00:50:00.000000Z"), Outcome.REPLAYED, 409),
    "sent in the future": (changed(sent_at="2026-03-02T01:10:00.000000Z"), Outcome.FUTURE_DATED, 422),
    "no instant": (changed(sent_at="2026-13-02T01:10:00.000000Z"), Outcome.MALFORMED, 400),
}


@pytest.mark.parametrize("what", list(REFUSED))
def test_what_is_refused_has_its_status_and_leaves_an_audit_line(lab: Lab, what: str) -> None:
    change, outcome, status = REFUSED[what]
    push = change(pushed(lab))
    place = lab.places[FUND]
    before, lines = bytes(place.disk.data), len(place.lines)
    answer = lab.asked(BANK, FUND, message_bytes(push))
    assert (answer.outcome, STATUS[answer.outcome]) == (outcome, status)
    assert answer.cosignature == ""
    if status == 409 and outcome is Outcome.SIZE_DIFFERS:
        assert answer.size == 2
    else:
        assert len(place.lines) > lines
    if outcome is not Outcome.ROOT_DIFFERS:  # a proof of the fork is all that is kept then
        assert bytes(place.disk.data) == before
    assert lab.nodes[FUND].context.states[BANK].size == 2


def test_what_is_right_is_cosigned_and_kept(lab: Lab) -> None:
    push = pushed(lab, rounds=3)
    answer = lab.asked(BANK, FUND, message_bytes(push))
    assert (answer.outcome, answer.size) == (Outcome.DONE, 5)
    cosigned = open_cosigned(
        push.checkpoint + answer.cosignature,
        log=lab.network.party(BANK).log,
        witnesses=[lab.network.party(FUND).witness],
    )
    assert cosigned.checkpoint.size == 5
    assert list(cosigned.times.values()) == [int(lab.places[FUND].now().timestamp())]
    assert lab.restart(FUND).context.states[BANK].size == 5


def test_the_same_again_gives_the_same_cosignature(lab: Lab) -> None:
    push = pushed(lab)
    first = lab.asked(BANK, FUND, message_bytes(push))
    stale = lab.asked(BANK, FUND, message_bytes(push))
    assert (stale.outcome, stale.size) == (Outcome.SIZE_DIFFERS, 3)
    lab.time_ms += 60_000
    again = msgspec.structs.replace(push, old_size=3, proof=(), rounds=())
    assert lab.asked(BANK, FUND, message_bytes(again)).cosignature == first.cosignature
    lab.restart(FUND)
    assert lab.asked(BANK, FUND, message_bytes(again)).cosignature == first.cosignature


def test_an_older_checkpoint_does_not_roll_back(lab: Lab) -> None:
    """The race of the specification: the request of size 4 arrives after that of size 5."""
    push = pushed(lab, rounds=3)
    older = msgspec.structs.replace(
        push, checkpoint=read_round(bytes(push.rounds[1])).checkpoint, rounds=push.rounds[:2], proof=()
    )
    tree = lab.nodes[BANK].context.states[BANK].tree
    older = msgspec.structs.replace(older, proof=tuple(hash_.hex() for hash_ in tree.consistency(2, 4)))
    assert lab.asked(BANK, FUND, message_bytes(push)).size == 5
    answer = lab.asked(BANK, FUND, message_bytes(older))
    assert (answer.outcome, answer.size) == (Outcome.SIZE_DIFFERS, 5)


def test_an_empty_log_is_cosigned(lab: Lab) -> None:
    note = sign_checkpoint(Checkpoint(origin=BANK, size=0, root=EMPTY_ROOT), signer=keys_of(BANK).log)
    request = Append(
        checkpoint=note, old_size=0, proof=(), rounds=(), sent_at=instant_text(lab.places[BANK].now())
    )
    assert lab.asked(BANK, FUND, message_bytes(request)).outcome is Outcome.DONE


def proposal(lab: Lab) -> Propose:
    """Return a proposal of the bank's that nobody has seen."""
    return Propose(batch=lab.batch(BANK), sent_at=instant_text(lab.places[BANK].now()), size=0)


def test_a_verdict_is_given_once(lab: Lab) -> None:
    request = message_bytes(proposal(lab))
    first = lab.asked(BANK, FUND, request)
    assert first.verdict is not None
    lab.time_ms += 5_000
    assert lab.asked(BANK, FUND, request).verdict == first.verdict
    lab.restart(FUND)
    assert lab.asked(BANK, FUND, request).verdict == first.verdict


PROPOSALS: dict[str, tuple[Callable[[Lab, Propose], Propose], str, Outcome]] = {
    "on top of another size": (
        lambda _, one: msgspec.structs.replace(one, size=7),
        BANK,
        Outcome.SIZE_DIFFERS,
    ),
    "for somebody else": (lambda _, one: one, BUREAU, Outcome.WRONG_SENDER),
    "by a stranger": (lambda _, one: one, "nobody.example", Outcome.WRONG_SENDER),
    "of its own log": (
        lambda lab, one: msgspec.structs.replace(one, batch=lab.batch(FUND)),
        FUND,
        Outcome.WRONG_SENDER,
    ),
    "with another's signature": (
        lambda lab, one: msgspec.structs.replace(
            one, batch=msgspec.structs.replace(one.batch, signature=lab.batch(BANK).signature)
        ),
        BANK,
        Outcome.WRONG_SIGNATURE,
    ),
    "with a batch of the future": (
        lambda lab, one: msgspec.structs.replace(one, batch=_future(lab)),
        BANK,
        Outcome.FUTURE_DATED,
    ),
    "by no submitter of the log": (
        lambda lab, one: msgspec.structs.replace(one, batch=_foreign(lab)),
        BANK,
        Outcome.UNKNOWN_KEY,
    ),
}


def _future(lab: Lab):  # type: ignore[no-untyped-def]
    lab.places[BANK].off = timedelta(minutes=10)
    batch = lab.batch(BANK)
    lab.places[BANK].off = timedelta(0)
    return batch


def _foreign(lab: Lab):  # type: ignore[no-untyped-def]
    batch = lab.batch(PAYMENT)
    header = msgspec.structs.replace(batch.header, origin=BANK, submitter=submitter_of(PAYMENT).name)
    return msgspec.structs.replace(batch, header=header)


@pytest.mark.parametrize("what", list(PROPOSALS))
def test_a_proposal_that_does_not_hold_is_not_judged(lab: Lab, what: str) -> None:
    change, sender, outcome = PROPOSALS[what]
    place = lab.places[FUND]
    before = bytes(place.disk.data)
    answer = lab.asked(sender, FUND, message_bytes(change(lab, proposal(lab))))
    assert (answer.outcome, answer.verdict) == (outcome, None)
    assert bytes(place.disk.data) == before


def test_a_batch_that_is_on_the_log_is_a_replay(lab: Lab) -> None:
    lab.grow(BANK)
    [(_, _, request, answer)] = [
        one for one in lab.seen if one[1] == FUND and isinstance(read_request(one[2]), Propose)
    ]
    assert lab.asked(BANK, FUND, request).verdict == read_answer(answer).verdict, "the first answer again"
    old = read_request(request)
    assert isinstance(old, Propose)
    later = message_bytes(msgspec.structs.replace(old, size=1))
    assert lab.asked(BANK, FUND, later).outcome is Outcome.REPLAYED


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"", Outcome.MALFORMED),
        (b"{}", Outcome.MALFORMED),
        (b"\xff\xfe", Outcome.MALFORMED),
        (b'{"type":"propose"}', Outcome.MALFORMED),
        (b'{"type":"erase"}', Outcome.MALFORMED),
        (b"[" * 100_000, Outcome.MALFORMED),
        (b" " * (MESSAGE_BYTES_MAX + 1), Outcome.OVERSIZED),
    ],
    ids=["nothing", "empty", "no text", "no fields", "no such request", "deep", "oversized"],
)
def test_what_is_no_message_is_refused(lab: Lab, body: bytes, outcome: Outcome) -> None:
    before = bytes(lab.places[FUND].disk.data)
    assert lab.asked(BANK, FUND, body).outcome is outcome
    assert bytes(lab.places[FUND].disk.data) == before
    assert lab.places[FUND].lines[-1].what == outcome


def test_every_outcome_has_a_status() -> None:
    assert set(STATUS) == set(Outcome)
    assert set(STATUS.values()) == {200, 400, 403, 404, 409, 422, 503}
