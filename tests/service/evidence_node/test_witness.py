"""Our node as a witness, asked by a client that was written from the specification: the whole status matrix.

Beside c2sp.org/tlog-witness our node wants the records behind a checkpoint: `POST /rounds` before, else 503;
it asks for a party's certificate, and a log's extension lines are not among the checkpoints it signs.
"""

import base64
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from threading import Barrier

import pytest
from tests.service.evidence_node.five_nodes import NAMES, FiveNodes, five_nodes
from tests.service.evidence_node.witness_client import (
    OutsideLog,
    Reply,
    RoundMaker,
    SigningKey,
    WitnessKey,
    WitnessLine,
    checkpoint_text,
    consistency_proof,
    leaf_hash,
    request_body,
    tls_context,
)

BANK, BUREAU, FUND, PARTNER, PAYMENT = NAMES
SIZE_TYPE = "text/x.tlog.size"


@pytest.fixture(scope="module")
def nodes(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FiveNodes]:
    """The bank's node runs, as a witness; the other parties are the tests' client."""
    with five_nodes(tmp_path_factory.mktemp("witness"), server_url=server_url) as nodes:
        nodes.start(BANK)
        yield nodes


def line_of(nodes: FiveNodes, party: str) -> WitnessLine:
    """A new connection of a party to the witness."""
    folder = nodes.folders[party]
    key, certificate = folder.folder / "client.key", folder.folder / "client.pem"
    if not key.exists():
        key.write_text(folder.keys().tls, "ascii")
        certificate.write_text(folder.card.certificate, "ascii")
    card = nodes.folders[BANK].card
    context = tls_context(witness=card.certificate, certificate_file=str(certificate), key_file=str(key))
    host, _, port = card.address.rpartition(":")
    return WitnessLine(host, int(port), context)


@pytest.fixture(scope="module")
def logs(nodes: FiveNodes) -> Iterator[dict[str, OutsideLog]]:
    """The other parties' logs, each grown by the tests that use it."""
    keys = {name: nodes.folders[name].keys() for name in NAMES}
    witness = WitnessKey.from_text(nodes.folders[BANK].card.witness)
    logs = {}
    for name in NAMES[1:]:
        maker = RoundMaker(
            log=SigningKey.from_text(keys[name].node.log.text()),
            submitter=SigningKey.from_text(keys[name].submitter.text()),
            judges=[
                SigningKey.from_text(keys[other].node.judge.text())
                for other in NAMES
                if other not in (name, BANK)
            ],
        )
        logs[name] = OutsideLog(maker, line_of(nodes, name), witness)
    yield logs
    for log in logs.values():
        log.line.close()


@pytest.fixture
def log(logs: dict[str, OutsideLog]) -> OutsideLog:
    """A log of five entries at least."""
    log = logs[PARTNER]
    while log.size < 5:
        log.grow(2 if log.size else 3)
    return log


def is_conflict(reply: Reply, size: int) -> bool:
    """Whether a reply says: another size, namely this."""
    return (reply.status, reply.media_type, reply.text) == (409, SIZE_TYPE, f"{size}\n")


# 200


def test_a_log_grows_and_every_checkpoint_is_cosigned(log: OutsideLog) -> None:
    before = time.time()
    for number in (1, 2, 5, 1):
        reply = log.grow(number)
        assert reply.media_type.startswith("text/plain")
        (at,) = log.witness.times(reply.text, checkpoint_text(log.origin, log.hashes))
        assert int(before) <= at <= time.time()
    assert log.witnessed_size() == log.size


def test_a_replayed_request_is_cosigned_again(log: OutsideLog) -> None:
    hashes, rounds = log.grown(3)
    request = log.request(hashes)
    log.line.stage(rounds)
    assert log.line.add_checkpoint(request).status == 200
    log.hashes = hashes
    assert is_conflict(
        log.line.add_checkpoint(request), log.size
    )  # from the old size it is not next any more
    again = request_body(log.size, [], log.note())
    replies = [log.line.add_checkpoint(again) for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 200]
    assert all(log.witness.verifies(reply.text, checkpoint_text(log.origin, hashes)) for reply in replies)


def test_who_brings_a_checkpoint_does_not_matter(log: OutsideLog, nodes: FiveNodes) -> None:
    other = line_of(nodes, FUND)
    reply = other.add_checkpoint(request_body(log.size, [], log.note()))
    assert reply.status == 200 and log.witness.verifies(reply.text, checkpoint_text(log.origin, log.hashes))
    other.close()


