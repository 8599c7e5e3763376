"""`creditloop decide …`: decide a book or one party by a plan, open a decision, make past ones again."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from creditloop.admit import DecisionBatch, DecisionCount, Working, decision_counts, find_decisions
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import EvidenceError, InputError
from creditloop.service.admitting.arms import review_arms
from creditloop.service.admitting.fitting import SAMPLE
from creditloop.service.admitting.replaying import (
    Replayed,
    open_decision,
    replay_all,
    replay_one,
    rules_of,
)
from creditloop.service.admitting.review_plan import ReviewPlan, read_review_plan
from creditloop.service.admitting.reviewing import review_party
from creditloop.service.bank import Bank
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import LOOK_UP, AsJson, Database, Reason, reader
from creditloop.service.cli.output import Section, exit_status, money, percent, progress_bar, show
from creditloop.service.deciding_texts import version_label
from creditloop.service.opening import DATABASE
from creditloop.service.own_reads import record_own_read
from creditloop.service.work import Work

Plan = Annotated[Path, typer.Argument(help="The plan document, e.g. examples/taiwan_cards/review.yaml.")]
CardFile = Annotated[
    str | None,
    typer.Option("--card", help="The card to decide by, a file or a hash; the plan names one otherwise."),
]

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="Decisions by policy and card (评审与决策).")
    group.command("book")(decide_book)
    group.command("party")(decide_party)
    group.command("list")(list_decisions)
    group.command("show")(show_decision)
    group.command("replay")(replay)
    app.add_typer(group, name="decide")


def decide_book(
    plan: Plan, card: CardFile = None, database: Database = DATABASE, as_json: AsJson = False
) -> None:
    """Decide about everybody the card was not fitted on; a repeat finds the first result.

    Under an experiment there is a run for each arm; the JSON object then has them in `runs`.

    Example: creditloop decide book examples/taiwan_cards/review.yaml
    """
    bank = bank_of(database)
    described = _plan(bank, plan)
    with bank.work() as work:
        batches = review_arms(work, plan=described, card=_card(work, card))
        told = [_told(work, batch) for batch in batches]
    _, failed = bank.deliver()
    runs = [
        {
            **each.batch.as_record(),
            "version": each.version,
            "sample": SAMPLE,
            "counts": [_count_record(count) for count in each.counts],
        }
        for each in told
    ]
    record = {**(runs[0] if len(runs) == 1 else {"runs": runs}), "failed_deliveries": failed}
    sections = [section for each in told for section in _batch_sections(each, failed)]
    show(record, sections=sections, as_json=as_json)


def decide_party(
    plan: Plan,
    party: Annotated[str, typer.Argument(help="The party, e.g. taiwan_cards/7.")],
    request_id: Annotated[
        str, typer.Option(help="Your own id of this request; repeated, it finds the first.")
    ],
    card: CardFile = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Decide about one party on request, with the whole working; the same request again returns the first.

    Example: creditloop decide party examples/taiwan_cards/review.yaml taiwan_cards/7 --request-id r-1
    """
    bank = bank_of(database)
    described = _plan(bank, plan)
    with bank.work() as work:
        made = review_party(
            work, plan=described, party_id=party, request_id=request_id, card=_card(work, card)
        )
        decision, working = open_decision(
            work, decision_id=made.decision_id, reader=reader(), reason=f"request {request_id}"
        )
        version = version_label(work, policy_hash=working.rules.policy.hash)
    bank.deliver()
    record = {**decision.as_record(), "version": version, "working": working.as_record()}
    show(record, sections=_working_sections(working, version), as_json=as_json)


