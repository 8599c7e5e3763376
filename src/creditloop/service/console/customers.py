"""客户列表: the customers of a classification run, chosen by bucket, class, kind or part of the number."""

from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import load_queries
from creditloop.monitor import CLASSES, find_runs
from creditloop.service.console.runs import chosen_run, latest_runs
from creditloop.service.console.visit import Page, Visit

QUERIES = "creditloop.service.console"
ON_A_PAGE = 30
KINDS = ("owing", "late", "above_limit", "in_credit")
"""Ways to choose customers that are neither bucket nor class."""
VERDICT = (
    "row_no",
    "party_id",
    "source_ref",
    "limit_fen",
    "owed_fen",
    "credit_fen",
    "months_late",
    "days_past_due_low",
    "days_past_due",
    "bucket",
    "bucket_rule",
    "regulatory_class",
    "regulatory_rule",
    "bank_class",
    "bank_rule",
)
"""The columns of `list_verdicts`, in its order."""
BUCKETS = ("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7+", "unknown_code", "refer")


def show_customers(visit: Visit) -> Page:
    """Show a page of the customers chosen."""
    trail = [(visit.words("screen.cockpit"), visit.at("/")), (visit.words("screen.customers"), None)]
    chosen = {
        name: visit.query.get(name) or None
        for name in ("bucket", "regulatory_class", "bank_class", "party", "kind")
    }
    if chosen["kind"] not in {None, *KINDS}:
        raise InputError("not a kind of customers", got=chosen["kind"], expected=KINDS)
    page = visit.number("page", otherwise=1)
    queries = load_queries(QUERIES)
    with visit.work() as work:
        runs = latest_runs(find_runs(work.connection))
        if not runs:
            return Page(template="empty.html", record={"why": "cockpit.empty"}, trail=trail)
        run = chosen_run(runs, visit.query.get("month"))
        found = queries.list_verdicts(
            work.connection,
            batch_id=run.batch_id,
            most=ON_A_PAGE,
            skip=ON_A_PAGE * max(page - 1, 0),
            **chosen,
        )
        rows = [dict(zip(VERDICT, row, strict=True)) for row in found]
        customers, owed_fen, limit_fen = queries.count_verdicts(
            work.connection, batch_id=run.batch_id, **chosen
        )
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
        "customers": customers,
        "owed_fen": owed_fen,
        "limit_fen": limit_fen,
        "page": max(page, 1),
        "pages": max(1, -(-customers // ON_A_PAGE)),
        "buckets": BUCKETS,
        "classes": CLASSES,
        "kinds": KINDS,
    }
    return Page(template="customers.html", record=record, trail=trail)
