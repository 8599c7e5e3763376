"""`creditloop evidence light …`: follow the logs without holding them, and check records on them."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from creditloop.evidence.network import tlog_proof_from_text
from creditloop.kernel.errors import EvidenceError, InputError
from creditloop.service import clock
from creditloop.service.cli.options import AsJson
from creditloop.service.cli.output import Section, exit_status, show
from creditloop.service.evidence_node import Follower, NodeClient, NodeFolder

Folder = Annotated[Path, typer.Argument(help="The folder of a party's node: whose word it asks by.")]
Held = Annotated[Path, typer.Option(help="The file of what is held: one checkpoint a log.")]


def light_commands() -> typer.Typer:
    """Return the group of commands."""
    group = typer.Typer(help="A light node: checkpoints alone (轻节点).")
    group.command("follow")(follow)
    group.command("check")(check_record)
    return group


def follow(folder: Folder, held: Held, as_json: AsJson = False) -> None:
    """Take every log's last checkpoint, if a quorum cosigned it and it continues what is held.

    Exit status 0: all is well; 6: a log has shown two histories, both notes are printed with --json.

    Example: creditloop evidence light follow node --held light.json
    """
    follower = Follower(NodeClient(NodeFolder(folder, environment=os.environ)), file=held)
    found = follower.follow(now=clock.now())
    logs = [
        {
            "log": one.origin,
            "size": one.size,
            "seen": {witness: _time(at) for witness, at in one.seen.items()},
            "refused": dict(one.refused),
            "fork": list(one.fork) if one.fork else None,
        }
        for one in found
    ]
    rows = [
        [
            one.origin,
            one.size,
            ", ".join(f"{witness} {_time(at)}" for witness, at in one.seen.items()),
            "; ".join(f"{party}: {why}" for party, why in one.refused.items()),
            "分叉 forked" if one.fork else "",
        ]
        for one in found
    ]
    columns = ["日志 log", "条数 size", "见证 seen", "未采纳 refused", ""]
    show(
        {"logs": logs},
        sections=[Section(title="轻节点 light node", columns=columns, rows=rows)],
        as_json=as_json,
    )
    if any(one.fork for one in found):
        raise typer.Exit(exit_status(EvidenceError))


def check_record(
    folder: Folder,
    held: Held,
    record: Annotated[Path, typer.Argument(help="The record's own bytes.")],
    proof: Annotated[Path, typer.Argument(help="Its `.tlog-proof`.")],
    as_json: AsJson = False,
) -> None:
    """Check that a record is on the very log that is followed.

    Example: creditloop evidence light check node --held light.json 00001.json 00001.tlog-proof
    """
    try:
        leaf, text = record.read_bytes(), proof.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("the file cannot be read", got=str(error)) from error
    follower = Follower(NodeClient(NodeFolder(folder, environment=os.environ)), file=held)
    shown = follower.check_record(tlog_proof_from_text(text), leaf, now=clock.now())
    facts: dict[str, object] = {"log": shown.checkpoint.origin, "size": shown.checkpoint.size}
    facts |= {f"seen by {witness}": _time(at) for witness, at in shown.times.items()}
    rows = list(facts.items())
    show(facts, sections=[Section(title="在链 on the log", columns=["", ""], rows=rows)], as_json=as_json)


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
