"""催收工作台: the queue by value at risk, and whether each customer may be contacted now."""

from collections.abc import Mapping
from datetime import date

from creditloop.kernel.dates import date_from_text
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import load_queries
from creditloop.recover import (
    CHANNELS,
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
from creditloop.service.card_book import BookPlan, read_plan
from creditloop.service.console.customers import QUERIES
from creditloop.service.console.paging import ON_A_PAGE, paging, today
from creditloop.service.console.visit import Page, Visit
from creditloop.service.recovering import recover_policy
from creditloop.service.work import Work

ROUTES = ("message", "call", "agency", "litigation", "refer")
_COLUMNS = ("party_id", "months_late", "amount_fen", "value_at_risk_fen", "grade", "level", "route", "rule")


def show_cases(visit: Visit) -> Page:
    """Show the cases open on a day: today, or the business date asked for."""
    trail = [(visit.words("screen.cockpit"), visit.at("/")), (visit.words("screen.cases"), None)]
    route = visit.query.get("route") or None
    if route not in {None, *ROUTES}:
        raise InputError("not a route", got=route, expected=ROUTES)
    asked = paging(visit)
    with visit.work() as work:
        runs = find_routing_runs(work.connection)
        if not runs:
            return Page(template="empty.html", record={"why": "cases.empty"}, trail=trail)
        on = date_from_text(visit.query["on"]) if visit.query.get("on") else today(visit)
        run = _run_on(runs, on)
        plan = book_plan(work, run.product)
        policy = recover_policy(work, name="contact", product=plan.product, rules_as_of=plan.rules_as_of)
        rows = queue(work.connection, on=on, route=route, most=ON_A_PAGE, skip=asked.skip).to_dicts()
        counts = routing_counts(work.connection, batch_id=run.batch_id).to_dicts()
        contacts = contact_counts(work.connection)
        permissions = {
            row["party_id"]: permissions_now(work, plan=plan, policy=policy, party_id=row["party_id"])
            for row in rows
        }
        visit.log_read(
            work,
            package="creditloop.recover",
            table="recover.case",
            columns=_COLUMNS,
            parties_count=len(rows),
        )
    total = sum(one["cases"] for one in counts if route in {None, one["route"]})
    record = {
        "runs": runs,
        "run": run,
        "on": on,
        "today": today(visit),
        "route": route,
        "routes": ROUTES,
        "rows": rows,
        "counts": counts,
        "contacts": contacts,
        "permissions": permissions,
        "policy_hash": policy.hash,
        "total": total,
        "page": asked.page,
        "pages": asked.pages(total),
    }
    return Page(template="cases.html", record=record, trail=trail)


def book_plan(work: Work, product: str) -> BookPlan:
    """Return the plan a product's book was last posted by, from the bank's archive.

    Raises: UnknownId if there is none.
    """
    found = load_queries(QUERIES).list_documents(work.connection)
    for document_hash, kind, *_ in found:
        if kind == "plan":
            document = work.adopted(document_hash)
            if document.root.mapping(required=["plan"])["plan"].value == "card_book":
                plan = read_plan(document, root=work.places.documents)
                if plan.product == product:
                    return plan
    raise UnknownId("no book of this product was posted", got=product)


def permissions_now(work: Work, *, plan: BookPlan, policy: Policy, party_id: str) -> Mapping[str, Permission]:
    """Say for each channel whether a customer may be contacted at this moment, and by which rule."""
    hours = work.contract(plan.contract).utc_offset_hours
    day, minute = local_time(work.now, utc_offset_hours=hours)
    facts = contact_facts(work.connection, party_id=party_id, on_day=day)
    return {
        channel: may_contact(
            policy=policy, facts=facts, channel=channel, recipient="customer", minute_of_day=minute
        )
        for channel in CHANNELS
    }


def _run_on(runs: list[RoutingRun], on: date) -> RoutingRun:
    found = [run for run in runs if run.dates.business_date <= on]
    if not found:
        raise UnknownId("nobody was routed by this day", got=str(on))
    return found[-1]
