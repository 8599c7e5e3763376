"""`creditloop oversee …`: the register of models, their figures, challengers that wait, the risk report."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import connect
from creditloop.oversight import (
    APPROVER_ROLE,
    Metric,
    Model,
    ModelRun,
    Proposal,
    find_metrics,
    find_models,
    find_proposal,
    find_proposals,
    review_due,
)
from creditloop.service.bank import Bank
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, BusinessDate, Database, Simulated, day
from creditloop.service.cli.output import Section, show
from creditloop.service.opening import DATABASE
from creditloop.service.overseeing.challenging import decide_on_proposal, propose_challenger
from creditloop.service.overseeing.measuring import measure_known, measure_month, register_card
from creditloop.service.overseeing.oversight_plan import OversightPlan, read_oversight_plan
from creditloop.service.reporting.risk_report import checkpoint_of, report_file, report_record, write_report
from creditloop.service.work import Work

_T = TypeVar("_T")
PlanFile = Annotated[Path, typer.Argument(help="The plan document of the second line.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="The second line: models, thresholds, challengers, risk report (二道防线).")
    for name, command in (
        ("register", register),
        ("models", models),
        ("metrics", metrics),
        ("challenge", challenge),
        ("proposals", proposals),
        ("text", text),
        ("approve", approve),
        ("report", report),
    ):
        group.command(name)(command)
    app.add_typer(group, name="oversee")


def register(
    plan: PlanFile,
    card: Annotated[str | None, typer.Option(help="Hash of a renewed card for the same purpose.")] = None,
    on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="The day it is registered.")] = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Put the plan's card, or a renewed one, into the register of models; a repeat finds the first entry.

    Example: creditloop oversee register examples/taiwan_cards/oversight.yaml
    """

    def registered(work: Work, read: OversightPlan) -> Model:
        renewed = None if card is None else work.adopted(card)
        return register_card(work, plan=read, card=renewed, on=None if on is None else day(on))

    model = _done(bank_of(database), plan, registered)
    show(model.as_record(), sections=[_models_section([model])], as_json=as_json)


