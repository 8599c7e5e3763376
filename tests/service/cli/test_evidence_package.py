"""A package on the command line: exported, verified, compared, received, written down; and every refusal."""

import json
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.service.cli.said import Said, Shell
from tests.service.loans.asked import opened
from tests.service.packaging.recorded_loan import RecordedLoan, digest

from creditloop.evidence.signature import Ed25519Signer
from creditloop.service import clock
from creditloop.service.bank import Bank
from creditloop.service.cli import evidence_package
from creditloop.service.packaging import Packager
from creditloop.service.places import Places

LOAN, WHO = "L-1", "模拟仲裁委员会"
CHALLENGE = "5a" * 32
NOW = datetime(2026, 3, 9, tzinfo=UTC)


@pytest.fixture
def recorded(in_new_bank: Bank, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RecordedLoan:
    """A bank with a loan, whose node stands in this process; the network's file beside."""
    opened(in_new_bank, loan_id=LOAN)
    recorded = RecordedLoan(LOAN).live()

    @contextmanager
    def packager_at(places: Places) -> Iterator[Packager]:
        assert places.documents == in_new_bank.places.documents.resolve()
        yield recorded.packager

    monkeypatch.setattr(evidence_package, "packager_at", packager_at)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDITLOOP_BANK", str(in_new_bank.places.documents))
    Path("network.txt").write_text(recorded.trusted.text(), "utf-8")
    return recorded


@pytest.fixture
def exported(recorded: RecordedLoan, shell: Shell) -> Said:
    said = shell(f"evidence package {LOAN} --reason 仲裁举证 --recipient {WHO} --out L-1.zip --json")
    assert (said.status, said.err) == (0, "")
    return said


def only_export(shell: Shell) -> dict[str, object]:
    found = shell(f"evidence exports {LOAN} --json").record["exports"]
    assert isinstance(found, list) and len(found) == 1
    return dict(found[0])


def test_what_is_exported_verifies_and_is_told(exported: Said, shell: Shell) -> None:
    file = Path("L-1.zip").read_bytes()
    told = exported.record
    assert (told["sha256"], told["size"], told["number"]) == (digest(file), len(file), 1)
    assert (told["reason"], told["recipient"], told["documents"]) == ("仲裁举证", WHO, 6)
    assert stat.S_IMODE(Path("L-1.zip").stat().st_mode) == 0o600
    for command in ("verify-package L-1.zip", "verify L-1.zip"):
        said = shell(f"evidence {command} --network network.txt --json")
        assert (said.status, said.record["holds"], said.record["problems"]) == (0, True, [])
        assert said.record["sha256"] == digest(file)
        assert len(said.record["records"]) == 7  # type: ignore[arg-type]
    said = shell("evidence verify L-1.zip --network network.txt")
    assert said.status == 0
    assert "核验通过" in said.out and "Verifies: loan L-1" in said.out and "limit" not in said.err
    one = only_export(shell)
    assert (one["sha256"], one["received_at"]) == (digest(file), None)


@pytest.mark.parametrize("file", ["evidence_reader", "evidence_nodes"])
def test_readers_and_nodes_load_nothing_of_the_bank(file: str) -> None:
    loaded = (
        f"import sys, creditloop.service.cli.program as program; program.build_app(['{file}']);"
        "print([name for name in sys.modules if name.startswith('creditloop.') and name.split('.')[1] in"
        " ('book', 'lend', 'data', 'risk', 'world')], 'creditloop.service.bank' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert said.stdout == "[] False\n"


def test_verifying_opens_no_bank(exported: Said, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDITLOOP_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.delenv("CREDITLOOP_BANK")
    assert shell("evidence verify L-1.zip --network network.txt").status == 0
    assert shell("evidence compare L-1.zip . --partial").status == 6


@pytest.mark.parametrize("at", [100, 5_000, 40_000, -30])
def test_a_changed_byte_is_named_with_status_6(exported: Said, shell: Shell, at: int) -> None:
    body = bytearray(Path("L-1.zip").read_bytes())
    body[at] ^= 1
    Path("L-1.zip").write_bytes(body)
    said = shell("evidence verify L-1.zip --network network.txt --json")
    assert said.status == 6
    assert said.record["problems"] and not said.record["holds"]
    for problem in said.record["problems"]:  # type: ignore[attr-defined]
        assert problem["code"] and problem["meaning"]
    said = shell("evidence verify-package L-1.zip --network network.txt")
    assert said.status == 6 and "核验未通过" in said.out and "Does not verify" in said.out


def test_freshness_is_the_readers_to_ask(recorded: RecordedLoan, shell: Shell) -> None:
    words = f"evidence package {LOAN} --reason x --recipient y --out L-1.zip --challenge {CHALLENGE}"
    assert shell(words).status == 0
    check = "evidence verify L-1.zip --network network.txt"
    assert shell(f"{check} --challenge {CHALLENGE}").status == 0
    assert shell(f"{check} --challenge {'6b' * 32}").status == 6
    assert shell(f"{check} --not-before 2026-03-02T09:00+08:00").status == 0
    assert shell(f"{check} --not-before 2026-03-02T09:01+08:00").status == 6
    for wrong in ("--challenge 5a", "--not-before yesterday", "--not-before 2026-03-02T09:00"):
        assert shell(f"{check} {wrong}").status == 2
    assert "可能另有更新的证据包" in shell(check).out


def test_cosignatures_of_the_future_do_not_verify(
    exported: Said, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 1, tzinfo=UTC))
    said = shell("evidence verify L-1.zip --network network.txt --json")
    assert said.status == 6


def test_documents_are_compared_with_their_originals(exported: Said, shell: Shell) -> None:
    originals = Path("originals")
    with zipfile.ZipFile("L-1.zip") as archive:
        for name in archive.namelist():
            if name.startswith("documents/"):
                archive.extract(name, originals)
    compare = "evidence compare L-1.zip originals"
    said = shell(f"{compare} --network network.txt --json")
    assert (said.status, said.record["same"]) == (0, True)
    assert {one["result"] for one in said.record["documents"]} == {"same"}  # type: ignore[attr-defined]
    agreement = originals / "documents" / "002-agreement.pdf"
    agreement.rename(originals / "合同扫描件.pdf")
    (originals / "unrelated.txt").write_text("unrelated", "utf-8")
    assert shell(compare).status == 0
    (originals / "合同扫描件.pdf").unlink()
    assert shell(compare).status == 6
    assert shell(f"{compare} --partial").status == 0
    payout = originals / "documents" / "004-statement.pdf"
    payout.write_bytes(payout.read_bytes()[:-1] + b"?")
    said = shell(f"{compare} --partial --json")
    assert said.status == 6
    (different,) = [one for one in said.record["documents"] if one["result"] == "different"]  # type: ignore[attr-defined]
    assert (different["file"], different["first_difference"]) == (
        "004-statement.pdf",
        len(payout.read_bytes()) - 1,
    )
    assert shell("evidence compare L-1.zip nowhere").status == 2


def test_a_package_is_signed_for_and_the_receipt_written_down(exported: Said, shell: Shell) -> None:
    receive = f"evidence receive L-1.zip --network network.txt --recipient {WHO} --key our.key"
    said = shell(f"{receive} --delivery L-1.zip.delivery.json --out receipt.json --json")
    assert (said.status, said.record["key_is_new"]) == (0, True)
    assert stat.S_IMODE(Path("our.key").stat().st_mode) == 0o600
    public = str(said.record["key"])
    Path("our.pub").write_text(public, "utf-8")
    told = shell(f"evidence receipt {LOAN} receipt.json --key our.pub --json")
    assert (told.status, told.record["received_key"], told.record["received_key_known"]) == (0, public, True)
    assert told.record["received_at"] == NOW.isoformat()
    assert shell(f"evidence receipt {LOAN} receipt.json").status == 0  # again: nothing new
    one = only_export(shell)
    assert one["received_at"] == NOW.isoformat()
    again = shell(f"{receive} --out second.json --json")
    assert (again.status, again.record["key"], again.record["key_is_new"]) == (0, public, False)
    assert shell(f"{receive} --out second.json").status == 3


def test_a_receipt_of_anything_else_is_refused(exported: Said, shell: Shell) -> None:
    receive = "evidence receive L-1.zip --network network.txt --key our.key"
    assert shell(f"{receive} --recipient 别人 --out other.json").status == 0
    assert shell(f"evidence receipt {LOAN} other.json").status == 2
    said = shell(f"{receive} --recipient 别人 --delivery L-1.zip.delivery.json --out x.json")
    assert said.status == 2 and "somebody else" in said.err and not Path("x.json").exists()
    assert shell(f"{receive} --recipient {WHO} --out receipt.json").status == 0
    receipt = json.loads(Path("receipt.json").read_text("utf-8"))
    receipt["receipt"]["package"] = "ab" * 32
    text = json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    Path("forged.json").write_text(text, "utf-8")
    said = shell(f"evidence receipt {LOAN} forged.json")
    assert said.status == 6 and "does not verify" in said.err
    Path("theirs.pub").write_text(Ed25519Signer.generate("theirs").verifier.text(), "utf-8")
    assert shell(f"evidence receipt {LOAN} receipt.json --key theirs.pub").status == 6
    Path("no.pub").write_text("nothing", "utf-8")
    assert shell(f"evidence receipt {LOAN} receipt.json --key no.pub").status == 2
    assert shell("evidence receipt L-2 receipt.json").status == 2
    assert shell(f"evidence receipt {LOAN} L-1.zip").status == 2


def test_nothing_is_signed_for_what_does_not_verify(exported: Said, shell: Shell) -> None:
    body = bytearray(Path("L-1.zip").read_bytes())
    body[5_000] ^= 1
    Path("L-1.zip").write_bytes(body)
    said = shell(f"evidence receive L-1.zip --network network.txt --recipient {WHO} --key k --out r.json")
    assert said.status == 6 and "核验未通过" in said.out
    assert not Path("r.json").exists() and not Path("k").exists()


def test_a_delivery_of_another_package_is_refused(exported: Said, shell: Shell) -> None:
    assert shell(f"evidence package {LOAN} --reason 再次 --recipient {WHO} --out two.zip").status == 0
    receive = f"evidence receive two.zip --network network.txt --recipient {WHO} --key k --out r.json"
    said = shell(f"{receive} --delivery L-1.zip.delivery.json")
    assert said.status == 6 and "another package" in said.err
    text = Path("two.zip.delivery.json").read_text("utf-8").replace(WHO, "别人")
    Path("forged.json").write_text(text, "utf-8")
    said = shell(f"{receive} --delivery forged.json")
    assert said.status == 6 and "nobody of the network signed" in said.err
    assert not Path("r.json").exists()


def test_a_file_that_is_there_is_never_written_over(recorded: RecordedLoan, shell: Shell) -> None:
    Path("L-1.zip").write_text("mine", "utf-8")
    words = f"evidence package {LOAN} --reason x --recipient y --out"
    assert shell(f"{words} L-1.zip").status == 3
    assert shell(f"{words} nowhere/L-1.zip").status == 2
    assert Path("L-1.zip").read_text("utf-8") == "mine"
    assert shell(f"evidence exports {LOAN} --json").record["exports"] == []


def test_documents_are_withheld_by_kind(recorded: RecordedLoan, shell: Shell) -> None:
    recorded.refused()
    said = shell(
        f"evidence package {LOAN} --reason x --recipient y --out L-1.zip --withhold decision"
        " --withhold contact --json"
    )
    assert (said.status, said.record["withheld"], said.record["documents"]) == (0, 2, 4)
    assert said.record["unfinished"] == [{"step": "payout", "stage": "refused"}]
    told = shell("evidence verify L-1.zip --network network.txt --json").record["withheld"]
    assert {one["reason"] for one in told} == {"confidential"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("evidence verify L-1.zip", 2),
        ("evidence verify --network network.txt", 2),
        ("evidence verify nothing.zip --network network.txt", 2),
        ("evidence verify network.txt --network network.txt", 6),
        ("evidence verify network.txt --network nothing.txt", 2),
        ("evidence verify network.txt --network notes.txt", 6),
        ("evidence compare network.txt .", 6),
        ("evidence package L-2 --reason x --recipient y --out a.zip", 2),
        ("evidence package L-1 --reason '' --recipient y --out a.zip", 2),
        ("evidence package L-1 --reason x --recipient y --out a.zip --withhold everything", 2),
    ],
)
def test_what_cannot_be_is_refused(recorded: RecordedLoan, shell: Shell, line: str, status: int) -> None:
    Path("notes.txt").write_text("nothing", "utf-8")
    assert shell(line).status == status
    assert not Path("a.zip").exists()


def test_a_bank_without_a_node_says_so(
    in_new_bank: Bank, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDITLOOP_NODE", raising=False)
    said = shell(f"evidence package {LOAN} --reason x --recipient y --out {tmp_path / 'a.zip'}")
    assert said.status == 3 and "has no node" in said.err
    assert shell(f"evidence exports {LOAN} --json").record == {"loan": LOAN, "exports": []}