def test_signatures_of_unknown_keys_are_ignored(log: OutsideLog) -> None:
    text = checkpoint_text(log.origin, log.hashes)
    strangers = [SigningKey.fresh("stranger.example"), SigningKey.fresh(log.origin)]
    lines = [key.line(text) for key in strangers]
    note = f"{text}\n{lines[0]}{log.maker.log.line(text)}{lines[1]}"
    assert log.line.add_checkpoint(request_body(log.size, [], note)).status == 200


def test_an_empty_log_is_cosigned_from_nothing(logs: dict[str, OutsideLog]) -> None:
    empty = logs[BUREAU]
    reply = empty.line.add_checkpoint(request_body(0, [], empty.note()))
    assert reply.status == 200
    assert empty.witness.verifies(reply.text, checkpoint_text(empty.origin, []))


def test_several_rounds_are_staged_once_and_cosigned_one_by_one(log: OutsideLog) -> None:
    size = log.size
    hashes, rounds = log.grown(2, 1, 3)
    log.line.stage(rounds)
    for after in (size + 2, size + 3, size + 6):
        assert log.line.add_checkpoint(log.request(hashes[:after])).status == 200
        log.hashes = hashes[:after]


def test_what_was_cosigned_outlives_a_kill(log: OutsideLog, nodes: FiveNodes) -> None:
    log.grow(2)
    forked = [*log.hashes[:-1], leaf_hash(b"another")]
    nodes.kill(BANK)
    nodes.start(BANK)
    assert log.witnessed_size() == log.size
    reply = log.line.add_checkpoint(request_body(log.size, [], log.note()))
    assert reply.status == 200
    old = log.line.add_checkpoint(request_body(log.size - 2, [], log.note(forked[: log.size - 2])))
    assert is_conflict(old, log.size)
    log.grow()


# 503, which the specification does not have


def test_without_the_records_there_is_no_cosignature_yet(log: OutsideLog) -> None:
    hashes, rounds = log.grown(2)
    request = log.request(hashes)
    reply = log.line.add_checkpoint(request)
    assert reply.status == 503 and "/rounds" in reply.text
    assert log.witnessed_size() == log.size
    log.line.stage(rounds)
    assert log.line.add_checkpoint(request).status == 200
    log.hashes = hashes


# 400

PROOF_LINE = base64.b64encode(bytes(32)).decode()
MALFORMED: dict[str, tuple[str, str]] = {
    "nothing": (r"(?s).*", ""),
    "no old size": (r"\Aold \d+\n", ""),
    "old size in words": (r"\Aold \d+", "old many"),
    "leading zero": (r"\Aold ", "old 0"),
    "plus sign": (r"\Aold ", "old +"),
    "minus sign": (r"\Aold ", "old -"),
    "two spaces": (r"\Aold ", "old  "),
    "tab": (r"\Aold ", "old\t"),
    "capital": (r"\Aold ", "Old "),
    "fraction": (r"\A(old \d+)", r"\1.0"),
    "space after": (r"\A(old \d+)", r"\1 "),
    "other digits": (r"\Aold \d+", "old ٣"),
    "too many digits": (r"\A(old )\d+", r"\g<1>" + "9" * 30),
    "beyond 63 bits": (r"\A(old )\d+", r"\g<1>9999999999999999999"),
    "carriage return": (r"\A(old \d+)\n", "\\1\r\n"),
    "empty line first": (r"\A", "\n"),
    "no empty line": (r"\A(old \d+)\n\n", r"\1\n"),
    "not base64": (r"\A(old \d+)\n", r"\1\n???\n"),
    "31 bytes": (r"\A(old \d+)\n", rf"\1\n{base64.b64encode(bytes(31)).decode()}\n"),
    "33 bytes": (r"\A(old \d+)\n", rf"\1\n{base64.b64encode(bytes(33)).decode()}\n"),
    "no padding": (r"\A(old \d+)\n", rf"\1\n{PROOF_LINE.rstrip('=')}\n"),
    "unused bits": (r"\A(old \d+)\n", rf"\1\n{PROOF_LINE[:-2]}B=\n"),
    "url-safe base64": (r"\A(old \d+)\n", r"\1\n" + "-" * 42 + "A=\n"),
    "space after a hash": (r"\A(old \d+)\n", rf"\1\n{PROOF_LINE} \n"),
    "64 hashes": (r"\A(old \d+)\n", r"\1\n" + f"{PROOF_LINE}\n" * 64),
    "no checkpoint": (r"(?s)\A(old \d+\n\n).*", r"\1"),
    "no signature": (r"\n\n— .*\n", "\n"),
    "size in words": (r"(example\n)\d+", r"\1many"),
    "size with a zero": (r"(example\n)(\d+)", r"\g<1>0\2"),
    "negative size": (r"(example\n)(\d+)", r"\g<1>-\2"),
    "root of 31 bytes": (r"(example\n\d+\n).*", r"\1" + base64.b64encode(bytes(31)).decode()),
    "no root": (r"(example\n\d+\n).*\n", r"\1"),
    "signature is no base64": (r"— (\S+) \S+", r"— \1 ***"),
    "another dash": ("— ", "- "),
    "no line feed at the end": (r"\n\Z", ""),
}


