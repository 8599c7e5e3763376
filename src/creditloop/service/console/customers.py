"""客户列表: the customers of a classification run, chosen by bucket, class, kind or part of the number."""

from creditloop.kernel.storage import Connection
from creditloop.monitor import (
    CLASSES,
    VERDICT_KINDS,
    ClassificationRun,
    VerdictChoice,
    VerdictRow,
    count_verdicts,
    find_runs,
    list_verdicts,
)
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.runs import chosen_run, latest_runs
from creditloop.service.console.visit import Page, Visit

BUCKETS = ("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7+", "unknown_code", "refer")
VERDICT = tuple(VerdictRow.__dataclass_fields__)
"""What this screen shows of a verdict."""
_CHOSEN_BY = ("bucket", "regulatory_class", "bank_class", "party", "kind")
_IN_CREDIT = "in_credit"


def show_customers(visit: Visit) -> Page:
    """Show a page of the customers chosen, and what they add up to."""
    trail = [(visit.words("screen.cockpit"), visit.at("/")), (visit.words("screen.customers"), None)]
    chosen = {name: visit.query.get(name) or None for name in _CHOSEN_BY}
    choice, asked = VerdictChoice(**chosen), paging(visit)
    with visit.work() as work:
        runs = latest_runs(find_runs(work.connection))
        if not runs:
            return Page(template="empty.html", record={"why": "cockpit.empty"}, trail=trail)
        run = chosen_run(runs, visit.query.get("month"))
        rows = list_verdicts(
            work.connection, batch_id=run.batch_id, choice=choice, most=ON_A_PAGE, skip=asked.skip
        )
        sums = count_verdicts(work.connection, batch_id=run.batch_id, choice=choice)
        credit_fen = _credit(work.connection, run, choice)
        visit.log_read(
            work,
            package="creditloop.monitor",
            table="monitor.classification",
            columns=VERDICT,
            parties_count=len(rows),
        )
    record = {
        "runs": runs,
        "run": run,
        "chosen": chosen,
        "rows": rows,
        "sums": sums,
        "credit_fen": credit_fen,
        "page": asked.page,
        "pages": asked.pages(sums.customers),
        "buckets": BUCKETS,
        "classes": CLASSES,
        "kinds": VERDICT_KINDS,
    }
    return Page(template="customers.html", record=record, trail=trail)


def _credit(connection: Connection, run: ClassificationRun, choice: VerdictChoice) -> int | None:
    """Add up the credit balances, where those in credit are what is listed; None elsewhere."""
    if choice.kind != _IN_CREDIT:
        return None
    return sum(one.credit_fen for one in list_verdicts(connection, batch_id=run.batch_id, choice=choice))
