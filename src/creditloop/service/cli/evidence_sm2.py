"""`creditloop evidence sm2 …`: sign checkpoints by an SM2 key too, and check that they are (国密)."""

from pathlib import Path
from typing import Annotated

import typer

from creditloop.evidence import (
    Checkpoint,
    check_proof,
    open_checkpoint,
    proof_from_text,
    sm2_verifier_from_text,
    verifier_from_text,
)
from creditloop.kernel.errors import InputError
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, Database
from creditloop.service.cli.output import Section, show
from creditloop.service.opening import DATABASE


def sm2_commands() -> typer.Typer:
    """Return the group of commands."""
    group = typer.Typer(help="SM2 signatures beside ours (国密签名); they need the extra creditloop[sm].")
    group.command("add")(add)
    group.command("check")(check)
    return group


def add(database: Database = DATABASE, as_json: AsJson = False) -> None:
    """Make an SM2 key in the evidence folder: every further checkpoint bears its line under the log's own.

    It is done once and cannot be taken back: from the first checkpoint signed so on, `evidence verify` wants
    the line under each. Give the public key to whoever checks your checkpoints.

    Example: creditloop evidence sm2 add
    """
    folder = bank_of(database).evidence
    key = folder.add_sm2()
    record = {"log": key.name, "sm2_key": key.text(), "file": str(folder.sm2_verifier_key_path)}
    rows = [("日志 log", key.name), ("公钥 public key", key.text()), ("文件 file", record["file"])]
    show(record, sections=[Section(title="国密签名 SM2", columns=["", ""], rows=rows)], as_json=as_json)


def check(
    file: Annotated[Path, typer.Argument(help="A checkpoint, or a proof by `evidence prove`.")],
    key: Annotated[Path, typer.Option(help="The log's public key (verifier_key), had beforehand.")],
    sm2_key: Annotated[Path, typer.Option(help="Its SM2 key (sm2_verifier_key), had beforehand.")],
    as_json: AsJson = False,
) -> None:
    """Check a checkpoint or a proof offline by both keys; a bad or missing SM2 line refuses it.

    Example: creditloop evidence sm2 check row.proof --key verifier_key --sm2-key sm2_verifier_key
    """
    checkpoint = _checked(_text(file), key=_text(key), sm2_key=_text(sm2_key))
    record = {"log": checkpoint.origin, "log_size": checkpoint.size, "root": checkpoint.root.hex()}
    rows = [
        ("日志 log", checkpoint.origin),
        ("条数 entries", checkpoint.size),
        ("根 root", checkpoint.root.hex()),
    ]
    title = "Ed25519 与 SM2 均验证通过 signed by both keys"
    show(record, sections=[Section(title=title, columns=["", ""], rows=rows)], as_json=as_json)


def _checked(text: str, *, key: str, sm2_key: str) -> Checkpoint:
    if text.startswith("{"):
        return check_proof(proof_from_text(text), verifier_key=key, sm2_key=sm2_key).checkpoint
    return open_checkpoint(text, verifier=verifier_from_text(key), sm2=sm2_verifier_from_text(sm2_key))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("the file cannot be read", got=str(error)) from error