@pytest.mark.parametrize("how", MALFORMED)
def test_malformed_requests_are_refused(log: OutsideLog, how: str) -> None:
    pattern, new = MALFORMED[how]
    good = request_body(log.size, [], log.note()).decode()
    bad = re.sub(pattern, new, good, count=1)
    assert bad != good
    reply = log.line.add_checkpoint(bad.encode())
    assert reply.status == 400, (bad, reply)
    assert log.line.add_checkpoint(good.encode()).status == 200


def test_what_is_not_utf8_is_refused(log: OutsideLog) -> None:
    good = request_body(log.size, [], log.note())
    assert log.line.add_checkpoint(good.replace(b"\xe2\x80\x94", b"\xe2\x80")).status == 400


def test_too_large_a_request_is_refused(log: OutsideLog) -> None:
    body = request_body(log.size, [], log.note() + log.maker.log.line("x") * 2_000)
    assert len(body) > 131_072
    assert log.line.add_checkpoint(body).status == 400


def test_an_old_size_above_the_checkpoint_is_refused(log: OutsideLog) -> None:
    for old_size in (log.size + 1, log.size + 1_000):
        assert log.line.add_checkpoint(request_body(old_size, [], log.note())).status == 400
    smaller = log.note(log.hashes[:2])
    assert log.line.add_checkpoint(request_body(log.size, [], smaller)).status == 400


def test_sixty_three_hashes_are_read(log: OutsideLog) -> None:
    hashes, _ = log.grown(1)
    body = request_body(log.size, [bytes(32)] * 63, log.note(hashes))
    assert log.line.add_checkpoint(body).status == 422


def test_other_methods_are_refused(log: OutsideLog) -> None:
    assert log.line.ask("GET", "/add-checkpoint").status == 405


# 403, 404


def test_a_checkpoint_its_log_did_not_sign_is_refused(log: OutsideLog, nodes: FiveNodes) -> None:
    hashes, rounds = log.grown(1)
    log.line.stage(rounds)
    text = checkpoint_text(log.origin, hashes)
    good = log.maker.log.line(text)
    raw = bytearray(base64.b64decode(good.split(" ")[2]))
    raw[40] ^= 1
    other = SigningKey.from_text(nodes.folders[FUND].keys().node.log.text())
    bad_lines = {
        "changed": f"— {log.origin} {base64.b64encode(raw).decode()}\n",
        "of another text": log.maker.log.line(checkpoint_text(log.origin, log.hashes)),
        "of an unknown key": SigningKey.fresh(log.origin).line(text),
        "of another name": SigningKey(f"{log.origin}.x", log.maker.log.private).line(text),
        "of another log": other.line(text),
        "of a submitter": log.maker.submitter.line(text),
    }
    proof = consistency_proof(log.size, hashes)
    for how, line in bad_lines.items():
        reply = log.line.add_checkpoint(request_body(log.size, proof, f"{text}\n{line}"))
        assert reply.status == 403, (how, reply)
    assert log.witnessed_size() == log.size
    assert log.line.add_checkpoint(log.request(hashes)).status == 200
    log.hashes = hashes


def test_the_signature_is_looked_at_before_the_sizes(log: OutsideLog) -> None:
    text = checkpoint_text(log.origin, log.hashes)
    note = f"{text}\n{SigningKey.fresh(log.origin).line(text)}"
    for old_size in (0, log.size - 1, log.size, log.size + 1):
        assert log.line.add_checkpoint(request_body(old_size, [], note)).status == 403


