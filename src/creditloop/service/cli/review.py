"""`creditloop review …`: the queue of manual review, one case with its working, signatures, the figures."""

from typing import Annotated
from uuid import UUID

import typer

from creditloop.admit import CaseState, Person, Ruling, case_counts, find_case, find_cases
from creditloop.kernel.money import fen_from_text
from creditloop.service.admitting.review_desk import case_outcomes, sign_case, withdraw_signature
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import LOOK_UP, AsJson, Database, Reason, Simulated, day, reader
from creditloop.service.cli.output import Section, money, percent, show
from creditloop.service.opening import DATABASE
from creditloop.service.own_reads import record_own_read
from creditloop.service.persons import acting_person
from creditloop.service.work import Work

CaseId = Annotated[UUID, typer.Argument(help="The id of the case.")]
PersonName = Annotated[str, typer.Option("--person", help="Login of who acts.")]
Role = Annotated[str, typer.Option(help="The role in which they act, e.g. approver.")]
Why = Annotated[str, typer.Option("--why", help="Why it is decided so; kept with the case.")]
ActedOn = Annotated[str, typer.Option("--on", metavar="YYYY-MM-DD", help="The business date of the act.")]
Product = Annotated[str | None, typer.Option(help="Only cases of this product.")]

_COLUMNS = ("case_id", "party_id", "amount_fen", "limit_fen", "limit_proposed_fen", "reasons")


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="Manual review of referred cases (人工复核).")
    group.command("cases")(list_cases)
    group.command("show")(show_case)
    group.command("sign")(sign)
    group.command("withdraw")(withdraw)
    group.command("figures")(figures)
    app.add_typer(group, name="review")


