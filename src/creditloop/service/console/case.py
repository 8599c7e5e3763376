"""催收个案: one customer's case — contacts, complaints, what is allowed now — and the forms to note them."""

from uuid import uuid4

from creditloop.kernel.errors import InputError, UnknownId
from creditloop.monitor import verdicts_of
from creditloop.recover import (
    CHANNELS,
    STOPPING,
    RoutingRun,
    find_case,
    find_cases,
    find_contact_events,
    find_routing_runs,
    local_time,
)
from creditloop.service.booking.card_book import BookPlan
from creditloop.service.console.cases import book_plan, contact_now
from creditloop.service.console.visit import Answer, Page, Redirect, Visit, identifier
from creditloop.service.recovering.routing import (
    complain,
    contact_party,
    occasion_of,
    recover_policy,
    resolve,
)
from creditloop.service.work import Work

_READ = {
    "recover.case": ("opened_on", "months_late", "amount_fen", "grade", "route", "rule", "reason_code"),
    "recover.contact_event": ("kind", "at", "person", "note"),
}
"""What this screen shows of a customer."""
_FORMS = ("contact", "complaint", "resolved")
"""The forms of this screen; each has a number of its own."""


def show_case(visit: Visit) -> Page:
    """Show what happened about a customer's debt, and what may be done now."""
    party_id = visit.path["party_id"]
    with visit.work() as work:
        cases = find_cases(work.connection, party_id=party_id)
        events = find_contact_events(work.connection, party_id=party_id)
        runs = find_routing_runs(work.connection)
        record: dict[str, object] = {"party_id": party_id, "cases": cases, "events": events, "open": None}
        record |= {"facts": None, "permissions": {}, "policy_hash": "", "routing": _policies(runs)}
        product = _product(work, party_id)
        if product is not None:
            record |= _now(work, book_plan(work, product), party_id)
        for table, columns in _READ.items():
            visit.log_read(
                work,
                package="creditloop.recover",
                table=table,
                columns=columns,
                parties_count=1,
                party_id=party_id,
            )
    record |= {"channels": CHANNELS, "stopping": [str(one) for one in STOPPING], "key": str(uuid4())}
    trail = [
        (visit.words("screen.cockpit"), visit.at("/")),
        (visit.words("screen.cases"), visit.at("/cases")),
        (party_id, None),
    ]
    return Page(template="case.html", record=record, trail=trail)


def act_on_case(visit: Visit) -> Answer:
    """Note a contact, a complaint or objection, or that one is resolved."""
    visit.check("note_contact")
    party_id, does = visit.path["party_id"], visit.form.get("does", "")
    with visit.work() as work:
        product = _product(work, party_id)
        if product is None:
            raise UnknownId("the bank has no such customer", got=party_id)
        plan = book_plan(work, product)
        occasion = occasion_of(
            work,
            contract=plan.contract,
            party_id=party_id,
            at=work.now,
            person=visit.person.login,
            note=visit.form.get("note", "").strip(),
            key=f"console/{_key(visit)}",
            simulated=False,
        )
        if does in CHANNELS:
            contact_party(work, plan=plan, occasion=occasion, channel=does)
        elif does in STOPPING:
            complain(work, occasion=occasion, kind=does)
        elif does == "resolved":
            event = identifier(visit.form.get("event", ""), what="complaint or objection")
            resolve(work, occasion=occasion, resolves=event)
        else:
            raise InputError("nothing to note", got=does, expected=[*CHANNELS, *STOPPING, "resolved"])
    return Redirect(path=f"/cases/{party_id}", query={"done": "noted"})


def _key(visit: Visit) -> str:
    """Return the number of the form, by which a form that is sent twice is noted once.

    Raises: InputError if it is not one this screen gave out.
    """
    key = visit.form.get("key", "")
    number, _, kind = key.rpartition("-")
    if kind not in _FORMS:
        raise InputError("the form has no number of its own", got=key, expected=f"a UUID and {_FORMS}")
    return f"{identifier(number, what='form')}-{kind}"


def _now(work: Work, plan: BookPlan, party_id: str) -> dict[str, object]:
    """Return what counts at this moment: the open case, what stops contact, what is allowed."""
    policy = recover_policy(work, name="contact", product=plan.product, rules_as_of=plan.rules_as_of)
    day, _ = local_time(work.now, utc_offset_hours=work.contract(plan.contract).utc_offset_hours)
    now = contact_now(work, plan=plan, policy=policy, party_id=party_id)
    return {
        "open": find_case(work.connection, party_id=party_id, on=day),
        "facts": now.facts,
        "permissions": now.permissions,
        "policy_hash": policy.hash,
    }


def _product(work: Work, party_id: str) -> str | None:
    """Return the product of a customer's last case, of none that of the last verdict; None for a stranger.

    A complaint is taken from a customer without a case too.
    """
    runs = {run.batch_id: run.product for run in find_routing_runs(work.connection)}
    cases = find_cases(work.connection, party_id=party_id)
    if cases:
        return runs[cases[-1].batch_id]
    verdicts = verdicts_of(work.connection, party_id=party_id)
    return verdicts[-1][0].product if verdicts else None


def _policies(runs: list[RoutingRun]) -> dict[object, str]:
    return {run.batch_id: run.policy_hash for run in runs}
