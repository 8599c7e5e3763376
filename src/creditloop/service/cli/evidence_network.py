"""`creditloop evidence network-…`, `lend awaiting`, `lend break-glass`: the bank on the evidence network."""

import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from creditloop.kernel.errors import InputError, UnknownId
from creditloop.service.answering import deliver_chain
from creditloop.service.attesting import (
    KNOWN,
    StepStanding,
    delete_document,
    find_membership,
    find_pending,
    find_pseudonym,
    find_steps,
    join_network,
    know,
    leave_network,
    read_announcement,
    withdraw_batch,
)
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import LOOK_UP, AsJson, Database, Reason, Simulated, reader
from creditloop.service.cli.output import Section, money, show
from creditloop.service.evidence_node import NODE, NodeClient, NodeFolder, open_node_client
from creditloop.service.loans import (
    Awaiting,
    announcement_of,
    break_glass,
    find_all_awaiting,
    find_awaiting,
)
from creditloop.service.opening import DATABASE
from creditloop.service.own_reads import record_own_read
from creditloop.service.receiving import check_new, new_file
from creditloop.service.recording import record_for
from creditloop.service.work import Work

_STEPS_SHOWN = 50
Why = Annotated[str, typer.Option("--reason", help="Why; it is on record.")]
By = Annotated[str, typer.Option("--by", help="Who decides it; it is on record.")]
Loan = Annotated[str, typer.Argument(help="The loan's number (借据编号).")]


def add_network_commands(group: typer.Typer) -> None:
    """Add the commands about the network to `evidence`."""
    group.command("network-join")(network_join)
    group.command("network-leave")(network_leave)
    group.command("network-send")(network_send)
    group.command("network-withdraw")(network_withdraw)
    group.command("network-pending")(network_pending)
    group.command("network-steps")(network_steps)
    group.command("network-tell")(network_tell)
    group.command("network-delete")(network_delete)
    group.command("know")(know_loans)


def add_payout_commands(group: typer.Typer) -> None:
    """Add the commands about payouts that wait to `lend`."""
    group.command("awaiting")(awaiting)
    group.command("break-glass")(break_glass_of)