def test_unknown_logs_are_not_found(log: OutsideLog) -> None:
    for origin in ("nobody.example", BANK, f"{log.origin}/2", "日志.example"):
        text = checkpoint_text(origin, log.hashes)
        note = f"{text}\n{SigningKey(origin, log.maker.log.private).line(text)}"
        assert log.line.add_checkpoint(request_body(0, [], note)).status == 404, origin


# 409


def test_another_old_size_is_told_ours(log: OutsideLog) -> None:
    hashes, rounds = log.grown(4)
    log.line.stage(rounds)
    for old_size in (0, 1, log.size - 1, log.size + 1, log.size + 4):
        reply = log.line.add_checkpoint(log.request(hashes, old_size=old_size))
        assert is_conflict(reply, log.size), old_size
    assert log.line.add_checkpoint(log.request(hashes)).status == 200
    log.hashes = hashes


def test_an_older_checkpoint_is_not_cosigned_again(log: OutsideLog) -> None:
    for size in (1, log.size - 1):
        reply = log.line.add_checkpoint(request_body(size, [], log.note(log.hashes[:size])))
        assert is_conflict(reply, log.size)
    assert is_conflict(log.line.add_checkpoint(request_body(0, [], log.note([]))), log.size)


def test_a_log_never_seen_has_size_nothing(logs: dict[str, OutsideLog]) -> None:
    empty = logs[BUREAU]
    hashes, _ = empty.grown(3)
    assert is_conflict(empty.line.add_checkpoint(empty.request(hashes, old_size=2)), 0)
    assert is_conflict(empty.line.add_checkpoint(request_body(3, [], empty.note(hashes))), 0)


def test_the_same_size_with_another_root_is_a_conflict(logs: dict[str, OutsideLog]) -> None:
    forked = logs[PAYMENT]
    forked.grow(3)
    hashes = [*forked.hashes[:2], leaf_hash(b"another")]
    reply = forked.line.add_checkpoint(request_body(3, [], forked.note(hashes)))
    assert is_conflict(reply, 3)
    # both checkpoints together are the proof of a fork: nothing of this log is cosigned any more
    after, rounds = forked.grown(1)
    forked.line.stage(rounds)
    assert is_conflict(forked.line.add_checkpoint(forked.request(after)), 3)
    assert is_conflict(forked.line.add_checkpoint(request_body(3, [], forked.note())), 3)


def test_an_empty_tree_has_one_root(logs: dict[str, OutsideLog]) -> None:
    empty = logs[BUREAU]
    text = f"{empty.origin}\n0\n{base64.b64encode(bytes(32)).decode()}\n"
    reply = empty.line.add_checkpoint(request_body(0, [], f"{text}\n{empty.maker.log.line(text)}"))
    assert is_conflict(reply, 0)


# 422


def test_wrong_proofs_are_refused(log: OutsideLog) -> None:
    while log.size < 7:
        log.grow()
    hashes, rounds = log.grown(6)
    log.line.stage(rounds)
    right = consistency_proof(log.size, hashes)
    assert len(right) > 1
    wrong: dict[str, Sequence[bytes]] = {
        "none": [],
        "one short": right[:-1],
        "one more": [*right, bytes(32)],
        "changed": [right[0][:-1] + bytes([right[0][-1] ^ 1]), *right[1:]],
        "turned round": right[::-1],
        "of another size": consistency_proof(log.size - 2, hashes),
        "to another size": consistency_proof(log.size, hashes[:-1]),
    }
    for how, proof in wrong.items():
        if proof == right:
            continue
        reply = log.line.add_checkpoint(request_body(log.size, proof, log.note(hashes)))
        assert reply.status == 422, (how, reply)
    another = [*log.hashes[:-1], leaf_hash(b"another"), *hashes[log.size :]]
    fork = request_body(log.size, consistency_proof(log.size, another), log.note(another))
    assert log.line.add_checkpoint(fork).status == 422
    assert log.witnessed_size() == log.size
    assert log.line.add_checkpoint(log.request(hashes)).status == 200
    log.hashes = hashes


def test_a_proof_between_equal_sizes_is_empty(log: OutsideLog) -> None:
    reply = log.line.add_checkpoint(request_body(log.size, [bytes(32)], log.note()))
    assert reply.status == 422


def test_from_nothing_the_proof_is_empty(logs: dict[str, OutsideLog]) -> None:
    empty = logs[BUREAU]
    hashes, rounds = empty.grown(3)
    empty.line.stage(rounds)
    for proof in ([bytes(32)], [hashes[0]], hashes[:2]):
        assert empty.line.add_checkpoint(request_body(0, proof, empty.note(hashes))).status == 422
    assert empty.witnessed_size() == 0