def list_decisions(
    party: Annotated[str, typer.Argument(help="The party, e.g. taiwan_cards/7.")],
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """List every decision about a party, the newest last.

    Example: creditloop decide list taiwan_cards/7
    """
    with bank_of(database).work() as work:
        found = find_decisions(work.connection, party_id=party)
        record_own_read(
            work,
            package="creditloop.admit",
            table="admit.decision",
            columns=tuple(found[0].said) if found else ("party_id",),
            purpose="display",
            reader=reader(),
            reason=reason,
            parties_count=min(1, len(found)),
            party_id=party,
        )
    names = ("decision", "business date", "rules as of", "outcome", "grade", "score", "rule")
    rows = [
        (
            str(each.decision_id),
            str(each.dates.business_date),
            str(each.dates.rules_as_of),
            *(each.said[name] for name in ("outcome", "grade", "score", "rule")),
        )
        for each in found
    ]
    record = {"party": party, "decisions": [each.as_record() for each in found]}
    show(record, sections=[Section(title=party, columns=names, rows=rows)], as_json=as_json)


def show_decision(
    decision: Annotated[UUID, typer.Argument(help="The id of the decision.")],
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Show a decision with its working: values, score by parts, steps, every table's rows.

    Example: creditloop decide show 00000000-0000-8000-8000-000000000000
    """
    with bank_of(database).work() as work:
        found, working = open_decision(work, decision_id=decision, reader=reader(), reason=reason)
        version = version_label(work, policy_hash=working.rules.policy.hash)
    record = {**found.as_record(), "version": version, "working": working.as_record()}
    show(record, sections=_working_sections(working, version), as_json=as_json)


def replay(
    decision: Annotated[UUID | None, typer.Argument(help="The decision to make again.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Make every recorded decision again.")] = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Make past decisions again from their kept values and the archived rules; any difference ends with 6.

    Example: creditloop decide replay --all
    """
    if (decision is None) != everything:
        raise InputError("name a decision, or say --all", hint="creditloop decide replay --help")
    bank = bank_of(database)
    with progress_bar("replay") as progress, bank.work() as work:
        told = (
            replay_all(work, progress=progress)
            if decision is None
            else replay_one(work, decision_id=decision)
        )
    show(_replay_record(told), sections=[_replay_section(told)], as_json=as_json)
    if told.differing:
        raise typer.Exit(exit_status(EvidenceError))


def _plan(bank: Bank, plan: Path) -> ReviewPlan:
    return read_review_plan(bank.places.document(plan))


def _card(work: Work, card: str | None) -> Document | None:
    """Return the card somebody names: a file, or by its hash one that was kept."""
    if card is None:
        return None
    return work.adopted(card) if _HASH.fullmatch(card) else work.places.document(card)


def _count_record(count: DecisionCount) -> dict[str, object]:
    return {
        "scope": count.scope,
        "grade": count.grade,
        "outcome": count.outcome,
        "rule": count.rule,
        "decisions": count.decisions,
        "limit_fen": count.limit_fen,
        "limit_proposed_fen": count.limit_proposed_fen,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A run, the strategy that decided it and its version, and what it decided."""

    batch: DecisionBatch
    strategy: str
    version: str
    counts: list[DecisionCount]


def _told(work: Work, batch: DecisionBatch) -> _Told:
    return _Told(
        batch=batch,
        strategy=rules_of(work, batch=batch).policy.name,
        version=version_label(work, policy_hash=batch.policy_hash),
        counts=decision_counts(work.connection, batch_id=batch.batch_id),
    )


def _batch_sections(told: _Told, failed: int) -> list[Section]:
    batch = told.batch
    facts = [
        ("run", str(batch.batch_id)),
        ("strategy", told.strategy),
        ("its version", told.version),
        ("customers", batch.customers),
        ("fitted on, not decided", batch.fitted_on),
        ("decided", batch.decided),
        ("answers that failed, tried again by `creditloop work`", failed),
        ("sample", SAMPLE),
    ]
    rows = [
        (
            count.scope or "–",
            count.grade or "–",
            count.outcome,
            count.rule,
            count.decisions,
            money(count.limit_fen),
            money(count.limit_proposed_fen),
        )
        for count in told.counts
    ]
    dates = batch.dates
    title = f"{batch.plan}, business date {dates.business_date}, rules as of {dates.rules_as_of}"
    names = ("scope", "grade", "outcome", "rule", "decisions", f"limits, {batch.currency}", "proposed")
    return [
        Section(title=title, columns=["", ""], rows=facts),
        Section(title="decided", columns=names, rows=rows),
    ]


def _working_sections(working: Working, version: str) -> list[Section]:
    policy = working.rules.policy
    decision = [
        (name, value) for name, value in working.decision.items() if name not in {"inputs", "limit_fen"}
    ]
    limits = [("limit in force", money(_fen(working.decision["limit_fen"])))]
    parts = [
        (part.feature, part.zh, part.value, part.bin, part.points, part.points_lost)
        for part in working.score.parts
    ]
    rows = []
    for table in policy.tables:
        verdict = working.judgement.verdict(table.id)
        for row, told in zip(table.rows, verdict.working, strict=True):
            mark = "decides" if told.row in verdict.matched else told.match.value
            rows.append((table.id, told.row, row.rule.when, mark))
        if table.otherwise is not None and "otherwise" in verdict.matched:
            rows.append((table.id, "otherwise", "", "decides"))
    reasons = [(reason.code, reason.zh, reason.en) for reason in working.judgement.reasons]
    steps = [(name, result.value, result.state) for name, result in working.judgement.steps.items()]
    title = f"{policy.name}, rules as of {policy.rules_as_of}, policy {policy.hash[:12]}"
    score = f"score {working.score.score}, probability {percent(working.score.pd_nano)}, card"
    return [
        Section(title=title, columns=["", ""], rows=[*decision, *limits, ("version", version)]),
        Section(title="reasons", columns=["code", "zh", "en"], rows=reasons),
        Section(
            title=f"{score} {working.rules.card.name} {working.rules.card.hash[:12]}",
            columns=["feature", "", "value", "bin", "points", "lost"],
            rows=parts,
        ),
        Section(title="steps", columns=["step", "value", "state"], rows=steps),
        Section(title="rules", columns=["table", "row", "when", ""], rows=rows),
    ]


def _fen(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _replay_record(told: Replayed) -> dict[str, object]:
    return {
        "runs": told.runs,
        "decisions": told.decisions,
        "differing": [
            {
                "decision": each.decision_id,
                "party": each.party_id,
                "columns": {
                    name: {"kept": kept, "made": made} for name, (kept, made) in each.columns.items()
                },
            }
            for each in told.differing
        ],
    }


def _replay_section(told: Replayed) -> Section:
    rows = [
        (each.decision_id, each.party_id, name, kept, made)
        for each in told.differing
        for name, (kept, made) in each.columns.items()
    ]
    title = f"decisions made again: {told.decisions}, of them different: {len(told.differing)}"
    return Section(title=title, columns=["decision", "party", "column", "kept", "made again"], rows=rows)
