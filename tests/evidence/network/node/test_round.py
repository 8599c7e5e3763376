"""A round proves itself: nothing can be slipped in, left out, or moved, by the log's own operator neither."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from tests.evidence.network.node.lab import BANK, BUREAU, FUND, Lab
from tests.faults.network.parties import REFUSED_BY_ONE, REFUSED_BY_TWO, keys_of

from creditloop.evidence.checkpoint import open_checkpoint, sign_checkpoint
from creditloop.evidence.hashing import leaf_hash
from creditloop.evidence.network.node.parties import NodeKeys
from creditloop.evidence.network.node.round import Round, open_round, read_round
from creditloop.evidence.network.node.state import Extension, LogState
from creditloop.evidence.network.record import RefusedError, read_record
from creditloop.evidence.network.verdict import Objection, sign_verdict

KEYS: NodeKeys = keys_of(BANK)


def made(lab: Lab) -> Round:
    """Return a round with a record that two objected to, one that one objected to, and one that all took."""
    records = [
        *lab.records(BANK, documents=[REFUSED_BY_TWO], loan=0),
        *lab.records(BANK, documents=[REFUSED_BY_ONE], loan=1),
        *lab.records(BANK, loan=2),
    ]
    lab.submit(BANK, lab.batch(BANK, records))
    [stored] = lab.nodes[FUND].context.ports.store.rounds(BANK, first=0)
    return read_round(stored.body)


def taken(lab: Lab, round_: Round) -> Extension:
    """Take a round as the first of the bank's log."""
    extension = Extension(LogState(origin=BANK))
    extension.add(open_round(round_, network=lab.network))
    return extension


def resigned(round_: Round, *leaves: bytes) -> Round:
    """Let the operator sign the tree of other leaves."""
    extension = LogState(origin=BANK).tree.grown()
    for leaf in leaves:
        extension.add(leaf_hash(leaf))
    true = open_checkpoint(round_.checkpoint, verifier=KEYS.log.verifier)
    note = sign_checkpoint(replace(true, size=extension.size, root=extension.root()), signer=KEYS.log)
    return msgspec.structs.replace(round_, checkpoint=note)


def bodies(round_: Round) -> list[bytes]:
    """Return a round's records and then its objections."""
    assert round_.batch is not None
    return [bytes(raw) for raw in (*round_.batch.records, *round_.objections)]


def test_what_follows_from_the_verdicts_is_on_the_log(lab: Lab) -> None:
    round_ = made(lab)
    opened = open_round(round_, network=lab.network)
    assert opened.included == (1, 2)
    assert opened.leaves == tuple(bodies(round_)[1:])
    assert len(round_.objections) == 3
    assert taken(lab, round_).tree.root() == opened.checkpoint.root
    assert read_round(round_.body()) == round_


def _slipped_in(round_: Round) -> Round:
    return resigned(round_, *bodies(round_))


def _left_out(round_: Round) -> Round:
    return resigned(round_, *bodies(round_)[2:])


def _objection_left_out(round_: Round) -> Round:
    less = msgspec.structs.replace(round_, objections=round_.objections[:-1])
    return resigned(less, *bodies(less)[1:])


def _objection_changed(round_: Round) -> Round:
    record = read_record(bytes(round_.objections[0]))
    assert not isinstance(record.objection, msgspec.UnsetType)
    softer = msgspec.structs.replace(
        record, objection=msgspec.structs.replace(record.objection, reason="on_a_whim")
    )
    changed = msgspec.structs.replace(round_, objections=(msgspec.Raw(softer.body()), *round_.objections[1:]))
    return resigned(changed, *bodies(changed)[1:])


def _verdict_bought(round_: Round) -> Round:
    """Replace an objecting verdict by an agreeing one that the bank signs itself."""
    verdicts = list(round_.verdicts)
    at = next(place for place, one in enumerate(verdicts) if one.verdict.objections)
    agreeing = msgspec.structs.replace(verdicts[at].verdict, objections=())
    verdicts[at] = sign_verdict(agreeing, signer=KEYS.judge)
    return msgspec.structs.replace(round_, verdicts=tuple(verdicts))


