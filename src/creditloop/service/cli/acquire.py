"""`creditloop whitelist …`: screen customers for an invitation, screen them again, see where they stand."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from creditloop.acquire import (
    PORTRAIT,
    InvitationEvent,
    ScreeningRun,
    ScreeningWorking,
    event_counts,
    find_invitations,
    outcome_counts,
    whitelist_counts,
)
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection, connect
from creditloop.risk import read_card
from creditloop.service.acquiring.screening import (
    ScreeningPlan,
    find_screening_working,
    last_card,
    read_screening_plan,
    rescreen_changed,
    rescreen_due,
    rescreen_model,
    screen_initial,
)
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import LOOK_UP, AsJson, BusinessDate, Database, Reason, day, reader
from creditloop.service.cli.output import Section, percent, show
from creditloop.service.deciding_texts import version_label
from creditloop.service.opening import DATABASE
from creditloop.service.work import Work

Plan = Annotated[Path, typer.Argument(help="The plan document, e.g. examples/taiwan_cards/whitelist.yaml.")]
CardFile = Annotated[Path, typer.Option("--card", help="The scorecard that scores them.")]
_SIMULATED = "simulated 模拟"


class Trigger(StrEnum):
    """What sets a re-screening off."""

    ACCOUNT_CHANGE = "account_change"
    INTERVAL = "interval"
    MODEL_UPDATE = "model_update"


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="The whitelist of customers who are invited (白名单).")
    group.command("screen")(screen)
    group.command("rescreen")(rescreen)
    group.command("show")(show_whitelist)
    group.command("party")(show_party)
    app.add_typer(group, name="whitelist")


def screen(
    plan: Plan,
    card: CardFile,
    business_date: BusinessDate,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Screen every customer of a plan as of a day: who is invited, watched or closed (首次筛选).

    A repeat with the same texts finds the first result.

    Example: creditloop whitelist screen examples/taiwan_cards/whitelist.yaml --card card.yaml
    --business-date 2005-06-30
    """
    bank = bank_of(database)
    with bank.work() as work:
        described = read_screening_plan(work.places.document(plan))
        scoring = read_card(work.places.document(card))
        run = screen_initial(work, plan=described, card=scoring, on=day(business_date))
        version = version_label(work, policy_hash=run.key.whitelist_policy_hash)
    _show_run(bank.url, run, version=version, as_json=as_json)


