"""审批工作台: the queue of referred cases, and one case to be signed by whoever has the mandate."""

from creditloop.admit import CaseState, Person, Ruling, case_counts, find_case, find_cases
from creditloop.kernel.errors import InputError
from creditloop.kernel.money import fen_from_text
from creditloop.service.console.paging import ON_A_PAGE, paging, today
from creditloop.service.console.visit import Answer, Page, Redirect, Visit, identifier
from creditloop.service.replaying import open_decision
from creditloop.service.review_desk import case_outcomes, sign_case, withdraw_signature

STATES = ("open", "closed")
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


def show_reviews(visit: Visit) -> Page:
    """Show the queue: first due first."""
    state = visit.query.get("state", "open")
    if state not in {"", *STATES}:
        raise InputError("not a state of a case", got=state, expected=STATES)
    closed = {"open": False, "closed": True}.get(state)
    asked, on = paging(visit), today(visit)
    with visit.work() as work:
        counts = case_counts(work.connection, on=on)
        cases = find_cases(work.connection, closed=closed, most=ON_A_PAGE, skip=asked.skip)
        visit.log_read(
            work,
            package="creditloop.admit",
            table="admit.review_case",
            columns=_COLUMNS,
            parties_count=len(cases),
        )
    total = {None: counts.open + counts.half_signed + counts.closed, True: counts.closed}.get(
        closed, counts.open + counts.half_signed
    )
    record = {
        "cases": cases,
        "counts": counts,
        "states": STATES,
        "state": state,
        "on": on,
        "total": total,
        "page": asked.page,
        "pages": asked.pages(total),
    }
    return Page(template="reviews.html", record=record, trail=_trail(visit))


def show_review(visit: Visit) -> Page:
    """Show a case: why it was referred, what is proposed, who has signed, and the form to sign."""
    with visit.work() as work:
        state = find_case(work.connection, case_id=identifier(visit.path["case_id"], what="case"))
        decision, working = open_decision(
            work, decision_id=state.case.decision_id, reader=visit.reader, reason=visit.reason
        )
        outcomes = case_outcomes(work, state=state)
    record = {
        "state": state,
        "case": state.case,
        "decision": decision,
        "reasons": working.judgement.reasons,
        "costs": working.score.reasons,
        "outcomes": outcomes,
        "on": today(visit),
        "may_sign": _may_sign(visit, state),
        "has_signed": visit.person.login in state.signed_by and state.status != "closed",
    }
    trail = [*_trail(visit, here=False), (state.case.party_id, None)]
    return Page(template="review.html", record=record, trail=trail)


def act_on_review(visit: Visit) -> Answer:
    """Sign a case, or take the signature back."""
    visit.check("decide_review")
    case_id = identifier(visit.path["case_id"], what="case")
    person, acted_on = Person(name=visit.person.login, role=_ROLE), today(visit)
    reason = visit.form.get("reason", "")
    with visit.work() as work:
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
