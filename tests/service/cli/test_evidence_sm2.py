"""An SM2 key on the command line: made in a bank's evidence folder, and its lines checked offline."""

import json
from pathlib import Path

import pytest
from tests.service.cli.said import Shell
from typer.testing import CliRunner

from creditloop.evidence import EvidenceFolder
from creditloop.evidence.checkpoint import Checkpoint, sign_checkpoint
from creditloop.evidence.sm2 import Sm2Signer
from creditloop.kernel.errors import EvidenceError, InputError, StateError
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.cli.evidence_sm2 import sm2_commands

TABLE = "source.small_cards_statement"


def run(*words: str) -> dict[str, object]:
    """Call a command of the group; what it raises is raised here."""
    done = CliRunner().invoke(sm2_commands(), [*words, "--json"])
    if done.exception is not None:
        raise done.exception
    record = json.loads(done.stdout)
    assert isinstance(record, dict)
    return record


def test_the_key_is_made_once_and_signs_from_then_on(in_new_bank: Bank, tmp_path: Path) -> None:
    folder = in_new_bank.evidence
    said = run("add")
    sm2 = folder.sm2_verifier()
    assert sm2 is not None
    assert (said["log"], said["sm2_key"]) == (folder.verifier().name, sm2.text())
    assert Path(str(said["file"])) == folder.sm2_verifier_key_path
    with pytest.raises(StateError, match="already"):
        run("add")
    assert in_new_bank.verify().problems == ()
    assert EvidenceFolder(folder.path).sm2_signer() is not None
    note = sign_checkpoint(
        Checkpoint(origin=sm2.name, size=3, root=bytes(32)), signer=folder.signer(), sm2=folder.sm2_signer()
    )
    (tmp_path / "note").write_text(note, "utf-8")
    keys = ("--key", str(folder.verifier_key_path), "--sm2-key", str(folder.sm2_verifier_key_path))
    assert run("check", str(tmp_path / "note"), *keys) == {"log": sm2.name, "log_size": 3, "root": "00" * 32}
    with pytest.raises(EvidenceError, match="SM2 key did not sign"):
        run("check", str(folder.checkpoint_path), *keys)  # signed before there was the key
    (tmp_path / "other").write_text(Sm2Signer.generate(sm2.name).verifier.text(), "utf-8")
    with pytest.raises(EvidenceError, match="SM2 key did not sign"):
        run("check", str(tmp_path / "note"), *keys[:3], str(tmp_path / "other"))
    with pytest.raises(InputError, match="cannot be read"):
        run("check", str(tmp_path / "nothing"), *keys)


def test_a_proof_given_out_afterwards_bears_both_lines(in_bank: Bank, shell: Shell, tmp_path: Path) -> None:
    folder = in_bank.evidence
    with connect(in_bank.url) as connection:
        query = b"SELECT batch_id::text, first_row FROM evidence.chunk WHERE table_name = %s LIMIT 1"
        batch, row_no = connection.execute(query, [TABLE]).fetchone() or ()
    asked = f"evidence prove {TABLE} {batch} {row_no}"
    run("add")
    before, after = (shell(asked) for _ in range(2))  # each read is sealed, the second stands above the first
    assert (before.status, after.status) == (0, 0)
    (tmp_path / "before").write_text(before.out, "utf-8")
    (tmp_path / "after").write_text(after.out, "utf-8")
    keys = ("--key", str(folder.verifier_key_path), "--sm2-key", str(folder.sm2_verifier_key_path))
    said = run("check", str(tmp_path / "after"), *keys)
    assert said["log"] == folder.verifier().name
    with pytest.raises(EvidenceError, match="SM2 key did not sign"):
        run("check", str(tmp_path / "before"), *keys)
    assert in_bank.verify().problems == ()
