"""`creditloop evidence node …`: make a party's node of the evidence network, join the others, run it."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from creditloop.evidence.network.node import Fork
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
    check_new_cards,
    check_store,
    create_folder,
    log_state,
    node_database,
    read_card,
    rotate_keys,
    rules_named,
    run_node,
)

_PROBLEMS_SHOWN = 50
_LINES = 20
_COLUMNS = {
    "log": "日志 log",
    "state": "状态 state",
    "size": "条目 size",
    "final": "终局 final",
    "lag": "落后 lag",
    "objections": "异议 objections",
    "cosigned_by": "见证 cosigned by",
}
STATES = {
    "final": "全部条目已有多数见证 more than half of the others cosigned all of it",
    "open": "最后的条目尚待见证 too few cosigned its last entries yet",
    "empty": "尚无条目 nothing recorded yet",
    "behind": "他方有更多条目，正在取 others have more; it is being fetched",
    "recovering": "丢过数据，取回前不签名 data was lost; nothing is signed until it is fetched",
    "damaged": "本节点的副本与签名不符，不再签名 our copy does not fit the signatures; nothing is signed",
    "forked": "该方签过两份矛盾的检查点，日志冻结 it signed two histories; the log is frozen",
}
"""What each state of a log means; `log_state` names them."""
PROOFS = {
    "fork": "日志分叉 two checkpoints of one log that cannot both be",
    "two_batches": "一号两用 one batch id signed with two contents",
}
"""What each kind of proof proves."""
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
    group.command("rotate")(rotate)
    return group


def create(
    folder: Folder,
    name: Annotated[str, typer.Option(help="The party's name, which is its log's origin.")],
    address: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the node listens and is found.")],
    database: Annotated[
        str, typer.Option(help="Address of the node's own PostgreSQL database; `embedded` starts one.")
    ] = EMBEDDED,
    sm2: Annotated[
        bool,
        typer.Option("--sm2", help="Sign checkpoints by SM2 too (国密); it takes the extra creditloop[sm]."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a node's folder with new keys; `card.json` in it is for the other parties.

    Example: creditloop evidence node create node --name bank.example --address 127.0.0.1:8701
    """
    made = create_folder(
        folder,
        name=name,
        address=address,
        database=database,
        environment=os.environ,
        now=clock.now(),
        sm2=sm2,
    )
    facts = {"name": made.name, "card": str(folder / "card.json"), "sm2": _yes_no(made.card.sm2)}
    _show_facts("节点 node", facts, as_json=as_json)


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
    node, given = NodeFolder(folder, environment=os.environ), [read_card(card) for card in cards]
    if node.changes_keys(given, network=network):
        with node_database(node, environment=os.environ) as url:
            check_new_cards(node, given, network=network, url=url)
    trusted = node.join(given, network=network)
    facts = {
        "network": trusted.name,
        "parties": ", ".join(trusted.network.names),
        "quorum": f"{trusted.network.quorum} of {len(trusted.network.names) - 1} others",
        "keys": str(folder / "network.txt"),
    }
    _show_facts("网络 network", facts, as_json=as_json)


def run(
    folder: Folder,
    rules: Annotated[
        str,
        typer.Option(help="The party's own rules about the others' records: `form`, or a lender's, `lend`."),
    ],
    as_json: AsJson = False,
) -> None:
    """Run the node until it is told to stop; the address is printed once it is about to answer.

    Example: creditloop evidence node run node --rules form
    """
    node = NodeFolder(folder, environment=os.environ)

    def ready(address: str) -> None:
        _show_facts("节点 node", {"name": node.name, "address": address, "rules": rules}, as_json=as_json)
        sys.stdout.flush()

    run_node(node, environment=os.environ, preconditions=rules_named(rules, folder=folder), ready=ready)


