"""`creditloop models …`: the register of models, their findings, sign-off, retirement, reviews."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

import typer

from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import Connection, connect
from creditloop.oversight import (
    Model,
    ModelAct,
    ModelFinding,
    ReviewDay,
    by_materiality,
    find_model_acts,
    find_model_findings,
    find_model_runs,
    find_models,
    review_calendar,
)
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, BusinessDate, Database, Simulated, day
from creditloop.service.cli.output import Section, show
from creditloop.service.opening import DATABASE
from creditloop.service.overseeing.validating import (
    answer_model_finding,
    close_model_finding,
    put_model_live,
    raise_model_finding,
    retire,
    sign_off,
)

Card = Annotated[str, typer.Argument(help="Hash of the card, or its first characters.")]
FindingId = Annotated[str, typer.Argument(help="Id of the finding.")]
By = Annotated[str, typer.Option("--by", help="Login of the person who does it.")]
Text = Annotated[str, typer.Option(help="What is found, answered, or why it is closed.")]
Why = Annotated[str, typer.Option("--reason", help="Why.")]
_SHORT = 12
_HELP = {
    "answer": """Answer a finding, as anybody but its validator; it stays open.

    Example: creditloop models answer 6aff86fa-c021-8ee3-b84d-62d4c6cac38f --by modeller_a
    --text "fitted again with them" --on 2005-11-15 --simulated
    """,
    "close": """Close an answered finding, as its validator alone.

    Example: creditloop models close 6aff86fa-c021-8ee3-b84d-62d4c6cac38f --by validator_b
    --text "seen and measured" --on 2005-11-20 --simulated
    """,
    "sign-off": """Sign a model off, never as its developer: it is reviewed, the next is due in three months.

    A renewed model is then proposed as a challenger of the one that decides.

    Example: creditloop models sign-off 3f2a --by approver_c --reason "validation read" --on 2005-11-21
    --simulated
    """,
    "live": """Put a signed-off model without an open high finding live; its next review stays when it is.

    Example: creditloop models live 3f2a --by approver_c --reason "signed off" --on 2005-11-22 --simulated
    """,
}
"""What the commands of one shape say of themselves."""


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="The life of models: findings, sign-off, retirement, reviews (模型生命周期).")
    for name, command in (
        ("list", list_models),
        ("show", show_model),
        ("calendar", calendar),
        ("finding", finding),
        ("retire", end),
    ):
        group.command(name)(command)
    for name, step in (("answer", answer_model_finding), ("close", close_model_finding)):
        group.command(name, help=_HELP[name])(_step_command(step))
    for name, act in (("sign-off", sign_off), ("live", put_model_live)):
        group.command(name, help=_HELP[name])(_act_command(act))
    app.add_typer(group, name="models")


def list_models(on: BusinessDate, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """List the inventory of models on a day, the most material first, with their open findings.

    Example: creditloop models list --on 2005-09-30
    """
    with connect(bank_of(database).url) as connection:
        found = by_materiality(find_models(connection, on=day(on)))
        still_open = _open_findings(connection)
    record = {
        "on": on,
        "models": [m.as_record() | {"findings_open": still_open.get(m.card_hash, 0)} for m in found],
    }
    show(record, sections=[_inventory(found, still_open)], as_json=as_json)


def show_model(card: Card, on: BusinessDate, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """Show a model as of a day: who answers, findings with their answers, what persons did, every run.

    Example: creditloop models show 3f2a --on 2005-10-31
    """
    with connect(bank_of(database).url) as connection:
        model = _named(find_models(connection, on=day(on)), card, on)
        findings = find_model_findings(connection, card_hash=model.card_hash)
        acts = find_model_acts(connection, card_hash=model.card_hash)
        runs = find_model_runs(connection, card_hash=model.card_hash)
    record = {
        "model": model.as_record(),
        "findings": [one.as_record() for one in findings],
        "acts": [one.as_record() for one in acts],
        "runs": [
            {"batch": str(one.batch_id), "kind": one.kind, **one.dates.as_record(), "rows": one.rows}
            | {"inputs_hash": one.inputs_hash, "outputs_hash": one.outputs_hash, "alarms": one.alarms}
            for one in runs
        ],
    }
    rows = [(one.kind, str(one.dates.business_date), one.rows, one.alarms) for one in runs]
    sections = [
        _inventory([model], {model.card_hash: sum(one.is_open for one in findings)}),
        _findings(findings),
        _acts(acts),
        Section(title="runs on record", columns=["kind", "day", "cases", "alarms"], rows=rows),
    ]
    show(record, sections=sections, as_json=as_json)


def calendar(on: BusinessDate, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """List the reviews due within three months of a day, and those overdue, named.

    Example: creditloop models calendar --on 2005-10-31
    """
    with connect(bank_of(database).url) as connection:
        days = review_calendar(find_models(connection, on=day(on)), on=day(on))
    overdue = [one.model.name for one in days if one.is_overdue]
    record = {"on": on, "reviews": [one.as_record() for one in days], "overdue": overdue}
    show(record, sections=[_calendar(days, on)], as_json=as_json)


def finding(
    card: Card,
    by: By,
    severity: Annotated[str, typer.Option(help="high, medium or low.")],
    text: Text,
    on: BusinessDate,
    due: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="By when it is to be closed.")],
    simulated: Simulated = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Raise a finding on a model, as its validator.

    Example: creditloop models finding 3f2a --by validator_b --severity high --text "no months of stress"
    --on 2005-10-31 --due 2005-11-30 --simulated
    """
    with bank_of(database).work() as work:
        raised = raise_model_finding(
            work,
            card_hash=_named(find_models(work.connection, on=day(on)), card, on).card_hash,
            validator=by,
            severity=severity,
            text=text,
            found_on=day(on),
            due_on=day(due),
            simulated=simulated,
        )
    show(raised.as_record(), sections=[_findings([raised])], as_json=as_json)


