"""What each stage of the loop did, as records: acquire, admit, comparison, lend, monitor, recover, oversight.

What people did comes from a script and is marked simulated wherever it shows; no figure of accuracy uses it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from creditloop.acquire import event_counts, find_screenings, outcome_counts, whitelist_counts
from creditloop.admit import DecisionCount, case_counts, decision_counts, latest_batch
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import Connection, connect
from creditloop.lend import lend_counts
from creditloop.monitor import find_warning_runs, warning_counts
from creditloop.oversight import (
    BASELINES,
    CHALLENGER,
    NOTE_EN,
    NOTE_ZH,
    find_comparison_runs,
    find_metrics,
    find_model_acts,
    find_model_findings,
    find_model_runs,
    find_models,
    find_proof,
    find_proposals,
    find_versions,
)
from creditloop.recover import contact_counts, find_routing_runs, routing_counts
from creditloop.service.admitting.replaying import replay_all
from creditloop.service.bank import Bank
from creditloop.service.demo.ground import Record
from creditloop.service.lending.limits import limit_positions
from creditloop.service.monitoring.warning import roll_rates_record
from creditloop.service.monitoring.warning_check import read_warning_check, warning_curve
from creditloop.service.overseeing.comparing import comparison_record, outcomes_of_plan
from creditloop.service.overseeing.measuring import alarms_of
from creditloop.service.playing.acting import play_entries
from creditloop.service.playing.loop import LoopPlan
from creditloop.service.reporting.risk_report import checkpoint_of, report_file, report_record, write_report
from creditloop.service.work import Work


def strategies_record(bank: Bank, plan: LoopPlan) -> Record:
    """Tell what decides: each strategy as published, what its check found, and what its proof was made of."""
    with connect(bank.url) as connection:
        versions = find_versions(connection, product=plan.review.product)
        proofs = {found.batch_id: find_proof(connection, batch_id=found.proof_batch) for found in versions}
    return {
        "published": len(versions),
        "versions": [
            {
                "strategy": f"{version.stage}/{version.policy}",
                "state": version.state,
                "document": version.document_hash,
                "program": version.program_hash,
                "rules_as_of": version.rules_as_of.isoformat(),
                "effective_from": version.effective_from.isoformat(),
                "findings": {"warnings": version.warnings, "notes": version.notes},
                "cases": version.cases,
                "proof": {
                    name: getattr(proofs[version.batch_id], name)
                    for name in ("boundary_rows", "random_rows", "seed", "differences")
                },
                "people": {change.state: change.person for change in version.changes},
                "simulated": version.simulated,
            }
            for version in versions
        ],
    }


def acquire_record(bank: Bank, plan: LoopPlan) -> Record:
    """Tell every screening, what set it off, what came of it, and where the whitelist stands at the end."""
    product, known_on = plan.whitelist.product, plan.oversight.outcomes_known_on
    with connect(bank.url) as connection:
        listed = Counter[str]()
        for count in whitelist_counts(connection, product=product, on=known_on):
            listed[count.status] += count.parties
        return {
            "product": product,
            "screenings": [
                {
                    **run.key.dates.as_record(),
                    "trigger": run.key.trigger,
                    "card": run.key.card_hash,
                    "considered": run.considered,
                    "screened": run.screened,
                    "outcomes": _outcomes(connection, run.batch_id),
                    "invitations": {
                        event.kind: event.events
                        for event in event_counts(connection, product=product, batch_id=run.batch_id)
                    },
                }
                for run in find_screenings(connection, product=product)
            ],
            "answers_simulated": {
                event.kind: event.events
                for event in event_counts(connection, product=product)
                if event.simulated
            },
            "whitelist": {"on": known_on.isoformat(), **dict(sorted(listed.items()))},
        }


def _outcomes(connection: Connection, batch_id: UUID) -> dict[str, int]:
    counted = Counter[str]()
    for count in outcome_counts(connection, batch_id=batch_id):
        counted[count.outcome] += count.parties
    return dict(sorted(counted.items()))


def admit_record(bank: Bank, plan: LoopPlan) -> Record:
    """Tell the limit review: who was in scope, what was decided by which rules; then make it all again."""
    day = plan.review.dates.business_date
    with bank.work() as work:
        batch = latest_batch(work.connection, product=plan.review.product, on=day)
        if batch is None:
            raise UnknownId("no review is recorded by this day", got=day)
        counts = decision_counts(work.connection, batch_id=batch.batch_id)
        replayed = replay_all(work)
    scopes = _added(counts, "scope")
    return {
        **batch.dates.as_record(),
        "currency": batch.currency,
        "policy": batch.policy_hash,
        "card": batch.card_hash,
        "features": batch.features_hash,
        "customers": batch.customers,
        "eligible": batch.fitted_on + scopes["reviewed"]["decisions"],
        "fitted_on": batch.fitted_on,
        "decided": batch.decided,
        "scopes": scopes,
        "outcomes": _added(counts, "outcome"),
        "grades": _added([count for count in counts if count.scope == "reviewed"], "grade"),
        "rules": _added(counts, "rule"),
        "replayed": replayed.decisions,
        "replayed_differing": len(replayed.differing),
        "note": {"zh": NOTE_ZH, "en": NOTE_EN},
    }


def _added(counts: Sequence[DecisionCount], by: str) -> dict[str, dict[str, int]]:
    found = dict[str, Counter[str]]()
    for count in counts:
        found.setdefault(str(getattr(count, by)), Counter()).update(
            decisions=count.decisions, limit_fen=count.limit_fen, limit_proposed_fen=count.limit_proposed_fen
        )
    return {name: dict(found[name]) for name in sorted(found)}


def comparison_of_baselines(bank: Bank, plan: LoopPlan) -> Record:
    """Tell how the strategy stands beside each written-down rule: all lines, none picked out."""
    with bank.work() as work:
        recorded = find_comparison_runs(work.connection, kind=BASELINES)
        runs = [run for run in recorded if run.product == plan.review.product]
        if not runs:
            raise UnknownId("no comparison is recorded", got=BASELINES)
        return comparison_record(work, run=runs[-1], outcomes=outcomes_of_plan(plan.review))


def lend_record(bank: Bank, plan: LoopPlan) -> Record:
    """Tell what the decisions led to, and how limits stand at every month's end."""
    with bank.work() as work:
        counts = lend_counts(work.connection)
        months = [
            {**plan.book.dates(month).as_record(), **_position_sums(work, plan, month)}
            for month in plan.book.months
        ]
    return {**counts, "positions": months}


