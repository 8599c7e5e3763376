"""A node's keys are changed (密钥轮换), with real processes: the logs go on, what was proven stays so."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import psycopg
import pytest
from tests.service.evidence_node.five_nodes import NAMES, FiveNodes, Submitting, five_nodes

from creditloop.evidence.network import (
    Record,
    SignedBatch,
    canonical_form,
    make_batch,
    read_record,
)
from creditloop.evidence.network.node import Outcome, Stage
from creditloop.evidence.signature import CosignatureSigner, Ed25519Signer
from creditloop.kernel.errors import StateError
from creditloop.kernel.storage import connect
from creditloop.service import clock
from creditloop.service.evidence_node import (
    Follower,
    FormOnly,
    NodeCheck,
    NodeClient,
    NodeFolder,
    RunningNode,
    SignedFiles,
    check_new_cards,
    check_store,
    rotate_keys,
)
from creditloop.service.evidence_node.card import CardKeys

BANK, BUREAU, FUND, PARTNER, PAYMENT = NAMES


@pytest.fixture(scope="module")
def nodes(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FiveNodes]:
    """Five parties that run; two of them sign by SM2 too."""
    with five_nodes(tmp_path_factory.mktemp("rotating"), server_url=server_url, sm2=[FUND, PARTNER]) as nodes:
        nodes.start()
        yield nodes


def rotated(nodes: FiveNodes, name: str, *options: str) -> NodeFolder:
    """Stop a node and change its keys by the command."""
    nodes.kill(name)
    folder = nodes.folders[name].folder
    command = [sys.executable, "-m", "creditloop", "evidence", "node", "rotate", str(folder), *options]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert "card.json" in said and f"until {name}" in said
    return NodeFolder(folder, environment={})


def checked(nodes: FiveNodes, name: str) -> NodeCheck:
    """Check what a node holds, as it runs."""
    folder = nodes.folders[name]
    with connect(nodes.url(name)) as connection:
        return check_store(
            connection, name=name, network=folder.trusted().network, signed=SignedFiles(folder.signed)
        )


def join_all(nodes: FiveNodes) -> None:
    """Have all parties join with the cards as they are now, and start anew."""
    nodes.folders = {name: NodeFolder(one.folder, environment={}) for name, one in nodes.folders.items()}
    for name, one in nodes.folders.items():
        if name in nodes.processes:
            nodes.kill(name)
        one.join([other.card for other in nodes.folders.values()], network="five-simulated")
    nodes.start()


def test_a_partys_keys_are_changed_while_its_log_goes_on(nodes: FiveNodes, tmp_path: Path) -> None:
    with closing(NodeClient(nodes.folders[BANK])) as client:
        submitting = Submitting(client=client, loans=3)
        submitting.submit(5, name="before")
        follower = Follower(client, file=tmp_path / "light.json")
        assert {one.origin: one.size for one in follower.follow(now=clock.now())}[BANK] == 5
        loan = next(iter(submitting.heads))
        proven = client.loan_on_log(BANK, loan=loan).steps[0]
        old = client.submitter
    assert rotated(nodes, BANK, "--sm2").keys().node.sm2 is not None
    assert rotated(nodes, FUND, "--no-sm2").keys().node.sm2 is None
    join_all(nodes)
    with closing(NodeClient(nodes.folders[BANK])) as client:
        submitting.client = client
        # the key that was changed submits nothing more
        late = submitting.batch(1, name="late", now=clock.now())
        stolen = make_batch(_records(late), batch="late", at=clock.now(), signer=old)
        assert client.submit(canonical_form(stolen)).outcome is Outcome.WRONG_SIGNATURE
        assert client.submit(canonical_form(late)).outcome is Outcome.DONE
        assert submitting.wait_final("late").stage is Stage.FINAL
        submitting.submit(5, name="after")
        follower = Follower(client, file=tmp_path / "light.json")
        followed = {one.origin: one for one in follower.follow(now=clock.now())}
        assert followed[BANK].size == 11 and not followed[BANK].refused and followed[BANK].fork is None
        # a proof made before the change holds on the log as it is followed now
        assert follower.check_record(proven.proof, proven.body, now=clock.now()).checkpoint.size == 5
        again = client.loan_on_log(BANK, loan=loan)
        note = again.steps[-1].proof.checkpoint
        assert again.steps[0].body == proven.body and note.startswith(f"{BANK}\n11\n")
        # before, the fund and the partner signed by both keys; now the bank and the partner do
        lines = {name: proven.proof.checkpoint.count(f"— {name}") for name in (BANK, FUND, PARTNER)}
        assert lines[BANK] == 1 and {lines[FUND], lines[PARTNER]} <= {0, 2} and sum(lines.values()) > 2
        lines = {name: note.count(f"— {name}") for name in (BANK, FUND, PARTNER)}
        assert lines[BANK] == 2 and lines[FUND] in (0, 1) and lines[PARTNER] in (0, 2)
    deadline = time.monotonic() + 20  # three of the others make it final, the fourth follows
    while {checked(nodes, name).sizes[BANK] for name in NAMES} != {11}:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert not any(checked(nodes, name).problems for name in NAMES)


def _records(batch: SignedBatch) -> list[Record]:
    return [read_record(bytes(raw)) for raw in batch.records]


def test_keys_are_not_changed_while_the_node_runs(nodes: FiveNodes) -> None:
    with pytest.raises(StateError, match="another process signs"):
        rotate_keys(nodes.folders[FUND], url=nodes.url(FUND))


def test_keys_are_not_changed_while_batches_wait_or_the_store_is_not_whole(nodes: FiveNodes) -> None:
    folder, card = nodes.folders[PAYMENT], nodes.folders[PAYMENT].card
    for name in (BUREAU, FUND):  # two of the others are away: nothing of the bank's gets decided
        nodes.kill(name)
    nodes.kill(PARTNER)
    with closing(NodeClient(folder)) as client:
        submitting = Submitting(client=client)
        body = canonical_form(submitting.batch(1, name="waits", now=clock.now()))
        assert client.submit(body).outcome is Outcome.DONE
    nodes.kill(PAYMENT)
    with pytest.raises(StateError, match="batches wait"):
        rotate_keys(folder, url=nodes.url(PAYMENT))
    with psycopg.connect(nodes.url(PAYMENT), autocommit=True) as database:
        database.execute("DELETE FROM node.proposal")
        database.execute("INSERT INTO node.note VALUES ('stranger.example', 0, '', '')")
        with pytest.raises(StateError, match="not as it left it"):
            rotate_keys(folder, url=nodes.url(PAYMENT))
    assert NodeFolder(folder.folder, environment={}).card == card


def test_keys_are_not_changed_without_the_memory_of_what_they_signed(
    nodes: FiveNodes, tmp_path: Path
) -> None:
    """Nobody could say up to where they count: a card made then would take back what they signed."""
    folder = nodes.folders[PAYMENT]
    if PAYMENT in nodes.processes:
        nodes.kill(PAYMENT)
    kept = folder.signed.rename(tmp_path / "signed")
    try:
        with pytest.raises(StateError, match="is not remembered"):
            rotate_keys(folder, url=nodes.url(PAYMENT))
    finally:
        for file in folder.signed.iterdir():
            file.unlink()
        folder.signed.rmdir()
        kept.rename(folder.signed)


def test_a_card_that_takes_back_what_was_signed_is_refused(nodes: FiveNodes) -> None:
    nodes.start(*(name for name in NAMES if name not in nodes.processes))
    with closing(NodeClient(nodes.folders[PARTNER])) as client:
        Submitting(client=client).submit(3, name="to-take-back")
    cards = {name: folder.card for name, folder in nodes.folders.items()}
    partner = cards[PARTNER]
    other = Ed25519Signer.generate(PARTNER)
    keys = CardKeys(
        log=other.verifier.text(),
        witness=CosignatureSigner.generate(f"{PARTNER}/witness").verifier.text(),
        judge=Ed25519Signer.generate(PARTNER).verifier.text(),
        submitters=(Ed25519Signer.generate(f"{PARTNER}/core").verifier.text(),),
    )
    with closing(NodeClient(nodes.folders[BANK])) as client:
        sizes = {log.origin: log.size for log in client.status()[0].logs}
    for until, said in (
        (sizes, ""),
        ({**sizes, PARTNER: sizes[PARTNER] - 1}, PARTNER),
        ({**sizes, PARTNER: 0}, PARTNER),
    ):
        cards[PARTNER] = partner.with_keys(keys, until=until)
        given = list(cards.values())
        assert nodes.folders[BANK].changes_keys(given, network="five-simulated")
        try:
            check_new_cards(nodes.folders[BANK], given, network="five-simulated", url=nodes.url(BANK))
        except StateError as error:
            assert said and said in str(error.got) and "nobody" in error.message
        else:
            assert not said
    cards[PARTNER] = partner
    assert not nodes.folders[BANK].changes_keys(list(cards.values()), network="five-simulated")


def test_a_node_that_was_opened_with_another_card_does_not_sign(nodes: FiveNodes) -> None:
    stale = nodes.folders[PAYMENT]
    if PAYMENT in nodes.processes:
        nodes.kill(PAYMENT)
    before = (stale.folder / "card.json").read_bytes()
    moved = msgspec.structs.replace(stale.card, address="127.0.0.1:9")
    (stale.folder / "card.json").write_bytes(msgspec.json.encode(moved))
    try:
        with pytest.raises(StateError, match="replaced meanwhile"):
            RunningNode(stale, url=nodes.url(PAYMENT), preconditions=FormOnly())
    finally:
        (stale.folder / "card.json").write_bytes(before)
