"""审批工作台: the queue of referred cases, and one case to be signed by whoever has the mandate."""

from datetime import date

from creditloop.admit import CaseState, Person, Ruling, find_case, find_cases
from creditloop.kernel.errors import InputError
from creditloop.kernel.money import fen_from_text
from creditloop.service.admitting.review_desk import case_outcomes, sign_case, withdraw_signature
from creditloop.service.console.days import acting_day, business_day
from creditloop.service.console.opened import read_decision
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.visit import Answer, Page, Redirect, Visit, identifier

STATES = ("waiting", "open", "half_signed", "overdue", "closed", "proposed", "overridden", "simulated")
"""Ways to choose cases; those waiting are open or half signed, those proposed closed with a proposal."""
_COLUMNS = (
    "party_id",
    "amount_fen",
    "mandate",
    "outcome_proposed",
    "limit_fen",
    "limit_proposed_fen",
    "reasons",
)
_ROLE = "approver"
"""The role in which the console's approvers sign."""
_DECIDING = "rule"
"""What whoever may sign reads a case for: to decide about a person, so nothing protected is shown."""


def show_reviews(visit: Visit) -> Page:
    """Show the queue: first due first."""
    state = visit.query.get("state", "waiting")
    if state not in {"", *STATES}:
        raise InputError("not a state of a case", got=state, expected=STATES)
    asked = paging(visit)
    with visit.work() as work:
        on = business_day(visit, work.connection)
        known = find_cases(work.connection)
        chosen = [one for one in known if not state or _is(one, state, on=on)]
        cases = chosen[asked.skip : asked.skip + ON_A_PAGE]
        visit.log_read(
            work,
            package="creditloop.admit",
            table="admit.review_case",
            columns=_COLUMNS,
            parties_count=len(cases),
        )
    record = {
        "cases": cases,
        "counts": {name: len([one for one in known if _is(one, name, on=on)]) for name in STATES},
        "states": STATES,
        "state": state,
        "on": on,
        "total": len(chosen),
        "amount_fen": sum(one.case.amount_fen or 0 for one in chosen),
        "page": asked.page,
        "pages": asked.pages(len(chosen)),
    }
    return Page(template="reviews.html", record=record, trail=_trail(visit))


def _is(case: CaseState, state: str, *, on: date) -> bool:
    """Whether a case is in a state; what is overdue is so on a business date."""
    return {
        "waiting": case.status != "closed",
        "overdue": case.overdue(on=on),
        "proposed": case.overrides is not None,
        "overridden": case.overrides is True,
        "simulated": case.status == "closed" and case.simulated,
    }.get(state, case.status == state)


def show_review(visit: Visit) -> Page:
    """Show a case: why it was referred, what is proposed, who has signed, and the form to sign."""
    with visit.work() as work:
        state = find_case(work.connection, case_id=identifier(visit.path["case_id"], what="case"))
        may_sign = _may_sign(visit, state)
        opened = read_decision(
            visit, work, decision_id=state.case.decision_id, purpose=_DECIDING if may_sign else None
        )
        visit.log_read(
            work,
            package="creditloop.admit",
            table="admit.review_case",
            columns=_COLUMNS,
            parties_count=1,
            party_id=state.case.party_id,
            purpose=_DECIDING if may_sign else None,
        )
        outcomes = case_outcomes(work, state=state)
        on = business_day(visit, work.connection)
    record = {
        "state": state,
        "case": state.case,
        "decision": opened.decision,
        "batch": opened.batch,
        "reasons": opened.working.judgement.reasons,
        "costs": opened.working.score.reasons,
        "outcomes": outcomes,
        "on": on,
        "may_sign": may_sign,
        "purpose": _DECIDING if may_sign else visit.purpose,
        "has_signed": visit.person.login in state.signed_by and state.status != "closed",
    }
    trail = [*_trail(visit, here=False), (state.case.party_id, None)]
    return Page(template="review.html", record=record, trail=trail)


def act_on_review(visit: Visit) -> Answer:
    """Sign a case, or take the signature back."""
    visit.check("decide_review")
    case_id = identifier(visit.path["case_id"], what="case")
    person, reason = Person(name=visit.person.login, role=_ROLE), visit.form.get("reason", "")
    with visit.work() as work:
        acted_on = acting_day(work)
        if visit.form.get("does") == "withdraw":
            withdraw_signature(
                work, case_id=case_id, person=person, reason=reason, acted_on=acted_on, simulated=False
            )
        else:
            ruling = Ruling(outcome=visit.form.get("outcome", ""), limit_fen=_limit(visit), reason=reason)
            sign_case(work, case_id=case_id, person=person, ruling=ruling, acted_on=acted_on, simulated=False)
    visit.bank.deliver()
    done = "withdrawn" if visit.form.get("does") == "withdraw" else "signed"
    return Redirect(path=f"/reviews/{case_id}", query={"done": done})


def _limit(visit: Visit) -> int | None:
    """Read the limit of the form, in units of the currency; nothing is no limit."""
    text = visit.form.get("limit", "").strip()
    return fen_from_text(text) if text else None


def _may_sign(visit: Visit, state: CaseState) -> bool:
    return (
        visit.allows("decide_review")
        and state.status != "closed"
        and visit.person.login not in state.signed_by
    )


def _trail(visit: Visit, *, here: bool = True) -> list[tuple[str, str | None]]:
    return [
        (visit.words("screen.cockpit"), visit.at("/")),
        (visit.words("screen.reviews"), None if here else visit.at("/reviews")),
    ]