def _position_sums(work: Work, plan: LoopPlan, month: date) -> dict[str, int]:
    frame = limit_positions(work, plan=plan.book, month=month)
    amounts = [name for name in frame.columns if name.endswith("_fen")]
    return {name: int(frame[name].sum()) for name in amounts} | {"frozen": int(frame["frozen"].sum())}


def monitor_record(bank: Bank, plan: LoopPlan) -> Record:
    """Tell the warnings month by month, the roll rates, and the warnings held against October."""
    with bank.work() as work:
        runs = find_warning_runs(work.connection, product=plan.book.product)
        months = [
            run.as_record()
            | {
                "signals": dict(sorted(counts.signals.items())),
                "measures": dict(sorted(counts.measures.items())),
            }
            for run in runs
            for counts in (warning_counts(work.connection, batch_id=run.batch_id),)
        ]
        record: Record = {"months": months, "roll_rates": roll_rates_record(work, plan=plan.book)}
        if plan.oversight.warning is not None:
            document = work.places.document(plan.oversight.warning)
            check = read_warning_check(document, work=work)
            record["curve"] = warning_curve(work, check=check)
    return record


def recover_record(bank: Bank, plan: LoopPlan) -> Record:
    """Tell where customers were routed month by month, and the contacts (simulated)."""
    with connect(bank.url) as connection:
        months = [
            {
                **run.dates.as_record(),
                "parties": run.parties,
                "cases": run.cases,
                "routes": _routes(connection, run.batch_id),
            }
            for run in find_routing_runs(connection)
        ]
        return {"months": months, "contacts": dict(sorted(contact_counts(connection).items()))}