def rescreen(
    plan: Plan,
    trigger: Annotated[Trigger, typer.Option(help="What sets it off.")],
    business_date: BusinessDate,
    card: Annotated[
        Path | None, typer.Option("--card", help="The new scorecard; with model_update, and only there.")
    ] = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Screen again whom a trigger calls for (二次筛选), by the card of the last screening or a new one.

    Example: creditloop whitelist rescreen examples/taiwan_cards/whitelist.yaml --trigger interval
    --business-date 2005-08-31
    """
    if (card is None) != (trigger is not Trigger.MODEL_UPDATE):
        raise InputError(
            "a new card goes with the trigger model_update, and only with it",
            got=f"--trigger {trigger.value}" + ("" if card is None else f" --card {card}"),
        )
    bank = bank_of(database)
    with bank.work() as work:
        described = read_screening_plan(work.places.document(plan))
        run = _rescreened(work, described, trigger, business_date, card)
        version = version_label(work, policy_hash=run.key.whitelist_policy_hash)
    _show_run(bank.url, run, version=version, as_json=as_json)


def show_whitelist(
    plan: Plan,
    business_date: BusinessDate,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Count where everybody stands at the end of a day, and what happened to invitations so far.

    Example: creditloop whitelist show examples/taiwan_cards/whitelist.yaml --business-date 2005-08-31
    """
    bank, on = bank_of(database), day(business_date)
    described = read_screening_plan(bank.places.document(plan))
    with connect(bank.url) as connection:
        counts = whitelist_counts(connection, product=described.product, on=on)
    rows = [(count.status, count.segment, count.parties) for count in counts]
    names = ("status", "segment", "parties")
    record = {
        "product": described.product,
        "business_date": str(on),
        "rules_as_of": str(described.rules_as_of),
        "parties": sum(count.parties for count in counts),
        "whitelist": [dict(zip(names, row, strict=True)) for row in rows],
    }
    title = f"whitelist of {described.product}, business date {on}, rules as of {described.rules_as_of}"
    show(record, sections=[Section(title=title, columns=names, rows=rows)], as_json=as_json)


def show_party(
    plan: Plan,
    party: Annotated[str, typer.Argument(help="The customer, e.g. taiwan_cards/7.")],
    business_date: BusinessDate,
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Show one customer's portrait, outcome with its working, and invitation, judged again from the record.

    Example: creditloop whitelist party examples/taiwan_cards/whitelist.yaml taiwan_cards/7
    --business-date 2005-08-31
    """
    on = day(business_date)
    with bank_of(database).work() as work:
        described = read_screening_plan(work.places.document(plan))
        run, working = find_screening_working(
            work, product=described.product, party_id=party, on=on, reader=reader(), reason=reason
        )
        events = find_invitations(work.connection, product=described.product, party_id=party)
    until = [event for event in events if event.occurred_on <= on]
    show(
        _party_record(run, working, until) | {"business_date": str(on)},
        sections=_party_sections(run, working, until),
        as_json=as_json,
    )


def _rescreened(
    work: Work, plan: ScreeningPlan, trigger: Trigger, business_date: str, card: Path | None
) -> ScreeningRun:
    on = day(business_date)
    if card is not None:
        return rescreen_model(work, plan=plan, card=read_card(work.places.document(card)), on=on)
    if trigger is Trigger.ACCOUNT_CHANGE:
        return rescreen_changed(work, plan=plan, card=last_card(work, plan=plan), month=on)
    return rescreen_due(work, plan=plan, card=last_card(work, plan=plan), on=on)


def _show_run(url: str, run: ScreeningRun, *, version: str, as_json: bool) -> None:
    with connect(url) as connection:
        outcomes = _outcomes(connection, run.batch_id)
        events = _events(connection, run)
    key = run.key
    names, event_names = ("segment", "outcome", "rule", "parties"), ("event", "invitations")
    record = {
        "product": key.product,
        "trigger": key.trigger,
        **key.dates.as_record(),
        "batch": str(run.batch_id),
        "screening_no": run.screening_no,
        "considered": run.considered,
        "screened": run.screened,
        "card_hash": key.card_hash,
        "features_hash": key.features_hash,
        "whitelist_policy_hash": key.whitelist_policy_hash,
        "whitelist_version": version,
        "outcomes": [dict(zip(names, row, strict=True)) for row in outcomes],
        "invitations": dict(events),
    }
    title = (
        f"{key.product}, {key.trigger}: {run.screened:,} of {run.considered:,} screened, "
        f"business date {key.dates.business_date}, rules as of {key.dates.rules_as_of}"
    )
    sections = [Section(title=title, columns=names, rows=outcomes)]
    sections.append(Section(title="invitations", columns=event_names, rows=events))
    show(record, sections=sections, as_json=as_json)


def _outcomes(connection: Connection, batch_id: UUID) -> list[tuple[str, str, str, int]]:
    counts = outcome_counts(connection, batch_id=batch_id)
    return [(count.segment, count.outcome, count.rule, count.parties) for count in counts]


def _events(connection: Connection, run: ScreeningRun) -> list[tuple[str, int]]:
    counts = event_counts(connection, product=run.key.product, batch_id=run.batch_id)
    return [(count.kind, count.events) for count in counts]


def _party_record(
    run: ScreeningRun, working: ScreeningWorking, events: list[InvitationEvent]
) -> dict[str, object]:
    screened = working.screened
    return {
        "party": screened.party_id,
        "product": run.key.product,
        "screened_on": str(run.key.dates.business_date),
        "rules_as_of": str(run.key.dates.rules_as_of),
        "trigger": run.key.trigger,
        "cause": screened.cause,
        "batch": str(run.batch_id),
        "portrait": {part: getattr(screened, part) for part in PORTRAIT},
        "score": screened.score,
        "pd_nano": screened.pd_nano,
        "outcome": screened.outcome,
        "rule": screened.rule,
        "reasons": [
            {"code": reason.code, "zh": reason.zh, "en": reason.en} for reason in working.whitelist.reasons
        ],
        "inputs": dict(working.inputs),
        "differing": {name: list(pair) for name, pair in working.differing.items()},
        "invitation": [
            {
                "kind": event.kind,
                "occurred_on": str(event.occurred_on),
                "trigger": event.trigger,
                "simulated": event.simulated,
                "source": event.source,
            }
            for event in events
        ],
    }


def _party_sections(
    run: ScreeningRun, working: ScreeningWorking, events: list[InvitationEvent]
) -> list[Section]:
    screened, dates = working.screened, run.key.dates
    told = {reason.code: reason for reason in (*working.portrait.reasons, *working.whitelist.reasons)}
    facts: list[tuple[str, object]] = [(part, getattr(screened, part)) for part in PORTRAIT]
    facts += [
        ("score", screened.score),
        ("pd", percent(screened.pd_nano)),
        ("outcome", f"{screened.outcome} ({screened.rule})"),
        ("set off by", f"{run.key.trigger} ({screened.cause})"),
        ("judged again", "the same" if not working.differing else f"differs: {dict(working.differing)}"),
    ]
    history = [
        (
            str(event.occurred_on),
            event.kind,
            event.trigger,
            _SIMULATED if event.simulated else "–",
            event.source,
        )
        for event in events
    ]
    title = f"{screened.party_id}, screened {dates.business_date}, rules as of {dates.rules_as_of}"
    return [
        Section(title=title, columns=["", ""], rows=facts),
        Section(
            title="reasons",
            columns=["code", "zh", "en"],
            rows=[(reason.code, reason.zh, reason.en) for reason in told.values()],
        ),
        Section(title="invitation", columns=["on", "event", "trigger", "", "source"], rows=history),
    ]
