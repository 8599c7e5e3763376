"""Collections month by month (清收): everybody routed after the warnings, contacts asked for and recorded.

1. what each customer owes (the book), is late (the statement), was graded (the last limit review) and warned
   of (this month's warnings) is put together, and routed by policy               answers WarningsRaised
2. `CasesRouted` is said
3. a contact is recorded only if the rules of contact allow it; a complaint or objection stops contact
"""

from datetime import UTC, date, datetime, time
from uuid import UUID

import polars as pl

from creditloop.admit import decision_frame, latest_batches
from creditloop.kernel.dates import date_from_text
from creditloop.kernel.facts import Fact
from creditloop.monitor import WarningRun, find_warning_runs, find_warnings
from creditloop.recover import (
    ROWS,
    ContactEvent,
    Occasion,
    Permission,
    RoutingRun,
    ask_permission,
    find_routing_run,
    record_complaint,
    record_contact,
    record_resolutions,
    record_routing,
    route_cases,
)
from creditloop.risk import Policy
from creditloop.service.booking.card_book import BookPlan, check_posted, owed_at, read_plan, statement_rows
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.own_reads import record_own_read
from creditloop.service.work import Work

READER = "service.recovering"
_PURPOSE = "monitoring"
_NOTHING = "none"
"""What stands for a grade or a warning level that is not there."""


def route_warned(work: Work, fact: Fact) -> None:
    """Answer `WarningsRaised`: route the month the warnings are about."""
    plan = read_plan(work.adopted(str(fact.payload["plan"])), root=work.places.documents)
    route_month(work, plan=plan, month=date_from_text(str(fact.payload["business_date"])))


def route_month(work: Work, *, plan: BookPlan, month: date) -> RoutingRun:
    """Route every customer of the book at a month's end, and say so; a repeat returns the first.

    The warnings used are the last recorded of the month; without any, nobody counts as warned, and the run
    says so (its `warning_batch` is empty).

    Raises: InputError if the month is not in the plan; OutOfOrder if it is not posted yet.
    """
    check_posted(work, plan=plan, month=month)
    policy = recover_policy(work, name="routing", product=plan.product, rules_as_of=plan.rules_as_of)
    dates, warned = plan.dates(month), _warnings(work, plan, month)
    warning_batch = "" if warned is None else str(warned.batch_id)
    recorded = find_routing_run(
        work.connection, product=plan.product, dates=dates, policy=policy, warning_batch=warning_batch
    )
    if recorded is not None:
        return recorded
    run = record_routing(
        work.connection,
        routed=route_cases(rows=_rows(work, plan, month, warned), policy=policy),
        policy=policy,
        product=plan.product,
        dates=dates,
        warning_batch=warning_batch,
        now=work.now,
    )
    work.recorded(run.batch_id)
    work.say(_cases_routed(work, plan, run))
    return run


def recover_policy(work: Work, *, name: str, product: str, rules_as_of: date) -> Policy:
    """Read a policy of collections as in force on a date, and keep its text.

    Raises: as `deciding_policy`.
    """
    return deciding_policy(work, path=f"policies/{product}/recover/{name}.yaml", rules_as_of=rules_as_of)


def occasion_of(
    work: Work,
    *,
    contract: str,
    party_id: str,
    at: datetime,
    person: str,
    note: str,
    key: str,
    simulated: bool,
) -> Occasion:
    """Put together what any contact event says; the customer's clock is that of the data contract."""
    return Occasion(
        party_id=party_id,
        at=at,
        utc_offset_hours=work.contract(contract).utc_offset_hours,
        person=person,
        note=note,
        key=key,
        simulated=simulated,
    )


def contact_party(work: Work, *, plan: BookPlan, occasion: Occasion, channel: str) -> ContactEvent:
    """Record a contact with the customer, by the rules in force; see `recover.record_contact`.

    Raises: StateError naming rule and reason if it is not allowed.
    """
    event = record_contact(
        work.connection,
        occasion=occasion,
        policy=recover_policy(work, name="contact", product=plan.product, rules_as_of=plan.rules_as_of),
        channel=channel,
        recipient="customer",
        now=work.now,
    )
    work.recorded(event.event_id)
    return event


