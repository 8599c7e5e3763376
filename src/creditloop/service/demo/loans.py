"""A small loan book, taken over and lived day by day (借据，全部为模拟): opened, repaid, late, closed.

The lives come from `creditloop.world.lending`, the same for the same seed, and go through the book's own
doors, `open_loan` and `book_event`. What happened before the first day is taken over on it (迁移补记): each
event counts from its own day and is booked on that one. From then on the events of a day are one piece of
work, and the day is closed. A second run finds the last day closed and does nothing; one that was killed
goes on where it stopped.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from creditloop.book import Shares
from creditloop.book.day_end import find_programmes
from creditloop.book.loan_store import (
    NewLoan,
    add_programme,
    book_event,
    find_loan,
    find_loan_ids,
    open_loan,
)
from creditloop.book.loans import Disbursed, LoanEvent, append, event_kind, standing_of
from creditloop.book.portfolio import (
    NPL_TIERS,
    cells_of,
    day_cells,
    figures,
    find_book_days,
    find_day_totals,
)
from creditloop.kernel.dates import Dates
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection
from creditloop.lend.products import Customer, ProductRules
from creditloop.service.bank import Bank
from creditloop.service.day_end import close_one_day
from creditloop.service.demo.ground import Record
from creditloop.service.places import Places
from creditloop.service.work import Work
from creditloop.world.lending import (
    Action,
    Agreement,
    Book,
    LoanLife,
    Offers,
    OpenLoan,
    Scenario,
    actions_of,
    read_behaviour,
)

PRODUCTS = ("bullet_loan", "instalment_loan", "patent_line", "retail_line", "sme_working_capital")
"""What the simulated bank sells: all products that ship with the system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanDays:
    """Which simulated book is lived, and over which days.

    Attributes:
        borrowers: each has one loan at a time, some a further one after it.
        since: the first day on which a loan is paid out.
        first_day, last_day: the business dates closed; what happened before is taken over on the first.
        rules_as_of: the day whose rules of classification judge every day.
    """

    borrowers: int
    since: date
    first_day: date
    last_day: date
    rules_as_of: date
    seed: int = 20240331
    scenario: Scenario = Scenario.STRESS

    def book(self, places: Places) -> Book:
        """Return the simulated book by a bank's own products; nothing is lived yet.

        Raises: PolicyError naming the file of a product that is wrong.
        """
        return Book(
            seed=self.seed,
            borrowers=self.borrowers,
            first_day=self.since,
            after=self.last_day + timedelta(days=1),
            behaviour=read_behaviour(scenario=self.scenario),
            offers=Offers(products=PRODUCTS, find=places.document),
        )


DEMO = LoanDays(
    borrowers=60,
    since=date(2023, 5, 1),
    first_day=date(2023, 12, 31),
    last_day=date(2024, 1, 31),
    rules_as_of=date(2024, 6, 30),
)
"""From one month's end to the next, of a book that is eight months old when it is taken over."""


def loans_record(bank: Bank, days: LoanDays) -> Record:
    """Live the simulated loans through the last day, unless they are; tell what happened and where it led.

    Raises: what `open_loan`, `book_event` and `close_one_day` raise: the days closed before stay closed.
    """
    live_loans(bank, days)
    with bank.connection() as connection:
        totals = find_day_totals(connection, since=days.first_day, until=days.last_day)
        opened, events = _booked(connection, days)
        cells = day_cells(connection, business_date=days.last_day)
    standing, late = figures(cells), figures(cells_of(cells, overdue=True))
    npl = figures(cells_of(cells, tiers=NPL_TIERS))
    return {
        "simulated": True,
        "business_date": days.last_day.isoformat(),
        "rules_as_of": days.rules_as_of.isoformat(),
        "seed": days.seed,
        "first_day": min(day.business_date for day in totals).isoformat(),
        "days_closed": len(totals),
        "loans": sum(opened.values()),
        "loans_by_product": dict(sorted(opened.items())),
        "events": sum(events.values()),
        "events_by_kind": dict(sorted(events.items())),
        "outstanding": {"loans": standing.loans, "principal_fen": standing.principal_fen},
        "overdue": {"loans": late.loans, "principal_fen": late.principal_fen},
        "npl": {"loans": npl.loans, "principal_fen": npl.principal_fen},
    }


def live_loans(bank: Bank, days: LoanDays) -> None:
    """Live every day that is not closed yet: its events, then its close.

    Raises: as `loans_record`.
    """
    with bank.connection() as connection:
        closed = find_book_days(connection)
    begin = days.first_day if closed is None else closed.next
    if begin > days.last_day:
        return
    book = days.book(bank.places)
    by_day: dict[date, list[Action]] = {}
    for borrower in range(1, book.borrowers + 1):
        for action in actions_of(book, borrower=borrower):
            by_day.setdefault(max(action.day, days.first_day), []).append(action)
    day = max(begin, min(by_day))  # a book without loans has no day to close
    while day <= days.last_day:
        _live_day(bank, book.offers, by_day.get(day, ()), on=day)
        close_one_day(bank, dates=Dates(business_date=day, rules_as_of=days.rules_as_of))
        day += timedelta(days=1)


