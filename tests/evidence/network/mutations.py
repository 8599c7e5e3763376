"""Ways to spoil a proof that holds; each gives the log whose policy judges it, the text and the record.

A way that does not fit (there is no path to change in a tree of one record) gives None. Ways that touch one
cosignature are for proofs with exactly the quorum: with one more, a lost one does no harm.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random

from tests.evidence.network.parties import AT, QUORUM, Batch, Party, Proven

from creditloop.evidence.checkpoint import Checkpoint, sign_checkpoint
from creditloop.evidence.network import CosignatureSigner, TlogProof, cosign
from creditloop.evidence.signature import Ed25519Signer

Spoiled = tuple[Party, bytes, bytes]
Way = Callable[[Proven, Sequence[Batch], Random], Spoiled | None]


def flipped(raw: bytes, random: Random) -> bytes:
    place = random.randrange(len(raw) * 8)
    changed = bytearray(raw)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


def _with(proven: Proven, proof: TlogProof, record: bytes | None = None) -> Spoiled:
    return proven.batch.party, proof.text().encode(), proven.record if record is None else record


def _lines(proven: Proven) -> tuple[str, list[str]]:
    """The checkpoint's text with the empty line, and its signature lines, the log's first."""
    text, _, signatures = proven.proof.checkpoint.rpartition("\n\n")
    return f"{text}\n\n", signatures.splitlines(keepends=True)


def _signed_by(proven: Proven, lines: Sequence[str], *, text: str | None = None) -> Spoiled:
    """The proof with other signature lines, written without the checks of `TlogProof`."""
    kept, _ = _lines(proven)
    whole = proven.proof.text().removesuffix(proven.proof.checkpoint) + (text or kept) + "".join(lines)
    return proven.batch.party, whole.encode(), proven.record


def record_bit(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    return _with(proven, proven.proof, flipped(proven.record, random))


def record_cut(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    return _with(proven, proven.proof, proven.record[: random.randrange(len(proven.record))])


def record_grown(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    return _with(proven, proven.proof, proven.record + random.randbytes(random.randint(1, 40)))


def record_of_another_place(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled | None:
    others = [index for index in range(len(proven.batch.records)) if index != proven.proof.index]
    return _with(proven, proven.proof, proven.batch.records[random.choice(others)]) if others else None


def node_as_record(proven: Proven, _: Sequence[Batch], __: Random) -> Spoiled | None:
    """The two hashes under an inner node in place of a record: a leaf must not pass for a node."""
    if not proven.proof.path or proven.proof.index % 2:
        return None
    pair = proven.batch.leaf_hashes[proven.proof.index] + proven.proof.path[0]
    shorter = replace(proven.proof, index=proven.proof.index // 2, path=proven.proof.path[1:])
    return _with(proven, shorter, pair)


def index_changed(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    size = len(proven.batch.records)
    others = [proven.proof.index ^ 1 << random.randrange(13), random.randrange(size), size, 2**62]
    index = random.choice([other for other in others if other != proven.proof.index])
    return _with(proven, replace(proven.proof, index=index))


def path_bit(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled | None:
    path = list(proven.proof.path)
    if not path:
        return None
    place = random.randrange(len(path))
    path[place] = flipped(path[place], random)
    return _with(proven, replace(proven.proof, path=tuple(path)))


def path_cut(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled | None:
    path = list(proven.proof.path)
    if not path:
        return None
    del path[random.randrange(len(path))]
    return _with(proven, replace(proven.proof, path=tuple(path)))


def path_grown(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    path = list(proven.proof.path)
    path.insert(random.randint(0, len(path)), random.randbytes(32))
    return _with(proven, replace(proven.proof, path=tuple(path)))


def path_in_other_order(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled | None:
    path = list(proven.proof.path)
    if len(path) < 2:
        return None
    one, two = random.sample(range(len(path)), 2)
    path[one], path[two] = path[two], path[one]
    return _with(proven, replace(proven.proof, path=tuple(path)))


def checkpoint_bit(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    head = proven.proof.text().removesuffix(proven.proof.checkpoint)
    text, lines = _lines(proven)
    changed = flipped(text.encode(), random)
    return proven.batch.party, head.encode() + changed + "".join(lines).encode(), proven.record


def checkpoint_of_other_size(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    now = proven.batch.checkpoint
    other = replace(now, size=max(0, now.size + random.choice([-1, 1, 1024])))
    return _signed_by(proven, _lines(proven)[1], text=other.text() + "\n")


def checkpoint_of_another_batch(proven: Proven, batches: Sequence[Batch], random: Random) -> Spoiled | None:
    """A checkpoint of the same log that is good in itself, of records among which this one is not."""
    party = proven.batch.party
    others = [batch for batch in batches if batch.party == party and batch != proven.batch]
    note = random.choice(others).cosigned(party.others)
    return _with(proven, replace(proven.proof, checkpoint=note))


def log_signature_bit(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    _text, (own, *others) = _lines(proven)
    return _signed_by(proven, [_with_flipped_bytes(own, random, start=4), *others])


def log_signature_dropped(proven: Proven, _: Sequence[Batch], __: Random) -> Spoiled:
    return _signed_by(proven, _lines(proven)[1][1:])


def log_signature_of_another(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    """Another party's log signs the same text, under its own name or under this log's."""
    other = random.choice(proven.batch.party.others).log
    name = random.choice([other.name, proven.batch.party.log.name])
    line = _lines_of(sign_checkpoint(proven.batch.checkpoint, signer=Ed25519Signer(name, other.seed)))[0]
    return _signed_by(proven, [line, *_lines(proven)[1][1:]])


def cosignature_bit(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    """A bit of a witness's key id, time or signature."""
    lines = _lines(proven)[1]
    place = random.randint(1, QUORUM)
    lines[place] = _with_flipped_bytes(lines[place], random, start=0)
    return _signed_by(proven, lines)