def _own_verdict(round_: Round) -> Round:
    own = msgspec.structs.replace(round_.verdicts[0].verdict, node=BANK, objections=())
    return msgspec.structs.replace(round_, verdicts=(sign_verdict(own, signer=KEYS.judge), *round_.verdicts))


def _verdict_twice(round_: Round) -> Round:
    return msgspec.structs.replace(round_, verdicts=(round_.verdicts[0], *round_.verdicts))


def _verdict_elsewhere(round_: Round) -> Round:
    return msgspec.structs.replace(round_, first=1)


def _no_batch(round_: Round) -> Round:
    return msgspec.structs.replace(round_, batch=None)


def _nothing(round_: Round) -> Round:
    empty = msgspec.structs.replace(round_, batch=None, verdicts=(), objections=())
    return resigned(empty)


def _late_without_objections(round_: Round) -> Round:
    agreeing = next(one for one in round_.verdicts if not one.verdict.objections)
    return msgspec.structs.replace(round_, late=(agreeing,))


def _late_on_nothing(round_: Round) -> Round:
    """Bring an objection to a batch that is not on the log."""
    objecting = next(one for one in round_.verdicts if one.verdict.objections)
    alone = msgspec.structs.replace(
        round_, batch=None, verdicts=(), late=(objecting,), objections=round_.objections[:1]
    )
    return resigned(alone, *map(bytes, alone.objections))


SPOILT: dict[str, Callable[[Round], Round]] = {
    "a refused record is slipped in": _slipped_in,
    "an agreed record is left out": _left_out,
    "an objection is left out": _objection_left_out,
    "an objection's reason is changed": _objection_changed,
    "an objecting verdict is replaced": _verdict_bought,
    "the operator judges too": _own_verdict,
    "a verdict counts twice": _verdict_twice,
    "verdicts are on another size": _verdict_elsewhere,
    "verdicts are on no batch": _no_batch,
    "there is nothing in it": _nothing,
    "a late verdict without objections": _late_without_objections,
    "a late verdict on no batch": _late_on_nothing,
}


@pytest.mark.parametrize("what", list(SPOILT))
def test_an_operator_cannot_bend_a_round(lab: Lab, what: str) -> None:
    round_ = SPOILT[what](made(lab))
    with pytest.raises(RefusedError):
        taken(lab, round_)


def test_a_batch_does_not_come_twice(lab: Lab) -> None:
    lab.grow(BANK)
    state = lab.nodes[FUND].context.states[BANK]
    [stored] = lab.nodes[FUND].context.ports.store.rounds(BANK, first=0)
    round_ = read_round(stored.body)
    with pytest.raises(RefusedError, match="begins elsewhere"):
        Extension(state).add(open_round(round_, network=lab.network))


def test_a_round_of_another_log_is_refused(lab: Lab) -> None:
    round_ = msgspec.structs.replace(made(lab), origin=BUREAU)
    with pytest.raises(RefusedError):
        open_round(round_, network=lab.network)


def test_an_objection_must_name_the_record_it_is_about(lab: Lab) -> None:
    round_ = made(lab)
    signed = next(one for one in round_.verdicts if one.verdict.objections)
    wrong = Objection(index=2, loan="ab" * 32, reason="late", record="cd" * 32)
    verdict = msgspec.structs.replace(signed.verdict, objections=(wrong,))
    forged = sign_verdict(verdict, signer=keys_of(verdict.node).judge)
    verdicts = tuple(forged if one is signed else one for one in round_.verdicts)
    with pytest.raises(RefusedError, match="another record"):
        open_round(msgspec.structs.replace(round_, verdicts=verdicts), network=lab.network)