def permission_of(
    work: Work, *, plan: BookPlan, party_id: str, channel: str, recipient: str, at: datetime
) -> Permission:
    """Say whether somebody may be contacted about a customer's case at an instant, and by which rule."""
    return ask_permission(
        work.connection,
        policy=recover_policy(work, name="contact", product=plan.product, rules_as_of=plan.rules_as_of),
        party_id=party_id,
        channel=channel,
        recipient=recipient,
        at=at,
        utc_offset_hours=work.contract(plan.contract).utc_offset_hours,
    )


def complain(work: Work, *, occasion: Occasion, kind: str) -> ContactEvent:
    """Record a customer's complaint or objection: from then on contact stops."""
    event = record_complaint(work.connection, occasion=occasion, kind=kind, now=work.now)
    work.recorded(event.event_id)
    return event


def resolve(work: Work, *, occasion: Occasion, resolves: UUID | None = None) -> tuple[ContactEvent, ...]:
    """Record that a customer's complaint or objection is resolved: the one named, or all that are open.

    Raises: UnknownId if none is open or there is none with this id; OutOfOrder if it is resolved already.
    """
    events = record_resolutions(work.connection, occasion=occasion, resolves=resolves, now=work.now)
    for event in events:
        work.recorded(event.event_id)
    return events


def _warnings(work: Work, plan: BookPlan, month: date) -> WarningRun | None:
    runs = find_warning_runs(work.connection, product=plan.product)
    return next((run for run in reversed(runs) if run.dates == plan.dates(month)), None)


def _rows(work: Work, plan: BookPlan, month: date, warned: WarningRun | None) -> pl.DataFrame:
    """Put together what each customer is routed by."""
    late = statement_rows(work, plan=plan, month=month, columns=["months_late"], purpose=_PURPOSE)
    balances = owed_at(work, plan=plan, month=month, purpose=_PURPOSE)
    return (
        balances.join(late, on="party_id", how="left", validate="1:1")
        .join(_grades(work, plan, month), on="party_id", how="left", validate="1:1")
        .join(_levels(work, plan, month, warned), on="party_id", how="left", validate="1:1")
        .select(
            "party_id",
            pl.col("months_late").cast(pl.Int64),
            amount_fen="receivable_fen",
            grade=pl.col("grade").fill_null(_NOTHING),
            level=pl.col("level").fill_null(_NOTHING),
        )
        .select(*ROWS)
    )


def _grades(work: Work, plan: BookPlan, month: date) -> pl.DataFrame:
    """Return the grade each customer was last reviewed at, as known by the month; nobody before a review."""
    batches = latest_batches(work.connection, product=plan.product, on=month)
    if not batches:
        return pl.DataFrame(schema={"party_id": pl.String, "grade": pl.String})
    frames = [decision_frame(work.connection, batch_id=batch.batch_id) for batch in batches]
    grades = pl.concat(frames).select("party_id", "grade")
    _log(work, plan, month, "admit.decision", grades)
    return grades


def _levels(work: Work, plan: BookPlan, month: date, warned: WarningRun | None) -> pl.DataFrame:
    rows = () if warned is None else find_warnings(work.connection, batch_id=warned.batch_id)
    levels = pl.DataFrame(
        [(row.party_id, row.level) for row in rows],
        schema={"party_id": pl.String, "level": pl.String},
        orient="row",
    )
    if warned is not None:
        _log(work, plan, month, "monitor.warning", levels)
    return levels


def _log(work: Work, plan: BookPlan, month: date, table: str, frame: pl.DataFrame) -> None:
    record_own_read(
        work,
        package=f"creditloop.{table.partition('.')[0]}",
        table=table,
        columns=frame.columns,
        purpose=_PURPOSE,
        reader=READER,
        reason=f"{plan.product} {month:%Y-%m}: cases routed",
        parties_count=frame.height,
    )


def _cases_routed(work: Work, plan: BookPlan, run: RoutingRun) -> Fact:
    month = run.dates.business_date
    return Fact(
        kind="CasesRouted",
        key=f"{run.product}/{month}/{run.batch_id}",
        occurred_at=datetime.combine(month, time(), tzinfo=UTC),
        known_at=work.now,
        payload={
            "batch": str(run.batch_id),
            "plan": plan.document.hash,
            "product": run.product,
            **run.dates.as_record(),
            "parties": run.parties,
            "cases": run.cases,
        },
    )