def cosignatures_below_quorum(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    own, *others = _lines(proven)[1]
    kept = random.sample(others, random.randrange(QUORUM))
    return _signed_by(proven, [own, *kept])


def cosignature_repeated(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    own, *others = _lines(proven)[1]
    kept = random.sample(others, QUORUM - 1)
    return _signed_by(proven, [own, *kept, random.choice(kept), kept[0]])


def cosigned_twice_by_one(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    """One witness signs again at another time in place of a third."""
    lines = _lines(proven)[1][:QUORUM]
    again = cosign(
        proven.batch.checkpoint.text(), signer=proven.witnesses[0].witness, at=AT + 60 + random.randrange(999)
    )
    return _signed_by(proven, [*lines, again])


def witness_swapped(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    """Somebody who is no witness of this log signs in place of one: its own operator, or a stranger."""
    lines = _lines(proven)[1]
    place = random.randint(1, QUORUM)
    strangers = [
        proven.batch.party.witness,
        CosignatureSigner("stranger.example", random.randbytes(32)),
        CosignatureSigner(proven.witnesses[place - 1].witness.name, random.randbytes(32)),
    ]
    lines[place] = cosign(proven.batch.checkpoint.text(), signer=random.choice(strangers), at=AT)
    return _signed_by(proven, lines)


def witness_renamed(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    """One witness's signature under the name and key id of the witness that is missing, or of another."""
    lines = _lines(proven)[1][:QUORUM]
    present = proven.witnesses[: QUORUM - 1]
    absent = [party for party in proven.batch.party.others if party not in present]
    shown = random.choice(absent).witness.verifier
    raw = base64.b64decode(lines[1].rpartition(" ")[2])
    encoded = base64.b64encode(shown.key_id + raw[4:]).decode()
    return _signed_by(proven, [*lines, f"— {shown.name} {encoded}\n"])


def cosignature_of_another_checkpoint(
    proven: Proven, batches: Sequence[Batch], random: Random
) -> Spoiled | None:
    """A witness's good cosignature of another checkpoint of the same log, replayed."""
    party = proven.batch.party
    others = [batch for batch in batches if batch.party == party and batch != proven.batch]
    lines = _lines(proven)[1]
    place = random.randint(1, QUORUM)
    witness = proven.witnesses[place - 1].witness
    lines[place] = cosign(random.choice(others).checkpoint.text(), signer=witness, at=AT)
    return _signed_by(proven, lines)


def cosignature_without_time(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    """The witness's key signed the bare text, as a log's key would, with a time put before it."""
    lines = _lines(proven)[1]
    place = random.randint(1, QUORUM)
    witness = proven.witnesses[place - 1].witness
    bare = Ed25519Signer(witness.name, witness.seed).sign(proven.batch.checkpoint.text().encode())
    encoded = base64.b64encode(witness.verifier.key_id + AT.to_bytes(8) + bare).decode()
    lines[place] = f"— {witness.name} {encoded}\n"
    return _signed_by(proven, lines)


def proof_of_another_log(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    return random.choice(proven.batch.party.others), proven.proof.text().encode(), proven.record


def origin_of_another_log(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    """The log signs a checkpoint in another log's name, and all witnesses cosign it."""
    party = proven.batch.party
    now = proven.batch.checkpoint
    false = Checkpoint(origin=random.choice(party.others).log.name, size=now.size, root=now.root)
    lines = [cosign(false.text(), signer=other.witness, at=AT) for other in party.others]
    note = sign_checkpoint(false, signer=party.log) + "".join(lines)
    return _with(proven, replace(proven.proof, checkpoint=note))


def text_bit(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    """Any bit of the file."""
    return proven.batch.party, flipped(proven.proof.text().encode(), random), proven.record


def text_cut(proven: Proven, _: Sequence[Batch], random: Random) -> Spoiled:
    text = proven.proof.text().encode()
    start = random.randrange(len(text))
    return proven.batch.party, text[:start] + text[start + random.randint(1, 200) :], proven.record


def line_feeds_of_windows(proven: Proven, _: Sequence[Batch], __: Random) -> Spoiled:
    return proven.batch.party, proven.proof.text().replace("\n", "\r\n").encode(), proven.record


def _lines_of(note: str) -> list[str]:
    return note.rpartition("\n\n")[2].splitlines(keepends=True)


def _with_flipped_bytes(line: str, random: Random, *, start: int) -> str:
    head, _, encoded = line.rstrip("\n").rpartition(" ")
    raw = base64.b64decode(encoded)
    return f"{head} {base64.b64encode(raw[:start] + flipped(raw[start:], random)).decode()}\n"


WAYS: Mapping[str, Way] = {
    way.__name__: way
    for way in (
        record_bit,
        record_cut,
        record_grown,
        record_of_another_place,
        node_as_record,
        index_changed,
        path_bit,
        path_cut,
        path_grown,
        path_in_other_order,
        checkpoint_bit,
        checkpoint_of_other_size,
        checkpoint_of_another_batch,
        log_signature_bit,
        log_signature_dropped,
        log_signature_of_another,
        cosignature_bit,
        cosignatures_below_quorum,
        cosignature_repeated,
        cosigned_twice_by_one,
        witness_swapped,
        witness_renamed,
        cosignature_of_another_checkpoint,
        cosignature_without_time,
        proof_of_another_log,
        origin_of_another_log,
        text_bit,
        text_cut,
        line_feeds_of_windows,
    )
}
