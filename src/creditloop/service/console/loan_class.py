"""分类依据: why a loan is of its class and stage on a closed day, computed again from the day's records."""

from creditloop.kernel.dates import date_from_text
from creditloop.service.console.loan_scope import way_here
from creditloop.service.console.visit import Page, Visit
from creditloop.service.day_end.explaining import explain_class


def show_loan_class(visit: Visit) -> Page:
    """Show each table that said something of a loan: the row that fired, what it read, its document."""
    on, loan_id = date_from_text(visit.path["business_date"]), visit.path["loan_id"]
    with visit.work() as work:
        why = explain_class(work, loan_id=loan_id, business_date=on, reader=visit.reader, reason=visit.reason)
    steps = (
        (visit.words("screen.portfolio_loans"), visit.at("/portfolio-loans", on=on)),
        (loan_id, None),
    )
    return Page(template="loan_class.html", record={"why": why}, trail=way_here(visit, *steps))
