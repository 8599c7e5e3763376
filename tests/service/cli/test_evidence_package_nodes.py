"""From the bank's steps to a receipt with five node processes between: real HTTPS, the bank's own parts."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.service.cli.said import Shell
from tests.service.evidence_node.five_nodes import NAMES, five_nodes
from tests.service.loans.asked import opened
from tests.service.packaging.attested_loan import STEPS, document

from creditloop.service import clock
from creditloop.service.attesting import attest_pending, find_steps, join_network, note_step
from creditloop.service.bank import Bank
from creditloop.service.evidence_node import NODE, NodeClient

BANK, _, FUND, PARTNER, _ = NAMES
LOAN, WHO = "L-1", "模拟仲裁委员会"
_SECONDS_MOST = 60


def attest(bank: Bank, client: NodeClient) -> None:
    """Note a loan's steps and send them until all are final."""
    with bank.work() as work:
        join_network(work, origin=BANK, submitter=client.submitter.verifier.name, by="test", reason="test")
    for step, kind, names in STEPS:
        documents = [document(name, kind) for name in names]
        with bank.work() as work:
            note_step(work, loan_id=LOAN, step=step, key="1", lenders=1, documents=documents)
    deadline = time.monotonic() + _SECONDS_MOST
    while time.monotonic() < deadline:
        attest_pending(bank, door=client, signer=client.submitter)
        with bank.work() as work:
            steps = find_steps(work.connection, LOAN)
        if all(step.stage == "final" for step in steps):
            return
        time.sleep(0.1)
    raise AssertionError(steps)


def exported_at_last(shell: Shell, line: str) -> dict[str, object]:
    """Export, again while a node is still behind."""
    deadline = time.monotonic() + _SECONDS_MOST
    while True:
        said = shell(line)
        if said.status == 0:
            return said.record
        assert said.status in {3, 4} and time.monotonic() < deadline, (said.out, said.err)
        time.sleep(0.2)


def test_a_package_from_node_processes_arrives_and_is_signed_for(
    in_new_bank: Bank, shell: Shell, server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(in_new_bank, loan_id=LOAN)
    bank = replace(in_new_bank, clock=clock.now)
    monkeypatch.setenv("CREDITLOOP_BANK", str(bank.places.documents))
    with five_nodes(tmp_path / "five", server_url=server_url, sm2=[BANK, FUND]) as nodes:
        nodes.start()
        client = NodeClient(nodes.folders[BANK])
        attest(bank, client)
        client.close()
        own = nodes.folders[BANK].folder
        monkeypatch.setenv(NODE, str(own))
        monkeypatch.chdir(tmp_path)
        line = f"evidence package {LOAN} --reason 仲裁举证 --recipient {WHO} --json"
        told = exported_at_last(shell, f"{line} --out L-1.zip --challenge {'5a' * 32}")
        assert (told["documents"], told["unfinished"], told["number"]) == (9, [], 1)
        for name in (FUND, PARTNER):
            nodes.kill(name)
        refused = shell(f"{line} --out two.zip")
        assert refused.status == 4 and not Path("two.zip").exists()
        nodes.kill(BANK)
        assert shell(f"{line} --out two.zip").status == 4
    network = f"--network {own / 'network.txt'}"
    assert shell(f"evidence verify L-1.zip {network} --challenge {'5a' * 32}").status == 0
    receive = f"evidence receive L-1.zip {network} --recipient {WHO} --key our.key --out receipt.json"
    assert shell(f"{receive} --delivery L-1.zip.delivery.json").status == 0
    assert shell(f"evidence receipt {LOAN} receipt.json --json").record["received_at"]
    found = shell(f"evidence exports {LOAN} --json").record["exports"]
    assert isinstance(found, list) and len(found) == 1
