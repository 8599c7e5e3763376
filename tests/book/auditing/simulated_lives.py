"""Loans of simulated borrowers, by product documents in force, as the lives that the book is to hold."""

from dataclasses import dataclass
from datetime import date, timedelta

from bench.loan_soak import Asked

from creditloop.book.loans import LoanEvent, LoanRules, LoanTerms, append, replay
from creditloop.kernel.errors import CreditloopError
from creditloop.world.lending import LoanLife, OpenLoan, Scenario, days_of


@dataclass(slots=True)
class Told:
    """A loan as agreed, and its events as they were booked."""

    terms: LoanTerms
    rules: LoanRules
    events: tuple[LoanEvent, ...] = ()


def simulated_lives(*, seed: int, borrowers: int) -> tuple[dict[str, Told], date]:
    """Return a year of simulated loans under stress by id, and its last day; what is refused is left out."""
    book = Asked(seed=seed, borrowers=borrowers, years=1, scenario=Scenario.STRESS).book()
    told: dict[str, Told] = {}
    for day, actions in days_of(book):
        for action in actions:
            if isinstance(action, OpenLoan):
                agreed = book.offers.agreement(action)
                told[action.loan_id] = Told(terms=agreed.terms, rules=agreed.rules)
            loan = told[action.loan_id]
            life = LoanLife(terms=loan.terms, rules=loan.rules)
            try:
                state = None
                if loan.events:
                    state = replay(terms=loan.terms, rules=loan.rules, events=loan.events, as_of=day)
                event = life.event(action, events=loan.events, state=state)
                if event is not None:
                    longer = append(history=loan.events, event=event)
                    replay(terms=loan.terms, rules=loan.rules, events=longer, as_of=day)
                    loan.events = longer
            except CreditloopError:
                continue
    return {name: loan for name, loan in told.items() if loan.events}, book.after - timedelta(days=1)