def _step_command(step: Callable[..., ModelFinding]) -> Callable[..., None]:
    """Make the command of a step of a finding: it is answered, or closed."""

    def command(
        finding: FindingId,
        by: By,
        text: Text,
        on: BusinessDate,
        simulated: Simulated = False,
        database: Database = DATABASE,
        as_json: AsJson = False,
    ) -> None:
        with bank_of(database).work() as work:
            told = step(
                work, finding_id=_id(finding), person=by, text=text, done_on=day(on), simulated=simulated
            )
        show(told.as_record(), sections=[_findings([told])], as_json=as_json)

    return command


def _act_command(step: Callable[..., tuple[ModelAct, Model]]) -> Callable[..., None]:
    """Make the command of an act about a model: it is signed off, or put live."""

    def command(
        card: Card,
        by: By,
        reason: Why,
        on: BusinessDate,
        simulated: Simulated = False,
        database: Database = DATABASE,
        as_json: AsJson = False,
    ) -> None:
        bank = bank_of(database)
        with bank.work() as work:
            card_hash = _named(find_models(work.connection, on=day(on)), card, on).card_hash
            act, model = step(
                work, card_hash=card_hash, person=by, reason=reason, on=day(on), simulated=simulated
            )
        bank.deliver()  # a renewed model that was signed off becomes a challenger
        _show_act(act, model, as_json=as_json)

    return command


def end(
    card: Card,
    by: By,
    reason: Why,
    on: BusinessDate,
    successor: Annotated[str | None, typer.Option(help="Hash of the card that judges instead.")] = None,
    simulated: Simulated = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Retire a model, saying why and which card judges instead.

    Example: creditloop models retire 3f2a --by approver_c --reason "a better card is live" --on 2006-01-31
    --simulated
    """
    with bank_of(database).work() as work:
        models = find_models(work.connection, on=day(on))
        act, model = retire(
            work,
            card_hash=_named(models, card, on).card_hash,
            person=by,
            reason=reason,
            successor=None if successor is None else _named(models, successor, on).card_hash,
            on=day(on),
            simulated=simulated,
        )
    _show_act(act, model, as_json=as_json)


def _show_act(act: ModelAct, model: Model, *, as_json: bool) -> None:
    record = {"act": act.as_record(), "model": model.as_record()}
    show(record, sections=[_acts([act]), _inventory([model], {})], as_json=as_json)


def _named(models: Sequence[Model], card: str, on: str) -> Model:
    """Return the one model whose card's hash begins so."""
    found = [one for one in models if card and one.card_hash.startswith(card)]
    if len(found) != 1:
        raise UnknownId(
            "not one card in the register",
            got=card,
            expected=[one.card_hash for one in found or models],
            where={"on": on},
            hint="creditloop models list",
        )
    return found[0]


def _id(words: str) -> UUID:
    try:
        return UUID(words)
    except ValueError as error:
        raise InputError("not a finding's id", got=words, expected="a UUID") from error


def _open_findings(connection: Connection) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in find_model_findings(connection):
        counts[one.card_hash] = counts.get(one.card_hash, 0) + one.is_open
    return counts


def _inventory(found: Sequence[Model], still_open: dict[str, int]) -> Section:
    columns = ["materiality", "model", "card", "state", "owner", "validator", "open", "review due"]
    rows = [
        (
            m.materiality,
            m.name,
            m.card_hash[:_SHORT],
            m.state,
            m.owner,
            m.validator,
            still_open.get(m.card_hash, 0),
            str(m.next_review_due),
        )
        for m in found
    ]
    return Section(title="models", columns=columns, rows=rows)


def _findings(found: Sequence[ModelFinding]) -> Section:
    rows = [
        (str(one.batch_id), one.severity, one.state, str(one.due_on), one.validator, one.simulated)
        for one in found
    ]
    columns = ["finding", "severity", "state", "due", "validator", "simulated"]
    return Section(title="findings of the validation", columns=columns, rows=rows)


def _acts(found: Sequence[ModelAct]) -> Section:
    rows = [(one.act, str(one.done_on), one.person, one.reason[:40], one.simulated) for one in found]
    columns = ["act", "day", "person", "reason", "simulated"]
    return Section(title="signed, put live, retired", columns=columns, rows=rows)


def _calendar(days: Sequence[ReviewDay], on: date | str) -> Section:
    late = sum(one.is_overdue for one in days)
    rows = [
        (
            str(one.model.next_review_due),
            one.days_left,
            "overdue" if one.is_overdue else "due",
            one.model.name,
            one.model.card_hash[:_SHORT],
            one.model.materiality,
            one.model.owner,
        )
        for one in days
    ]
    columns = ["due on", "days left", "", "model", "card", "materiality", "owner"]
    return Section(title=f"reviews within three months of {on}, {late} overdue", columns=columns, rows=rows)