def network_join(by: By, reason: Why, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """Take part in the evidence network with the node that CREDITLOOP_NODE names: steps are recorded.

    Example: creditloop evidence network-join --by cro --reason "joint lending with partner.example"
    """
    with closing(_node()) as node, bank_of(database).work() as work:
        member = join_network(
            work, origin=node.name, submitter=node.submitter.verifier.name, by=by, reason=reason
        )
    _show("入网 network", {"origin": member.origin, "submitter": member.submitter}, as_json=as_json)


def network_leave(by: By, reason: Why, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """Take part no more: nothing is recorded or waited for until the bank joins again.

    Example: creditloop evidence network-leave --by cro --reason "the programme has ended"
    """
    with bank_of(database).work() as work:
        leave_network(work, by=by, reason=reason)
    _show("退网 network", {"taking part": "no"}, as_json=as_json)


def network_send(
    seconds: Annotated[float, typer.Option("--for", min=0, help="Go on for so many seconds.")] = 0,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Send what is to be recorded to our node, write down what is final, pay out what waited for it.

    What is killed goes on with the next call. Exit status 0 also if the node is not there: see `away`.

    Example: creditloop evidence network-send --for 55
    """
    with closing(_node()) as node:
        told = record_for(bank_of(database), door=node, signer=node.submitter, seconds=seconds)
    facts = {
        "made": told.made,
        "final": told.final,
        "refused": told.refused,
        "again": told.again,
        "under_way": told.under_way,
        "lapsed": told.lapsed,
        "away": told.away,
    }
    sections = [Section(title="上链 sent", columns=["", ""], rows=list(facts.items()))]
    if told.troubles:
        rows = list(told.troubles.items())
        sections.append(Section(title="节点不收 not taken", columns=["batch", "answer"], rows=rows))
    show({**facts, "troubles": dict(told.troubles)}, sections=sections, as_json=as_json)


def network_withdraw(
    batch: Annotated[str, typer.Argument(help="The batch our node refuses, by its name in network-send.")],
    by: Annotated[str, typer.Option("--by", help="Login of who answers for it.")],
    reason: Why,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Withdraw a batch that our node refuses for good: its records go with the next one, numbered anew.

    It is handed in once more; what our node has, takes now or refuses for now only is not withdrawn.

    Example: creditloop evidence network-withdraw 5d41… --by zhang --reason "made with the clock a year ahead"
    """
    with closing(_node()) as node, bank_of(database).work() as work:
        told = withdraw_batch(work, batch=batch, door=node, signer=node.submitter, by=by, reason=reason)
    facts = {
        "batch": told.batch,
        "answer": told.answer,
        "records": told.records,
        "by": told.by,
        "reason": told.reason,
        "at": told.at,
    }
    _show("撤回批次 withdrawn", facts, as_json=as_json)


def network_pending(database: Database = DATABASE, as_json: AsJson = False) -> None:
    """List what is still to be recorded on the evidence network: how much, since when, the oldest steps.

    Example: creditloop evidence network-pending
    """
    with bank_of(database).work() as work:
        member = find_membership(work.connection)
        pending = find_pending(work.connection, steps_max=_STEPS_SHOWN)
    facts = {
        "origin": "–" if member is None else member.origin,
        "pending": pending.count,
        "under_way": pending.under_way,
        "oldest": pending.oldest,
    }
    columns = ("loan_id", "step", "occurred_at", "batch", "not_before")
    rows = [tuple(getattr(step, name) for name in columns) for step in pending.steps]
    sections = [
        Section(title="待上链 pending", columns=["", ""], rows=list(facts.items())),
        Section(title="环节 steps", columns=columns, rows=rows),
    ]
    steps = [dict(zip(columns, row, strict=True)) for row in rows]
    show({**facts, "steps": steps}, sections=sections, as_json=as_json)


def network_steps(loan: Loan, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """List the steps of a loan: which are final on our log, which wait, who objected and why.

    Example: creditloop evidence network-steps JJ-20260105-0001
    """
    with bank_of(database).work() as work:
        pseudonym = find_pseudonym(work.connection, loan)
        steps = find_steps(work.connection, loan)
    if pseudonym is None:
        raise UnknownId("nothing of this loan was noted for the evidence network", got=loan)
    told = [_step(step) for step in steps]
    rows = [tuple(_cell(value) for value in step.values()) for step in told]
    sections = [Section(title=f"{loan} · {pseudonym}", columns=list(told[0]), rows=rows)]
    show({"loan_id": loan, "pseudonym": pseudonym, "steps": told}, sections=sections, as_json=as_json)


def network_tell(
    loan: Loan,
    lender: Annotated[str, typer.Option(help="The lender to be told, by its name in the programme.")],
    out: Annotated[Path, typer.Option(help="File to write; it holds the agreement: personal data.")],
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Write what a lender's node must know of a joint loan: commitments, with agreement, programme and salts.

    Example: creditloop evidence network-tell JJ-1 --lender partner_bank --out JJ-1.json --reason "joint loan"
    """
    check_new(out)
    with bank_of(database).work() as work:
        text = announcement_of(work, loan_id=loan, lender=lender)
        found = find_awaiting(work, loan_id=loan)
        party_id = None if found is None else found.waiting.party_id
        _record_read(work, reason, parties_count=1, party_id=party_id)
    new_file(out, text.encode())
    _show("通知合作方 told", {"loan_id": loan, "lender": lender, "file": str(out)}, as_json=as_json)


def network_delete(
    commitment: Annotated[str, typer.Argument(help="Of a document, or a loan's name on the logs.")],
    by: By,
    reason: Why,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Delete a document with its salt: its commitment stays on the log, nobody can say any more to what.

    Example: creditloop evidence network-delete 0f3c… --by dpo --reason "retention is over"
    """
    with bank_of(database).work() as work:
        delete_document(work, commitment=commitment, by=by, reason=reason)
    _show("删除 deleted", {"commitment": commitment}, as_json=as_json)


def know_loans(
    folder: Annotated[Path, typer.Argument(help="The node's folder.")],
    files: Annotated[list[Path], typer.Argument(help="Announcements: joint loans, programmes with limits.")],
    as_json: AsJson = False,
) -> None:
    """Let our node know joint loans and programmes: what it holds payout orders of others against.

    Each commitment must be to the document handed over with it. Documents and salts are not kept.

    Example: creditloop evidence know node JJ-1.json
    """
    NodeFolder(folder, environment=os.environ)
    facts: dict[str, object] = {}
    new = 0
    for announced in [read_announcement(_read(file)) for file in files]:
        learned = know(folder / KNOWN, announced)
        new += learned.new_loans
        facts = {"loans": learned.loans, "programmes": learned.programmes, "new_loans": new}
    _show("所知 known", facts, as_json=as_json)


def awaiting(reason: Reason = LOOK_UP, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """List the payouts that wait for the evidence network, the oldest first: since when, and for what.

    Example: creditloop lend awaiting
    """
    with bank_of(database).work() as work:
        found = [_payout(one) for one in find_all_awaiting(work)]
        _record_read(work, reason, parties_count=len(found))
    columns = ("loan_id", "principal_fen", "since", "until", "over_time", "record", "objections", "persons")
    rows = [
        [money(one["principal_fen"]) if name == "principal_fen" else _cell(one[name]) for name in columns]  # type: ignore[arg-type]
        for one in found
    ]
    sections = [Section(title="待放款 awaiting", columns=columns, rows=rows)]
    show({"awaiting": found}, sections=sections, as_json=as_json)


def break_glass_of(
    loan: Loan,
    by: Annotated[str, typer.Option("--by", help="Login of who answers for it.")],
    reason: Why,
    simulated: Simulated = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Answer for paying out a joint loan whose record is not final in time; the last person has it booked.

    How many persons it takes, and of which role, says policies/lending/lend/evidence_network.yaml.

    Example: creditloop lend break-glass JJ-1 --by zhang --reason "the network is down since 9:00"
    """
    bank = bank_of(database)
    with bank.work() as work:
        found = break_glass(work, loan_id=loan, person=by, reason=reason, simulated=simulated)
    deliver_chain(bank)
    told = _payout(found)
    show(told, sections=[_facts("应急放行 break-glass", told)], as_json=as_json)


def _node() -> NodeClient:
    node = open_node_client(os.environ)
    if node is None:
        raise InputError("the bank has no node", expected=f"its folder in {NODE}")
    return node


def _record_read(work: Work, reason: str, *, parties_count: int, party_id: str | None = None) -> None:
    record_own_read(
        work,
        package="creditloop.service.attesting",
        table="attesting.waiting",
        columns=("loan_id", "payout_order"),
        purpose="audit",
        reader=reader(),
        reason=reason,
        parties_count=parties_count,
        party_id=party_id,
    )


def _step(step: StepStanding) -> dict[str, object]:
    return {
        "step_no": step.step_no,
        "step": step.step,
        "stage": step.stage,
        "sequence": step.sequence,
        "log_index": step.log_index,
        "decided_at": step.decided_at,
        "objections": dict(step.reasons),
    }


def _payout(one: Awaiting) -> dict[str, object]:
    waiting = one.waiting
    return {
        "loan_id": waiting.loan_id,
        "state": one.state,
        "principal_fen": waiting.principal_fen,
        "since": waiting.since,
        "until": waiting.until,
        "over_time": one.over_time,
        "record": one.record.stage,
        "objections": dict(one.record.reasons),
        "persons": f"{len(one.answered)} of {waiting.rule.persons}",
    }


def _cell(value: object) -> object:
    if isinstance(value, Mapping):
        return ", ".join(f"{node}: {reason}" for node, reason in value.items()) or "–"
    return "–" if value is None else value


def _facts(title: str, facts: Mapping[str, object]) -> Section:
    return Section(
        title=title, columns=["", ""], rows=[(name, _cell(value)) for name, value in facts.items()]
    )


def _show(title: str, facts: Mapping[str, object], *, as_json: bool) -> None:
    show(facts, sections=[_facts(title, facts)], as_json=as_json)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError("the file cannot be read", got=str(error)) from error