def _routes(connection: Connection, batch_id: UUID) -> dict[str, dict[str, int]]:
    counts = routing_counts(connection, batch_id=batch_id).drop("rule").group_by("route").sum().sort("route")
    return {
        row["route"]: {name: row[name] for name in ("cases", "amount_fen", "value_at_risk_fen")}
        for row in counts.iter_rows(named=True)
    }


def manual_review_record(bank: Bank, plan: LoopPlan) -> Record:
    """Tell the desk's queue and override rate, and what the script did and was refused (all simulated)."""
    known_on = plan.oversight.outcomes_known_on
    with connect(bank.url) as connection:
        counts = case_counts(connection, on=known_on)
    # a repeat: each entry gives what it gave the first time
    acted = list(play_entries(bank, plan=plan.book, script=plan.script, after=None, until=known_on))
    return {
        "on": known_on.isoformat(),
        "open": counts.open,
        "half_signed": counts.half_signed,
        "closed": counts.closed,
        "overdue": counts.overdue,
        "overridden": counts.overridden,
        "override_rate_nano": counts.override_rate_nano,
        "closed_simulated": counts.simulated,
        "script": [played.as_record() for played in acted],
    }


def oversight_record(bank: Bank, plan: LoopPlan) -> Record:
    """Tell the register, what persons did about the cards, and every measurement with its alarms."""
    with bank.work() as work:
        models = find_models(work.connection, on=plan.last_day)
        runs = find_model_runs(work.connection)
        return {
            "models": [model.as_record() for model in models],
            "runs": [
                {
                    **run.dates.as_record(),
                    "kind": run.kind,
                    "population": run.population,
                    "card": run.card_hash,
                    "rows": run.rows,
                    "alarms": [alarm.as_record() for alarm in alarms_of(work, run=run)],
                    "metrics": [
                        metric.as_record() for metric in find_metrics(work.connection, batch_id=run.batch_id)
                    ],
                }
                for run in runs
            ],
            "life": _life(work, names={model.card_hash: model.name for model in models}),
            "note": {"zh": NOTE_ZH, "en": NOTE_EN},
        }


def _life(work: Work, *, names: Mapping[str, str]) -> Record:
    """Tell what persons did about the models (simulated): findings with their answers, acts."""
    return {
        "findings": [
            {"model": names.get(one.card_hash, one.card_hash)} | one.as_record()
            for one in find_model_findings(work.connection)
        ],
        "acts": [
            {"model": names.get(one.card_hash, one.card_hash)} | one.as_record()
            for one in find_model_acts(work.connection)
        ],
    }


def learning_record(bank: Bank, plan: LoopPlan) -> Record:
    """Tell what flowed back: each challenger with its backtest, and that it waits for a second person."""
    with bank.work() as work:
        proposals = find_proposals(work.connection, product=plan.review.product)
        runs = {run.batch_id: run for run in find_comparison_runs(work.connection, kind=CHALLENGER)}
        told = outcomes_of_plan(plan.review)
        records = []
        for proposal in proposals:
            backtest = comparison_record(work, run=runs[proposal.comparison_batch], outcomes=told)
            records.append(proposal.as_record() | {"backtest": backtest})
        return {"proposals": records}


def risk_report_record(bank: Bank, plan: LoopPlan, *, monitored: Record) -> Record:
    """Write the risk report of the run, a PDF with the record it is drawn from beside it; tell where.

    Args:
        monitored: the record of `monitor_record`; its curve is not computed again.
    """
    root = checkpoint_of(bank)
    curve = monitored.get("curve")
    with bank.work() as work:
        record = report_record(
            work, plan=plan.oversight, evidence=root, curve=curve if isinstance(curve, dict) else None
        )
    file = report_file(plan.oversight)
    write_report(bank, record=record, file=file)
    # neither size nor hash: the report shows the root of the evidence, which no two banks share
    return {"file": str(file), "record": str(file.with_suffix(".json"))}