def status(folder: Folder, as_json: AsJson = False) -> None:
    """Say how a running node stands: every party's log and what its state means, what waits, who was heard,
    proofs of contradiction, what was refused.

    The same is a page of the console (存证网络), with the times of all cosignatures.

    Example: creditloop evidence node status node
    """
    with closing(NodeClient(NodeFolder(folder, environment=os.environ))) as client:
        found, audit = client.status()
    network = client.trusted.network
    witnesses = {network.party(name).witness.name: name for name in network.names}
    logs = [
        {
            "log": log.origin,
            "state": log_state(log),
            "size": log.size,
            "final": log.final_size,
            "lag": log.lag,
            "objections": log.objections,
            "cosigned_by": [witnesses.get(name, name) for name in log.cosigned_by],
            "recovering": log.recovering,
            "damaged": log.damaged,
        }
        for log in found.logs
    ]
    lines = [{"at": line.at, "party": line.party, "what": line.what, "detail": line.detail} for line in audit]
    proofs = [
        {"party": one.origin, "what": "fork" if isinstance(one.proof, Fork) else "two_batches"}
        for one in found.contradictions
    ]
    record = {
        "name": found.name,
        "network": client.trusted.name,
        "quorum": network.quorum,
        "waiting": found.waiting,
        "heard": list(found.heard),
        "not_heard": [name for name in network.others(found.name) if name not in found.heard],
        "logs": logs,
        "contradictions": proofs,
        "audit": lines,
    }
    show(record, sections=_status_sections(record, logs=logs, proofs=proofs, lines=lines), as_json=as_json)


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


def rotate(
    folder: Folder,
    sm2: Annotated[
        bool | None,
        typer.Option(
            "--sm2/--no-sm2", help="Sign by SM2 too from here on (国密), or no more.  [default: as now]"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change all keys that sign (密钥轮换); the old ones are gone, what they signed goes on to count.

    The node must not run. The other parties join again with the new card, and so does this node; then each is
    started anew. Until three of the others know it, nothing of ours gets final; nothing is lost meanwhile.

    Example: creditloop evidence node rotate node
    """
    node = NodeFolder(folder, environment=os.environ)
    with node_database(node, environment=os.environ) as url:
        card = rotate_keys(node, url=url, sm2=sm2)
    facts = {"name": card.name, "card": str(folder / "card.json"), "sm2": _yes_no(card.sm2)}
    facts |= {f"until {log}": f"{size:,}" for log, size in card.former[-1].until.items()}
    _show_facts("密钥轮换 new keys; the former ones count", facts, as_json=as_json)


def _yes_no(keys: object) -> str:
    return "yes 有" if keys else "no 无"


def _show_facts(title: str, facts: Mapping[str, str], *, as_json: bool) -> None:
    show(facts, sections=[Section(title=title, columns=["", ""], rows=list(facts.items()))], as_json=as_json)


def _status_sections(
    record: Mapping[str, Any],
    *,
    logs: Sequence[Mapping[str, Any]],
    proofs: Sequence[Mapping[str, str]],
    lines: Sequence[Mapping[str, str]],
) -> list[Section]:
    """Write a node's status for people: what each word means stands below the lists it is in."""
    head = [
        ("节点 node", record["name"]),
        ("网络 network", f"{record['network']}; final 终局: {record['quorum']} of the others 其他方"),
        ("待上链批次 batches that wait", record["waiting"]),
        ("有回应 heard", ", ".join(record["heard"]) or "–"),
        ("启动以来未回应 not heard since it started", ", ".join(record["not_heard"]) or "–"),
    ]
    shown = ("log", "state", "size", "final", "lag", "objections", "cosigned_by")
    sections = [
        Section(title="节点 node", columns=["", ""], rows=head),
        Section(
            title="各方日志 logs, as this node holds them",
            columns=[_COLUMNS[name] for name in shown],
            rows=[[_cell(log[name]) for name in shown] for log in logs],
        ),
        Section(
            title="状态说明 what the states mean",
            columns=["", ""],
            rows=[(state, STATES[state]) for state in dict.fromkeys(log["state"] for log in logs)],
        ),
    ]
    details = [(log["log"], log["damaged"]) for log in logs if log["damaged"]]
    details += [(log["log"], f"{log['size']} / {log['recovering']}") for log in logs if log["recovering"]]
    for title, rows in (
        ("损坏与恢复 damaged, recovering", details),
        (
            "自相矛盾的证据 proofs of contradiction",
            [(one["party"], PROOFS[one["what"]]) for one in proofs],
        ),
    ):
        if rows:
            sections.append(Section(title=title, columns=["参与方 party", ""], rows=rows))
    if lines:
        title = f"拒收与提示 refused and noted: {min(len(lines), _LINES)} of the last {len(lines)}"
        refused = [list(line.values()) for line in lines[:_LINES]]
        columns = ["时间 at", "参与方 party", "事项 what", "详情 detail"]
        sections.append(Section(title=title, columns=columns, rows=refused))
    return sections


def _cell(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
