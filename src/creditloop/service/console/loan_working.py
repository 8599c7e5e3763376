"""每笔金额怎么来的: the working of one amount of a loan: formula, numbers, rounding, events, rules."""

from dataclasses import dataclass
from uuid import UUID

from creditloop.book.explaining import (
    Explanation,
    How,
    Step,
    explain_accrual,
    explain_lender_leg,
    explain_row,
    explain_settlement,
    explain_split,
)
from creditloop.book.loan_records import LoanClose, find_closes
from creditloop.book.loans import Part, event_kind, standing_of
from creditloop.kernel.dates import date_from_text
from creditloop.kernel.errors import InputError, StateError, UnknownId
from creditloop.service.console.loan_formulas import formula
from creditloop.service.console.loan_reading import LoanRead, read_loan, way_to_loan
from creditloop.service.console.visit import Page, Visit
from creditloop.service.work import Work

WHATS = ("row", "settlement", "accrual", "share", "leg")
"""What a working is asked for: part of a row, an event's settlement, a day's income, our part, a posting."""
_OVERDUE = (How.OVERDUE_DAY, How.GRACE_OVER, How.GRACE_WAITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStep:
    """A step as it is shown: its formula, what the steps add up to so far, where its rule stands."""

    step: Step
    text: str
    so_far: int
    kind: str | None
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A working: what of the loan, which row it stands in, and which sealed row holds the amount."""

    told: Explanation
    heading: str
    table: str
    place: tuple[UUID, int]


def show_loan_working(visit: Visit) -> Page:
    """Show how an amount of a loan came about."""
    what = visit.query.get("what", "")
    if what not in WHATS:
        raise InputError("no such working", got=what, expected=WHATS, where={"field": "what"})
    with visit.work() as work:
        read = read_loan(visit, work)
        if read.on is None and what != "share":
            raise StateError(
                "the book does not hold what was agreed for this loan, so its amounts are not explained",
                where={"loan": read.loan.loan_id},
            )
        asked = _ASKED[what](visit, work, read)
    record = {
        "read": read,
        "loan": read.loan,
        "what": what,
        "told": asked.told,
        "heading": asked.heading,
        "table": asked.table,
        "place": asked.place,
        "steps": _shown(visit, read, asked.told),
        "about": any(one.due or one.part is not None or one.account for one in asked.told.steps),
    }
    steps = ((visit.words("screen.loan_working"), None),)
    return Page(
        template="loan_working.html", record=record, trail=way_to_loan(visit, read.loan.loan_id, *steps)
    )


def _shown(visit: Visit, read: LoanRead, told: Explanation) -> list[ShownStep]:
    shown, so_far = [], 0
    for step in told.steps:
        so_far += step.amount
        stored = None if step.event_id is None else read.event(step.event_id)
        shown.append(
            ShownStep(
                step=step,
                text=formula(step, visit.words),
                so_far=so_far,
                kind=None if stored is None else event_kind(stored.event),
                rule=_rule(visit, read, step),
            )
        )
    return shown


def _rule(visit: Visit, read: LoanRead, step: Step) -> str:
    """Return where a step's rule stands: the document it came from, else the loan's own terms or rules."""
    word = "penalty" if step.how in _OVERDUE else "allocation" if step.how is How.SETTLED else None
    if word is not None and (digest := read.document_about(word)) is not None:
        return visit.at(f"/documents/{digest}")
    of_rules = word is not None or step.how in (How.SETTLED_LATER, How.PUT_BACK, How.OVERPAID)
    place, table = (
        (read.places.rules, "book.loan_rules") if of_rules else (read.places.terms, "book.loan_terms")
    )
    if step.how is How.SHARE or place is None:
        place, table = read.places.programme, "book.programme"
    return visit.at(f"/rows/{table}/{place[0]}/{place[1]}")


def _part(visit: Visit, *allowed: Part) -> Part:
    text = visit.query.get("part", "")
    names = {part.name.lower(): part for part in allowed}
    if text not in names:
        raise InputError(
            "no such part of what is owed", got=text, expected=list(names), where={"field": "part"}
        )
    return names[text]


def _row(visit: Visit, work: Work, read: LoanRead) -> _Asked:
    """Explain a part of what falls due on a date."""
    part, number = _part(visit, *Part), visit.number("row", otherwise=0, most=10_000)
    trace = read.trace()
    if not 1 <= number <= len(trace.last.rows):
        raise UnknownId(
            "the loan's plan has no such row", got=number, expected=f"1 to {len(trace.last.rows)}"
        )
    due = trace.last.rows[number - 1].due
    told = explain_row(trace, due=due, part=part, number=number)
    heading = visit.words(
        "loan_working.of_row", number=number, due=due, part=visit.words.of("loan_part", part.name.lower())
    )
    return _Asked(told=told, heading=heading, table="book.loan", place=read.places.loan)


def _settlement(visit: Visit, work: Work, read: LoanRead) -> _Asked:
    """Explain what an event settled."""
    event_id = visit.query.get("event", "")
    told = explain_settlement(read.trace(), event_id=event_id)
    stored = read.event(event_id)
    assert stored is not None, "what is explained is there"
    heading = visit.words(
        "loan_working.of_event", event=visit.words.of("loan_event", event_kind(stored.event)), id=event_id
    )
    return _Asked(told=told, heading=heading, table="book.loan_event", place=(stored.batch_id, 0))


def _close(visit: Visit, work: Work, read: LoanRead) -> LoanClose:
    day = date_from_text(visit.query.get("day", ""))
    closes = find_closes(
        work.connection, shard=read.loan.shard, loan_no=read.loan.loan_no, most=1, business_date=day
    )
    if not closes:
        raise UnknownId("the loan was not closed on this day", got=day)
    return closes[0]


def _accrual(visit: Visit, work: Work, read: LoanRead) -> _Asked:
    """Explain what a day accrued."""
    part, close = _part(visit, Part.INTEREST, Part.PENALTY), _close(visit, work, read)
    loan, day = read.loan, close.business_date
    known = [event for event in loan.history if event.booked_on <= day]
    told = explain_accrual(terms=loan.terms, rules=loan.rules, events=known, day=day, part=part)
    heading = visit.words("loan_working.of_day", day=day, part=visit.words.of("loan_part", part.name.lower()))
    return _Asked(told=told, heading=heading, table="book.loan_day", place=(close.batch_id, close.row_no))


def _share(visit: Visit, work: Work, read: LoanRead) -> _Asked:
    """Explain our part of what a day accrued."""
    part, close = _part(visit, Part.INTEREST, Part.PENALTY), _close(visit, work, read)
    total, accrued = (
        (close.interest_total_fen, close.interest_accrued_fen)
        if part is Part.INTEREST
        else (close.penalty_total_fen, close.penalty_accrued_fen)
    )
    own = read.loan.shares.parties[0]
    told = explain_split(
        before=total - accrued,
        after=total,
        shares=read.loan.shares,
        lender=own,
        day=close.business_date,
        what=part.name.lower(),
    )
    heading = visit.words(
        "loan_working.of_share",
        day=close.business_date,
        part=visit.words.of("loan_part", part.name.lower()),
        lender=own,
    )
    return _Asked(told=told, heading=heading, table="book.loan_day", place=(close.batch_id, close.row_no))


def _leg(visit: Visit, work: Work, read: LoanRead) -> _Asked:
    """Explain what an event posted for a lender."""
    loan, event_id = read.loan, visit.query.get("event", "")
    number = next((place for place, one in enumerate(loan.events) if one.event.id == event_id), None)
    if number is None:
        raise UnknownId("no such event of the loan", got=event_id)
    stored = loan.events[number]
    wanted = visit.query.get("account", ""), visit.query.get("lender", "")
    leg = next((one for one in stored.legs if (one[0].value, one[1]) == wanted), None)
    if leg is None:
        raise UnknownId("the event posted nothing there", got=wanted)
    before, after = (
        standing_of(
            terms=loan.terms, rules=loan.rules, events=loan.history[:until], day=stored.event.booked_on
        )[1]
        for until in (number, number + 1)
    )
    told = explain_lender_leg(
        account=leg[0],
        lender=leg[1],
        amount=leg[2],
        before=(before.balances, before.disbursed),
        after=(after.balances, after.disbursed),
        shares=loan.shares,
        day=stored.event.booked_on,
        event_id=event_id,
    )
    heading = visit.words(
        "loan_working.of_leg",
        event=visit.words.of("loan_event", event_kind(stored.event)),
        account=visit.words.of("gl_account", leg[0].value),
        lender=leg[1],
    )
    return _Asked(told=told, heading=heading, table="book.loan_event", place=(stored.batch_id, 0))


_ASKED = {"row": _row, "settlement": _settlement, "accrual": _accrual, "share": _share, "leg": _leg}