def models(on: BusinessDate, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """List the models as they stood in the register on a day, and those whose review is due.

    Example: creditloop oversee models --on 2005-09-30
    """
    with connect(bank_of(database).url) as connection:
        found = find_models(connection, on=day(on))
    due = review_due(found, on=day(on))
    record = {
        "on": on,
        "models": [model.as_record() for model in found],
        "review_due": [model.card_hash for model in due],
    }
    title = f"{len(due)} of {len(found)} reviews are due on {on}"
    show(record, sections=[_models_section(found, title=title)], as_json=as_json)


def metrics(plan: PlanFile, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """Measure the plan's card: stability month by month, then what waited for the outcomes; judge it all.

    Example: creditloop oversee metrics examples/taiwan_cards/oversight.yaml
    """
    bank = bank_of(database)

    def measure(work: Work, read: OversightPlan) -> list[tuple[ModelRun, tuple[Metric, ...]]]:
        monthly = [measure_month(work, plan=read, month=month) for month in read.stability_months]
        runs = [*monthly, *measure_known(work, plan=read)]
        return [(run, find_metrics(work.connection, batch_id=run.batch_id)) for run in runs]

    measured = _done(bank, plan, measure)
    record = {"runs": [_run_record(run) | {"metrics": [m.as_record() for m in ms]} for run, ms in measured]}
    show(record, sections=[_run_section(run, found) for run, found in measured], as_json=as_json)


def challenge(plan: PlanFile, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """Choose new cut-offs on the outcomes, backtest them, and propose them; they wait for a second person.

    Example: creditloop oversee challenge examples/taiwan_cards/oversight.yaml
    """
    proposal = _done(bank_of(database), plan, lambda work, read: propose_challenger(work, plan=read))
    if proposal is None:
        title = "nothing the rule may try beats the strategy in force: nothing is proposed"
        show({"proposal": None}, sections=[Section(title=title, columns=[], rows=[])], as_json=as_json)
        return
    show(proposal.as_record(), sections=[_proposals_section([proposal])], as_json=as_json)


def proposals(database: Database = DATABASE, as_json: AsJson = False) -> None:
    """List the challengers that wait, were published or refused.

    Example: creditloop oversee proposals
    """
    with connect(bank_of(database).url) as connection:
        found = find_proposals(connection)
    record = {"proposals": [proposal.as_record() for proposal in found]}
    show(record, sections=[_proposals_section(found)], as_json=as_json)


def text(
    proposal: Annotated[str, typer.Argument(help="Id of the proposal.")],
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Show what a challenger changes in its policy's text: the lines it adds.

    Example: creditloop oversee text 6aff86fa-c021-8ee3-b84d-62d4c6cac38f
    """
    with bank_of(database).work() as work:
        found = find_proposal(work.connection, proposal_id=_id(proposal))
        before = work.adopted(found.champion_hash).text.splitlines()
        after = work.adopted(found.challenger_hash).text.splitlines()
    added = [(number, line.strip()) for number, line in enumerate(after, 1) if line not in before]
    section = Section(title=f"{found.policy}: lines added", columns=["line", "text"], rows=added)
    show(found.as_record() | {"added": [line for _, line in added]}, sections=[section], as_json=as_json)


def approve(
    proposal: Annotated[str, typer.Argument(help="Id of the proposal.")],
    approver: Annotated[str, typer.Option("--by", help="Login of the second person, never the proposer.")],
    reason: Annotated[str, typer.Option(help="Why it is approved or refused.")],
    on: BusinessDate,
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse it instead.")] = False,
    role: Annotated[str, typer.Option(help="The role the person acts in.")] = APPROVER_ROLE,
    simulated: Simulated = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Approve a challenger as the second person (双人复核): it is published, not put in force.

    Example: creditloop oversee approve 6aff86fa-c021-8ee3-b84d-62d4c6cac38f --by approver_c --on 2005-10-31
    --reason "the backtest was read" --simulated
    """
    with bank_of(database).work() as work:
        decided = decide_on_proposal(
            work,
            proposal_id=_id(proposal),
            approver=approver,
            role=role,
            decision="refused" if refuse else "approved",
            reason=reason,
            decided_on=day(on),
            simulated=simulated,
        )
    show(decided.as_record(), sections=[_proposals_section([decided])], as_json=as_json)


def report(
    plan: PlanFile,
    out: Annotated[Path | None, typer.Option(help="The PDF to write; its record goes beside it.")] = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Write the risk report of what is on record as a PDF (风险报告); needs creditloop[report].

    Example: creditloop oversee report examples/taiwan_cards/oversight.yaml
    """
    bank = bank_of(database)
    evidence = checkpoint_of(bank)

    def gather(work: Work, read: OversightPlan) -> tuple[dict[str, object], Path]:
        return report_record(work, plan=read, evidence=evidence), out or report_file(read)

    record, file = _done(bank, plan, gather)
    written = write_report(bank, record=record, file=file)
    told = {"pdf": str(written), "record": str(written.with_suffix(".json")), "evidence": evidence}
    rows = [("report", told["pdf"]), ("its record", told["record"]), ("evidence root", evidence["root"])]
    show(told, sections=[Section(title="risk report", columns=["", ""], rows=rows)], as_json=as_json)


def _done(bank: Bank, plan: Path, step: Callable[[Work, OversightPlan], _T]) -> _T:
    """Do a step of a plan in one piece of work."""
    with bank.work() as work:
        return step(work, read_oversight_plan(bank.places.document(plan), work=work))


def _id(words: str) -> UUID:
    try:
        return UUID(words)
    except ValueError as error:
        raise InputError("not a proposal's id", got=words, expected="a UUID") from error


def _models_section(found: list[Model], *, title: str = "model register") -> Section:
    rows = [
        (
            m.name,
            m.card_hash[:12],
            m.product,
            m.materiality,
            m.state,
            m.owner,
            m.validator,
            str(m.next_review_due),
        )
        for m in found
    ]
    columns = ["model", "card", "product", "materiality", "state", "owner", "validator", "review due"]
    return Section(title=title, columns=columns, rows=rows)


def _run_record(run: ModelRun) -> dict[str, object]:
    return {
        "batch": str(run.batch_id),
        "card": run.card_hash,
        "kind": run.kind,
        "population": run.population,
        **run.dates.as_record(),
        "rows": run.rows,
        "alarms": run.alarms,
    }


def _run_section(run: ModelRun, found: tuple[Metric, ...]) -> Section:
    title = f"{run.kind}, {run.dates.business_date}, card {run.card_hash[:12]}: {run.alarms} alarms"
    rows = [
        (metric.name, metric.segment, _decimal(metric.value_nano), metric.denominator, metric.level)
        for metric in found
    ]
    columns = ["figure", "of", "value", "cases", "level"]
    return Section(title=f"{title} ({run.population})", columns=columns, rows=rows)


def _decimal(nano: int | None) -> str:
    return "–" if nano is None else f"{'-' if nano < 0 else ''}{abs(nano) // 10**9}.{abs(nano) % 10**9:09d}"


def _proposals_section(found: list[Proposal]) -> Section:
    rows = [
        (
            str(proposal.batch_id),
            proposal.policy,
            proposal.state,
            str(proposal.effective_from),
            proposal.proposer,
            None if proposal.approval is None else proposal.approval.approver,
            proposal.simulated,
        )
        for proposal in found
    ]
    columns = ["proposal", "policy", "state", "effective from", "proposed by", "decided by", "simulated"]
    return Section(title="challengers", columns=columns, rows=rows)