def test_records_that_lead_elsewhere_are_refused(log: OutsideLog) -> None:
    (hashes, _), (_, others) = log.grown(2), log.grown(2)
    log.line.stage(others)
    assert log.line.add_checkpoint(log.request(hashes)).status == 422
    later, rounds = log.grown(1, 1)
    log.line.stage(rounds[1:])
    assert log.line.add_checkpoint(log.request(later)).status == 422
    assert log.witnessed_size() == log.size


def test_rounds_are_staged_by_their_own_log_and_well_formed(log: OutsideLog, nodes: FiveNodes) -> None:
    _, rounds = log.grown(1)
    other = line_of(nodes, FUND)
    assert other.stage(rounds).status == 403
    assert log.line.stage([]).status == 403
    for bad in (b"", b"{}", b"[1]", b"[" * 10_000, b"\xff", b"[" + rounds[0][:-1] + b"]"):
        assert log.line.ask("POST", "/rounds", bad).status == 400, bad[:20]
    assert log.line.stage([rounds[0].replace(b'"v":1}', b'"v":1 }')]).status == 400
    other.close()


# the rollback race


def raced(lines: Sequence[WitnessLine], requests: Sequence[tuple[bytes, Sequence[bytes]]]) -> list[Reply]:
    """Send requests at the same moment, each on its own line, its rounds staged just before if any."""
    start = Barrier(len(requests))

    def send(line: WitnessLine, body: bytes, rounds: Sequence[bytes]) -> Reply:
        start.wait()
        if rounds:
            line.stage(rounds)
        return line.add_checkpoint(body)

    with ThreadPoolExecutor(len(requests)) as pool:
        sent = [pool.submit(send, line, *request) for line, request in zip(lines, requests, strict=True)]
        return [one.result() for one in sent]


def test_of_two_sizes_at_once_one_is_cosigned(logs: dict[str, OutsideLog], nodes: FiveNodes) -> None:
    """The race of the specification: one request with size N, one with N + K, both from the same old size."""
    log, lines = logs[FUND], [line_of(nodes, FUND) for _ in range(2)]
    for number in range(40):
        hashes, rounds = log.grown(1, 2)
        log.line.stage(rounds)
        sizes = [log.size + 1, log.size + 3] if number % 2 else [log.size + 3, log.size + 1]
        requests = [(log.request(hashes[:size]), ()) for size in sizes]
        replies = raced(lines, requests)
        assert sorted(reply.status for reply in replies) == [200, 409]
        winner = replies[0].status == 409
        assert is_conflict(replies[not winner], sizes[winner])
        log.hashes = hashes[: sizes[winner]]
        assert log.witness.verifies(replies[winner].text, checkpoint_text(log.origin, log.hashes))
        assert log.witnessed_size() == log.size  # never rolled back
    for line in lines:
        line.close()


def test_of_two_histories_at_once_one_is_cosigned(logs: dict[str, OutsideLog], nodes: FiveNodes) -> None:
    """The same by a log that lies: two continuations that exclude each other."""
    log, lines = logs[FUND], [line_of(nodes, FUND) for _ in range(4)]
    cosigned: list[list[bytes]] = []
    for _ in range(40):
        stories = [log.grown(size) for size in (1, 2, 4, 7)]
        requests = [(log.request(hashes), rounds) for hashes, rounds in stories]
        replies = raced(lines, requests)
        assert {reply.status for reply in replies} <= {200, 409, 422, 503}
        winners = [at for at, reply in enumerate(replies) if reply.status == 200]
        assert len(winners) <= 1
        for at in winners:
            log.hashes = stories[at][0]
            assert log.witness.verifies(replies[at].text, checkpoint_text(log.origin, log.hashes))
            cosigned.append(log.hashes)
        assert log.witnessed_size() == log.size
    assert len(cosigned) >= 10
    for earlier, later in pairwise(cosigned):
        assert later[: len(earlier)] == earlier
    for line in lines:
        line.close()


def test_a_file_of_the_client_holds_nothing_of_ours() -> None:
    text = Path(__file__).with_name("witness_client.py").read_text("utf-8")
    modules = re.findall(r"^\s*(?:from|import) (\w+)", text, re.MULTILINE)
    assert "creditloop" not in modules and "tests" not in modules