def list_cases(
    product: Product = None,
    closed: Annotated[bool, typer.Option("--closed", help="List closed cases, not the queue.")] = False,
    most: Annotated[int, typer.Option(min=0, help="List at most so many.")] = 50,
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """List the queue: the first due first, of those the largest amount first.

    Example: creditloop review cases --most 10
    """
    with bank_of(database).work() as work:
        found = find_cases(work.connection, product=product, closed=closed, most=most)
        _log(work, reason=reason, parties_count=len({state.case.party_id for state in found}), party_id=None)
    names = ("case", "party", "amount", "mandate", "due", "proposed", "state")
    rows = [
        (
            str(state.case.case_id),
            state.case.party_id,
            money(state.case.amount_fen),
            state.case.mandate,
            str(state.case.due_on),
            state.case.outcome_proposed,
            state.status,
        )
        for state in found
    ]
    record = {"cases": [case_record(state) for state in found]}
    title = f"{'closed cases' if closed else 'queue'}: {len(found)} shown"
    show(record, sections=[Section(title=title, columns=names, rows=rows)], as_json=as_json)


def show_case(
    case: CaseId, reason: Reason = LOOK_UP, database: Database = DATABASE, as_json: AsJson = False
) -> None:
    """Show a case: what is proposed and why, what may be decided, who did what.

    Example: creditloop review show 00000000-0000-8000-8000-000000000000
    """
    with bank_of(database).work() as work:
        state = find_case(work.connection, case_id=case)
        outcomes = case_outcomes(work, state=state)
        _log(work, reason=reason, parties_count=1, party_id=state.case.party_id)
    record = {**case_record(state), "outcomes": list(outcomes)}
    show(record, sections=_sections(state, outcomes), as_json=as_json)


def sign(
    case: CaseId,
    person: PersonName,
    role: Role,
    outcome: Annotated[str, typer.Option(help="What is decided.")],
    why: Why,
    acted_on: ActedOn,
    limit: Annotated[str | None, typer.Option(help="The limit decided, in units of the currency.")] = None,
    simulated: Simulated = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Sign a decision about a case; where two must sign, the second closes it.

    Example: creditloop review sign 00000000-0000-8000-8000-000000000000 --person li.na --role approver
    --outcome keep --limit 50000 --why "repaid twice since" --on 2005-07-01
    """
    ruling = Ruling(outcome=outcome, limit_fen=None if limit is None else fen_from_text(limit), reason=why)
    bank = bank_of(database)
    with bank.work() as work:
        state = sign_case(
            work,
            case_id=case,
            person=_person(work, person, role, simulated=simulated),
            ruling=ruling,
            acted_on=day(acted_on),
            simulated=simulated,
        )
    bank.deliver()
    show(case_record(state), sections=_sections(state, ()), as_json=as_json)


def withdraw(
    case: CaseId,
    person: PersonName,
    role: Role,
    why: Why,
    acted_on: ActedOn,
    simulated: Simulated = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Take back a signature from a case that is not closed.

    Example: creditloop review withdraw 00000000-0000-8000-8000-000000000000 --person li.na --role approver
    --why "the wrong customer" --on 2005-07-01
    """
    with bank_of(database).work() as work:
        state = withdraw_signature(
            work,
            case_id=case,
            person=_person(work, person, role, simulated=simulated),
            reason=why,
            acted_on=day(acted_on),
            simulated=simulated,
        )
    show(case_record(state), sections=_sections(state, ()), as_json=as_json)


def _person(work: Work, name: str, role: str, *, simulated: bool) -> Person:
    login = acting_person(work, name=name, action="decide_review", simulated=simulated)
    return Person(name=login, role=role)


def figures(
    acted_on: ActedOn, product: Product = None, database: Database = DATABASE, as_json: AsJson = False
) -> None:
    """Print the queue's figures on a day: open, closed, overdue, and how often it was overridden.

    Example: creditloop review figures --on 2005-07-10
    """
    with bank_of(database).work() as work:
        counts = case_counts(work.connection, on=day(acted_on), product=product)
    record = {"on": acted_on, **counts.as_record()}
    rows = [
        ("open", counts.open),
        ("half signed", counts.half_signed),
        ("closed", counts.closed),
        ("of them by a script (simulated)", counts.simulated),
        ("overdue", counts.overdue),
        ("closed, with a proposal of the strategy", counts.with_proposal),
        ("of them overridden (推翻)", counts.overridden),
        ("override rate", percent(counts.override_rate_nano)),
    ]
    show(
        record, sections=[Section(title=f"review, {acted_on}", columns=["", ""], rows=rows)], as_json=as_json
    )


def case_record(state: CaseState) -> dict[str, object]:
    """Return a case as plain data."""
    case = state.case
    return {
        "case_id": str(case.case_id),
        "decision_id": str(case.decision_id),
        "party_id": case.party_id,
        "product": case.product,
        "opened_on": case.opened_on.isoformat(),
        "due_on": case.due_on.isoformat(),
        "amount_fen": case.amount_fen,
        "mandate": case.mandate,
        "outcome_proposed": case.outcome_proposed,
        "limit_fen": case.limit_fen,
        "limit_proposed_fen": case.limit_proposed_fen,
        "reasons": list(case.reasons),
        "status": state.status,
        "signed_by": list(state.signed_by),
        "outcome": state.outcome,
        "limit_decided_fen": state.limit_fen,
        "overrides": state.overrides,
        "simulated": state.simulated,
        "actions": [
            {
                "action": action.action,
                "person": action.person,
                "role": action.role,
                "outcome": action.outcome,
                "limit_fen": action.limit_fen,
                "reason": action.reason,
                "acted_on": action.acted_on.isoformat(),
                "closes": action.closes,
                "simulated": action.simulated,
            }
            for action in state.actions
        ],
    }


def _sections(state: CaseState, outcomes: tuple[str, ...]) -> list[Section]:
    case = state.case
    facts = [
        ("party", case.party_id),
        ("decision", str(case.decision_id)),
        ("state", state.status),
        ("due", str(case.due_on)),
        ("mandate", case.mandate),
        ("amount", money(case.amount_fen)),
        ("limit in force", money(case.limit_fen)),
        ("proposed", f"{case.outcome_proposed or '–'}, limit {money(case.limit_proposed_fen)}"),
        ("reasons", ", ".join(case.reasons)),
        ("decided", f"{state.outcome or '–'}, limit {money(state.limit_fen)}"),
        ("overrides the proposal", state.overrides),
    ]
    if outcomes:
        facts.append(("may be decided", ", ".join(outcomes)))
    rows = [
        (
            str(action.acted_on),
            action.action,
            f"{action.person} ({action.role}){' 模拟 simulated' if action.simulated else ''}",
            action.outcome,
            action.reason,
        )
        for action in state.actions
    ]
    names = ("on", "act", "who", "outcome", "why")
    return [
        Section(title=f"case {case.case_id}", columns=["", ""], rows=facts),
        Section(title="acts", columns=names, rows=rows),
    ]


def _log(work: Work, *, reason: str, parties_count: int, party_id: str | None) -> None:
    record_own_read(
        work,
        package="creditloop.admit",
        table="admit.review_case",
        columns=_COLUMNS,
        purpose="display",
        reader=reader(),
        reason=reason,
        parties_count=parties_count,
        party_id=party_id,
    )
