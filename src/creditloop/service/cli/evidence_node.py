"""`creditloop evidence node …`: make a party's node of the evidence network, join the others, run it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from creditloop.kernel.errors import EvidenceError
from creditloop.kernel.storage import connect
from creditloop.service import clock
from creditloop.service.cli.options import AsJson
from creditloop.service.cli.output import Section, exit_status, show
from creditloop.service.evidence_node import (
    EMBEDDED,
    NodeClient,
    NodeFolder,
    SignedFiles,
    check_store,
    create_folder,
    node_database,
    read_card,
    rules_named,
    run_node,
)

_PROBLEMS_SHOWN = 50
Folder = Annotated[Path, typer.Argument(help="The node's folder.")]


def node_commands() -> typer.Typer:
    """Return the group of commands."""
    group = typer.Typer(help="A party's node of the evidence network (存证节点).")
    group.command("create")(create)
    group.command("join")(join)
    group.command("run")(run)
    group.command("status")(status)
    group.command("check")(check_node)
    group.command("renew")(renew)
    return group


def create(
    folder: Folder,
    name: Annotated[str, typer.Option(help="The party's name, which is its log's origin.")],
    address: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the node listens and is found.")],
    database: Annotated[
        str, typer.Option(help="Address of the node's own PostgreSQL database; `embedded` starts one.")
    ] = EMBEDDED,
    as_json: AsJson = False,
) -> None:
    """Make a node's folder with new keys; `card.json` in it is for the other parties.

    Example: creditloop evidence node create node --name bank.example --address 127.0.0.1:8701
    """
    made = create_folder(
        folder, name=name, address=address, database=database, environment=os.environ, now=clock.now()
    )
    _show_facts("节点 node", {"name": made.name, "card": str(folder / "card.json")}, as_json=as_json)


def join(
    folder: Folder,
    cards: Annotated[list[Path], typer.Argument(help="`card.json` of every party, our own too.")],
    network: Annotated[str, typer.Option(help="The network's name; the same at every party.")],
    as_json: AsJson = False,
) -> None:
    """Take in the parties of a network; again with new cards after a party changed.

    Have the cards from somebody you trust: who is in them is who is believed.

    Example: creditloop evidence node join node bank.json partner.json fund.json --network joint-loans
    """
    node = NodeFolder(folder, environment=os.environ)
    trusted = node.join([read_card(card) for card in cards], network=network)
    facts = {
        "network": trusted.name,
        "parties": ", ".join(trusted.network.names),
        "quorum": f"{trusted.network.quorum} of {len(trusted.network.names) - 1} others",
        "keys": str(folder / "network.txt"),
    }
    _show_facts("网络 network", facts, as_json=as_json)


def run(
    folder: Folder,
    rules: Annotated[str, typer.Option(help="The party's own rules about the others' records: `form`.")],
    as_json: AsJson = False,
) -> None:
    """Run the node until it is told to stop; the address is printed once it is about to answer.

    Example: creditloop evidence node run node --rules form
    """
    node = NodeFolder(folder, environment=os.environ)

    def ready(address: str) -> None:
        _show_facts("节点 node", {"name": node.name, "address": address, "rules": rules}, as_json=as_json)
        sys.stdout.flush()

    run_node(node, environment=os.environ, preconditions=rules_named(rules), ready=ready)


def status(folder: Folder, as_json: AsJson = False) -> None:
    """Say how the node stands: every log, what waits, who was heard, what was refused.

    Example: creditloop evidence node status node
    """
    client = NodeClient(NodeFolder(folder, environment=os.environ))
    found, audit = client.status()
    logs = [
        {
            "log": log.origin,
            "size": log.size,
            "final": log.final_size,
            "lag": log.lag,
            "objections": log.objections,
            "cosigned_by": list(log.cosigned_by),
            "state": _state(forked=log.forked, damaged=log.damaged, recovering=log.recovering),
        }
        for log in found.logs
    ]
    lines = [{"at": line.at, "party": line.party, "what": line.what, "detail": line.detail} for line in audit]
    record = {"name": found.name, "waiting": found.waiting, "heard": list(found.heard), "logs": logs}
    head = [
        ("节点 node", found.name),
        ("待提议 waiting", found.waiting),
        ("已联系 heard", ", ".join(found.heard)),
    ]
    sections = [
        Section(title="节点 node", columns=["", ""], rows=head),
        Section(
            title="日志 logs",
            columns=list(logs[0]),
            rows=[[_cell(value) for value in log.values()] for log in logs],
        ),
    ]
    if lines:
        columns = list(lines[0])
        sections.append(
            Section(title="审计 audit", columns=columns, rows=[list(line.values()) for line in lines[:20]])
        )
    show({**record, "audit": lines}, sections=sections, as_json=as_json)


def check_node(folder: Folder, as_json: AsJson = False) -> None:
    """Check every row of the node's database against signatures and what it remembers as signed.

    Exit status 0: everything is as the node left it; 6: something is not. The node may run meanwhile.

    Example: creditloop evidence node check node
    """
    node = NodeFolder(folder, environment=os.environ)
    with (
        node_database(node, environment=os.environ) as url,
        connect(url) as connection,
    ):
        network, signed = node.trusted().network, SignedFiles(node.signed)
        found = check_store(connection, name=node.name, network=network, signed=signed)
    problems = [
        {"code": one.code, "table": one.table, "row": one.row, "detail": one.detail} for one in found.problems
    ]
    facts = {"node": node.name, "records": f"{found.records:,}", "problems": f"{len(problems):,}"}
    sections = [Section(title="节点自检 check", columns=["", ""], rows=list(facts.items()))]
    if problems:
        rows = [list(problem.values()) for problem in problems[:_PROBLEMS_SHOWN]]
        sections.append(Section(title="问题 problems", columns=list(problems[0]), rows=rows))
    record = {"node": node.name, "records": found.records, "problems": problems}
    show(record, sections=sections, as_json=as_json)
    if problems:
        raise typer.Exit(exit_status(EvidenceError))


def renew(folder: Folder, as_json: AsJson = False) -> None:
    """Replace the node's certificate, and the root key that stands in its folder.

    The other parties join again with the new card, and so does this node; then it is started anew.

    Example: creditloop evidence node renew node
    """
    card = NodeFolder(folder, environment=os.environ).renew(now=clock.now())
    _show_facts("节点 node", {"name": card.name, "card": str(folder / "card.json")}, as_json=as_json)


def _show_facts(title: str, facts: Mapping[str, str], *, as_json: bool) -> None:
    show(facts, sections=[Section(title=title, columns=["", ""], rows=list(facts.items()))], as_json=as_json)


def _state(*, forked: bool, damaged: str, recovering: int | None) -> str:
    if forked:
        return "forked 已分叉"
    if damaged:
        return f"damaged 已损坏: {damaged}"
    return "ok" if recovering is None else f"recovering 恢复至 {recovering}"


def _cell(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
