"""催收工作台: the queue by value at risk, and whether each customer may be contacted now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import list_documents
from creditloop.recover import (
    CHANNELS,
    ContactFacts,
    Permission,
    RoutingRun,
    contact_counts,
    contact_facts,
    find_routing_runs,
    local_time,
    may_contact,
    queue,
    routing_counts,
)
from creditloop.risk import Policy
from creditloop.service.booking.card_book import BookPlan, read_plan
from creditloop.service.console.days import business_day
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.visit import Page, Visit
from creditloop.service.recovering.routing import recover_policy
from creditloop.service.work import Work

ROUTES = ("message", "call", "agency", "litigation", "refer")
_COLUMNS = ("party_id", "months_late", "amount_fen", "value_at_risk_fen", "grade", "level", "route", "rule")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactNow:
    """What counts at this moment: what happened on the day, and for each channel whether it is allowed."""

    facts: ContactFacts
    permissions: Mapping[str, Permission]


def show_cases(visit: Visit) -> Page:
    """Show the cases open on a day: the last business date, or the one asked for."""
    trail = [(visit.words("screen.cockpit"), visit.at("/")), (visit.words("screen.cases"), None)]
    route, rule = visit.query.get("route") or None, visit.query.get("rule") or None
    if route not in {None, *ROUTES}:
        raise InputError("not a route", got=route, expected=ROUTES)
    asked = paging(visit)
    with visit.work() as work:
        runs = find_routing_runs(work.connection)
        if not runs:
            return Page(template="empty.html", record={"why": "cases.empty"}, trail=trail)
        on = business_day(visit, work.connection)
        run = _run_on(runs, on)
        plan = book_plan(work, run.product)
        policy = recover_policy(work, name="contact", product=plan.product, rules_as_of=plan.rules_as_of)
        chosen = queue(work.connection, on=on, route=route)
        chosen = chosen if rule is None else chosen.filter(pl.col("rule") == rule)
        rows = chosen.slice(asked.skip, ON_A_PAGE).to_dicts()
        counts = routing_counts(work.connection, batch_id=run.batch_id).to_dicts()
        contacts = contact_counts(work.connection)
        now = {
            row["party_id"]: contact_now(work, plan=plan, policy=policy, party_id=row["party_id"])
            for row in rows
        }
        visit.log_read(
            work,
            package="creditloop.recover",
            table="recover.case",
            columns=_COLUMNS,
            parties_count=len(rows),
        )
    record = {
        "runs": runs,
        "run": run,
        "on": on,
        "chosen": {"route": route, "rule": rule},
        "routes": ROUTES,
        "rules": sorted({one["rule"] for one in counts}),
        "rows": rows,
        "sums": {name: int(chosen[name].sum()) for name in ("amount_fen", "value_at_risk_fen")},
        "counts": counts,
        "contacts": contacts,
        "now": now,
        "policy_hash": policy.hash,
        "total": chosen.height,
        "page": asked.page,
        "pages": asked.pages(chosen.height),
    }
    return Page(template="cases.html", record=record, trail=trail)


def book_plan(work: Work, product: str) -> BookPlan:
    """Return the plan a product's book was last posted by, from the bank's archive.

    Raises: UnknownId if there is none.
    """
    for archived in list_documents(work.connection, kind="plan"):
        document = work.adopted(archived.hash)
        if document.root.mapping(required=["plan"])["plan"].value == "card_book":
            plan = read_plan(document, root=work.places.documents)
            if plan.product == product:
                return plan
    raise UnknownId("no book of this product was posted", got=product)


def contact_now(work: Work, *, plan: BookPlan, policy: Policy, party_id: str) -> ContactNow:
    """Say whether a customer may be contacted at this very moment, whatever day the queue is of."""
    hours = work.contract(plan.contract).utc_offset_hours
    day, minute = local_time(work.now, utc_offset_hours=hours)
    facts = contact_facts(work.connection, party_id=party_id, on_day=day)
    permissions = {
        channel: may_contact(
            policy=policy, facts=facts, channel=channel, recipient="customer", minute_of_day=minute
        )
        for channel in CHANNELS
    }
    return ContactNow(facts=facts, permissions=permissions)


def _run_on(runs: list[RoutingRun], on: date) -> RoutingRun:
    found = [run for run in runs if run.dates.business_date <= on]
    if not found:
        raise UnknownId("nobody was routed by this day", got=str(on))
    return found[-1]
