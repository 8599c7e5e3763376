"""借据: every loan of the book, found by its number, its customer or its product; each leads to its page."""

from creditloop.book.day_end import find_programmes
from creditloop.book.loan_records import LoanFilter, LoanLine, count_loans, list_loans
from creditloop.service.console.loan_scope import read_days, way_here
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.visit import Page, Visit
from creditloop.service.simulated import simulated_beginnings

_SHOWN = tuple(LoanLine.__dataclass_fields__)


def show_loans(visit: Visit) -> Page:
    """Show a page of the loans that fit, the last opened first."""
    asked = paging(visit)
    text, product = (visit.query.get(name, "").strip() or None for name in ("text", "product"))
    chosen = LoanFilter(text=text, product=product)
    with visit.work() as work:
        rows = list_loans(work.connection, chosen=chosen, most=ON_A_PAGE, skip=asked.skip)
        found = count_loans(work.connection, chosen=chosen)
        products = sorted({one.product for one in find_programmes(work.connection)})
        days = read_days(work.connection)
        made_up = simulated_beginnings(work.connection)
        visit.log_read(
            work, package="creditloop.book", table="book.loan", columns=_SHOWN, parties_count=len(rows)
        )
    record = {
        "rows": rows,
        "made_up": made_up,
        "found": found,
        "chosen": chosen,
        "products": products,
        "days": days,
        "page": asked.page,
        "pages": asked.pages(found),
    }
    return Page(
        template="loans.html", record=record, trail=way_here(visit, (visit.words("screen.loans"), None))
    )
