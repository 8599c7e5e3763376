"""The bank on the evidence network from the command line, with five real node processes (simulated)."""

import json
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.service.attesting.test_joint_payout import let_in
from tests.service.attesting.test_sending import noted
from tests.service.cli.said import Shell
from tests.service.evidence_node.five_nodes import five_nodes
from tests.service.loans.asked import opened

from creditloop.kernel.dates import beijing_date
from creditloop.lend.preconditions import LendPreconditions
from creditloop.service.attesting import KNOWN, KnownFile, attest_pending
from creditloop.service.bank import Bank
from creditloop.service.clock import now
from creditloop.service.evidence_node import NODE, NodeClient

BANK, PARTNER = "bank.example", "partner.example"
JOIN = "evidence network-join --by cro --reason simulated --json"


def test_without_a_node_it_says_so(shell: Shell, in_new_bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NODE, raising=False)
    for line in (JOIN, "evidence network-send"):
        assert shell(line).status == 2
    assert shell("evidence network-pending --json").record["pending"] == 0
    assert shell("lend awaiting --json").record == {"awaiting": []}
    assert shell("evidence network-steps L-1").status == 2
    assert shell("evidence network-withdraw 0 --by zhang --reason simulated").status == 2
    assert shell("lend break-glass L-1 --by zhang --reason hurry --simulated").status == 2


def test_a_joint_loan_is_paid_out_over_five_processes(
    shell: Shell, in_new_bank: Bank, tmp_path: Path, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = replace(in_new_bank, clock=now)
    with five_nodes(tmp_path / "nodes", server_url=server_url) as nodes:
        monkeypatch.setenv(NODE, str(nodes.folders[BANK].folder))
        assert shell(JOIN).record == {"origin": BANK, "submitter": f"{BANK}/core"}
        assert opened(bank, start=beijing_date(now())).outcome == "awaiting"
        away = shell("evidence network-send --json").record
        assert (away["made"], away["final"], away["away"]) == (1, 0, "a node is not there")
        assert shell("evidence network-pending --json").record["under_way"] == 3
        (waits,) = shell("lend awaiting --json").record["awaiting"]  # type: ignore[misc]
        assert (waits["loan_id"], waits["record"], waits["persons"]) == ("L-1", "sent", "0 of 2")
        made_up = shell('lend break-glass L-1 --by x --reason "too early" --simulated')
        assert (made_up.status, "simulated loans only" in made_up.err) == (3, True)
        let_in(bank)
        (batch,) = {step["batch"] for step in shell("evidence network-pending --json").record["steps"]}  # type: ignore[attr-defined]
        withdraw = f"evidence network-withdraw {batch} --by zhang --reason simulated"
        assert shell(withdraw).status == 4, "our node is not there to say that it has not got it"
        nodes.start()
        deadline = time.monotonic() + 60
        while shell("evidence network-pending --json").record["pending"]:
            assert time.monotonic() < deadline
            sent = shell("evidence network-send --for 1 --json")
            assert (sent.status, sent.record["troubles"]) == (0, {})
        assert "is decided cannot be withdrawn" in shell(withdraw).err
    assert shell("lend awaiting --json").record == {"awaiting": []}
    steps = shell("evidence network-steps L-1 --json").record["steps"]
    assert isinstance(steps, list)
    assert [(step["step"], step["stage"], step["sequence"]) for step in steps] == [
        ("decision", "final", 1),
        ("agreement", "final", 2),
        ("payout_order", "final", 3),
        ("payout", "final", 4),
    ]
    assert "payout_order" in shell("evidence network-steps L-1").out
    assert shell("loans show L-1").status == 0
    told_and_known(shell, nodes_folder=nodes.folders[PARTNER].folder, out=tmp_path / "L-1.json")
    assert bank.verify().problems == ()


def test_a_batch_the_node_refuses_is_withdrawn(
    shell: Shell, in_new_bank: Bank, tmp_path: Path, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch was made while the bank's clock stood in the year after."""
    let_in(in_new_bank)
    with five_nodes(tmp_path / "nodes", server_url=server_url) as nodes:
        monkeypatch.setenv(NODE, str(nodes.folders[BANK].folder))
        assert shell(JOIN).status == 0
        noted(in_new_bank, "N-1", 2)
        with closing(NodeClient(nodes.folders[BANK])) as node:
            ahead = replace(in_new_bank, clock=lambda: now() + timedelta(days=400))
            attest_pending(ahead, door=node, signer=node.submitter)
        nodes.start()
        deadline = time.monotonic() + 60
        while (sent := shell("evidence network-send --json").record)["away"]:
            assert time.monotonic() < deadline
        ((batch, answer),) = dict(sent["troubles"]).items()  # type: ignore[call-overload]
        assert answer.startswith("future_dated")
        line = f"evidence network-withdraw {batch} --by zhang --reason clock --json"
        told = shell(line).record
        assert (told["batch"], told["records"], told["by"]) == (batch, 2, "zhang")
        assert shell(line).record == told
        assert str(told["answer"]).startswith("future_dated")
        assert "撤回批次" in shell(line.removesuffix(" --json")).out
        while shell("evidence network-pending --json").record["pending"]:
            assert time.monotonic() < deadline
            assert shell("evidence network-send --for 1 --json").record["troubles"] == {}
    assert in_new_bank.verify().problems == ()


def told_and_known(shell: Shell, *, nodes_folder: Path, out: Path) -> None:
    """What a lender is told goes into its node's folder; what was tampered with does not."""
    assert shell(f"evidence network-tell L-1 --lender partner_bank --out {out} --reason joint").status == 0
    assert out.stat().st_mode & 0o777 == 0o600, "it holds personal data"
    assert shell(f"evidence network-tell L-1 --lender partner_bank --out {out}").status == 3, "once"
    assert shell(f"evidence network-tell L-1 --lender nobody --out {out}.nobody").status == 2
    know = f"evidence know {nodes_folder} {out} --json"
    assert shell(know).record == {"loans": 1, "programmes": 0, "new_loans": 1}
    assert shell(know).record == {"loans": 1, "programmes": 0, "new_loans": 0}
    announced = json.loads(out.read_text("utf-8"))
    (loan,) = announced["loans"]
    knowledge = KnownFile(nodes_folder / KNOWN)
    known = knowledge.find_loan(loan["loan"])
    assert known is not None
    assert (known.programme, known.product, known.amount_fen) == ("joint_line", "retail_line", 840_000)
    assert LendPreconditions(knowledge).knowledge is knowledge
    assert "text" not in (nodes_folder / KNOWN).read_text("utf-8")
    loan["documents"][0]["text"] += " "
    out.write_text(json.dumps(announced), "utf-8")
    assert shell(know).status == 6
    out.write_text("{}{}", "utf-8")
    assert shell(know).status == 2
    assert shell(f"evidence know {out.parent} {out}").status == 2


def test_a_document_is_deleted_by_its_commitment(shell: Shell, in_new_bank: Bank) -> None:
    from tests.service.attesting.network import joined

    from creditloop.kernel.storage import connect
    from creditloop.service.attesting import find_pseudonym

    joined(in_new_bank)
    noted(in_new_bank, "N-1", 1)
    with connect(in_new_bank.url) as connection:
        pseudonym = find_pseudonym(connection, "N-1")
    line = f"evidence network-delete {pseudonym} --by dpo --reason simulated --json"
    assert shell(line).record == {"commitment": pseudonym}
    assert shell(line).status == 0
    assert shell(f"evidence network-delete {'0' * 64} --by dpo --reason simulated").status == 2
    assert in_new_bank.verify().problems == ()
