"""Which classification run a screen is about: last of a date, asked for, or before."""

from collections.abc import Sequence

from creditloop.kernel.dates import date_from_text
from creditloop.kernel.errors import UnknownId
from creditloop.monitor import ClassificationRun


def latest_runs(runs: Sequence[ClassificationRun]) -> list[ClassificationRun]:
    """Return of each product and business date the run recorded last, oldest date first."""
    latest = {(run.product, run.dates.business_date): run for run in runs}
    return sorted(latest.values(), key=lambda run: (run.product, run.dates.business_date))


def chosen_run(runs: Sequence[ClassificationRun], month: str | None) -> ClassificationRun:
    """Return the run of a business date, of none the last.

    Raises: UnknownId if no run is about this date.
    """
    wanted = date_from_text(month) if month else None
    found = next((run for run in reversed(runs) if wanted in {None, run.dates.business_date}), None)
    if found is None:
        raise UnknownId("the book was not classified on this day", got=month)
    return found


def run_before(runs: Sequence[ClassificationRun], run: ClassificationRun) -> ClassificationRun | None:
    """Return the product's run of the business date before, None of the first."""
    earlier = [
        one
        for one in runs
        if one.product == run.product and one.dates.business_date < run.dates.business_date
    ]
    return earlier[-1] if earlier else None
