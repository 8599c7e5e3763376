"""迁徙: how many moved between states of lateness within a month, and who they are."""

from creditloop.kernel.errors import OutOfOrder
from creditloop.kernel.storage import Connection
from creditloop.monitor import (
    ClassificationRun,
    RollRates,
    find_runs,
    roll_rates,
    rolled_parties,
    verdict_frame,
)
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.runs import chosen_run, latest_runs, run_before
from creditloop.service.console.visit import Page, Visit

_ROWS = ("party_id", "months_late")


def rolls_of(connection: Connection, *, before: ClassificationRun, after: ClassificationRun) -> RollRates:
    """Return the roll rates between two runs."""
    return roll_rates(
        from_rows=verdict_frame(connection, run=before).select(_ROWS),
        to_rows=verdict_frame(connection, run=after).select(_ROWS),
    )


def show_rolled(visit: Visit) -> Page:
    """List the customers of one cell of the roll-rate matrix."""
    states = {name: visit.query.get(name, "") for name in ("from_state", "to_state")}
    asked = paging(visit)
    with visit.work() as work:
        runs = latest_runs(find_runs(work.connection))
        after = chosen_run(runs, visit.query.get("month"))
        before = run_before(runs, after)
        if before is None:
            raise OutOfOrder("the first month has none before it", got=str(after.dates.business_date))
        parties = rolled_parties(
            from_rows=verdict_frame(work.connection, run=before).select(_ROWS),
            to_rows=verdict_frame(work.connection, run=after).select(_ROWS),
            **states,
        )
        shown = parties[asked.skip : asked.skip + ON_A_PAGE]
        visit.log_read(
            work,
            package="creditloop.monitor",
            table="monitor.classification",
            columns=_ROWS,
            parties_count=len(shown),
        )
    record = {
        "before": before,
        "after": after,
        **states,
        "parties": shown,
        "total": len(parties),
        "page": asked.page,
        "pages": asked.pages(len(parties)),
    }
    trail = [(visit.words("screen.cockpit"), visit.at("/")), (visit.words("screen.rolled"), None)]
    return Page(template="rolled.html", record=record, trail=trail)