def _live_day(bank: Bank, offers: Offers, actions: Sequence[Action], *, on: date) -> None:
    """Book what happens to all loans on a day, in one piece of work: all of it, or nothing."""
    if not actions:
        return
    with bank.work() as work:
        if _was_lived(work, actions):
            return
        _take_over(work, offers, [action for action in actions if action.day < on], on=on)
        for action in actions:
            if isinstance(action, OpenLoan) and action.day == on:
                agreed = offers.agreement(action)
                events = _history(action, agreed, ())
                _open(work, offers, action, agreed, events[0])
            elif action.day == on:
                _act(work, action)


def _take_over(work: Work, offers: Offers, actions: Sequence[Action], *, on: date) -> None:
    """Book what happened to the loans before a day on that day, loan by loan in the order it happened."""
    lives: dict[str, list[Action]] = {}
    for action in actions:
        lives.setdefault(action.loan_id, []).append(action)
    for opened, *later in lives.values():
        assert isinstance(opened, OpenLoan), "a loan's life begins with its opening"
        agreed = offers.agreement(opened)
        pay_out, *events = _history(opened, agreed, later)
        _open(work, offers, opened, agreed, replace(pay_out, booked_on=on))
        for event in events:
            _book(work, opened.loan_id, replace(event, booked_on=on))


def _history(opened: OpenLoan, agreed: Agreement, later: Sequence[Action]) -> tuple[LoanEvent, ...]:
    """Return the events that a loan's actions are, each asked of the loan as it stood on its day."""
    terms, rules = agreed.terms, agreed.rules
    life, events = LoanLife(terms=terms, rules=rules), tuple[LoanEvent, ...]()
    for action in (opened, *later):
        state = standing_of(terms=terms, rules=rules, events=events, day=action.day)[0] if events else None
        event = life.event(action, events=events, state=state)
        if event is not None:
            events = append(history=events, event=event)
    return events


def _was_lived(work: Work, actions: Sequence[Action]) -> bool:
    """Whether a day's events were booked by a run that was killed before it closed the day."""
    opened = set(find_loan_ids(work.connection))
    return any(
        action.event_id in {event.id for event in find_loan(work.connection, loan_id=action.loan_id).history}
        for action in actions
        if action.loan_id in opened
    )


def _open(work: Work, offers: Offers, opened: OpenLoan, agreed: Agreement, pay_out: LoanEvent) -> None:
    """Open a loan with its pay-out."""
    assert isinstance(pay_out, Disbursed), "a loan begins with its pay-out"
    new = NewLoan(
        loan_id=opened.loan_id,
        party_id=opened.party_id,
        retail=opened.customer is Customer.PERSON,
        programme_no=_programme(work, offers.rules(opened.product, on=opened.day), agreed.shares),
        terms=agreed.terms,
        rules=agreed.rules,
    )
    booked = open_loan(work.connection, new=new, pay_out=pay_out, now=work.now)
    work.recorded(None if booked.repeated else booked.batch_id)


def _programme(work: Work, rules: ProductRules, shares: Shares) -> int:
    """Return the number of a product with its lenders; the documents its loans follow from are kept."""
    named = rules.product.document if rules.programme is None else rules.programme.document
    kinds = {named.hash: "programme", rules.product.document.hash: "product"}
    for document in rules.documents:
        work.adopt(document, kind=kinds.get(document.hash, "policy"))
    product, known = rules.product.name, {each.number for each in find_programmes(work.connection)}
    number = add_programme(work.connection, product=product, shares=shares, document_hash=named.hash)
    if number not in known:
        lenders, weights = list(shares.parties), list(shares.weights)
        work.recorded(content_id("programme", product, lenders, weights, named.hash))
    return number


def _act(work: Work, action: Action) -> None:
    """Book what an action is for its loan as it stands, if it is something that may be."""
    loan = find_loan(work.connection, loan_id=action.loan_id)
    life = LoanLife(terms=loan.terms, rules=loan.rules)
    event = life.event(action, events=loan.history, state=loan.state(as_of=action.day))
    if event is not None:
        _book(work, action.loan_id, event)


def _book(work: Work, loan_id: str, event: LoanEvent) -> None:
    booked = book_event(work.connection, loan_id=loan_id, event=event, now=work.now)
    work.recorded(None if booked.repeated else booked.batch_id)


def _booked(connection: Connection, days: LoanDays) -> tuple[Counter[str], Counter[str]]:
    """Count the loans by product and their events by kind, as booked through the last day."""
    opened, events = Counter[str](), Counter[str]()
    for loan_id in find_loan_ids(connection):
        loan = find_loan(connection, loan_id=loan_id)
        kinds = [event_kind(event) for event in loan.history if event.booked_on <= days.last_day]
        opened.update([loan.product] if kinds else [])
        events.update(kinds)
    return opened, events
