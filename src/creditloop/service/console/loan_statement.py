"""对账单: a loan's statement of a period on the screen, and as PDF in either language."""

from datetime import date

from creditloop.kernel.errors import StateError
from creditloop.service.console.loan_reading import read_loan, way_to_loan
from creditloop.service.console.visit import Answer, FileDownload, Page, Visit
from creditloop.service.statements import loan_statement, render_statement_pdf


def show_loan_statement(visit: Visit) -> Answer:
    """Show a statement, of the loan's whole life unless a period is asked for; or give it as a file."""
    with visit.work() as work:
        read = read_loan(visit, work)
        if read.on is None:
            raise StateError(
                "the book does not hold what was agreed for this loan, so it has no statement",
                where={"loan": read.loan.loan_id},
            )
        since: date = visit.day("since") or read.loan.paid_out_on
        statement = loan_statement(work, read.loan.loan_id, since, visit.day("until") or read.on)
    if visit.query.get("file") == "pdf":
        name = f"statement-{read.loan.loan_no}-{statement.since}-{statement.until}.pdf"
        pdf = render_statement_pdf(statement, language=visit.words.language)
        return FileDownload(content=pdf, name=name, media_type="application/pdf")
    record = {"read": read, "loan": read.loan, "one": statement}
    steps = ((visit.words("screen.loan_statement"), None),)
    return Page(
        template="loan_statement.html", record=record, trail=way_to_loan(visit, read.loan.loan_id, *steps)
    )
