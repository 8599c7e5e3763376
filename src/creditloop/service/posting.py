"""Post a plan's months, each with what follows from it: the same way for the command and for the demo."""

from collections.abc import Iterator

from creditloop.book import PostedBatch
from creditloop.kernel.errors import StateError
from creditloop.kernel.storage import connect, find_open_deliveries
from creditloop.service.bank import Bank
from creditloop.service.card_book import BookPlan, post_month


def post_months(bank: Bank, *, plan: BookPlan) -> Iterator[PostedBatch]:
    """Post the months of a plan in order, yielding each once it is posted.

    A month is a piece of work of its own. What follows from it is delivered before the next one, unless a
    worker beside us, or one that was killed a few minutes ago, holds it.

    Raises: what `post_month` raises; StateError if somebody who has to act on a month could not: the month
        stays posted, and the delivery is tried again by `creditloop work`.
    """
    for month in plan.months:
        with bank.work() as work:
            posted = post_month(work, plan=plan, month=month)
        bank.deliver()
        _check_answered(bank, posted)
        yield posted


def _check_answered(bank: Bank, posted: PostedBatch) -> None:
    with connect(bank.url) as connection:
        waiting = find_open_deliveries(connection)
    # one without an error is held by a worker, see above
    failed = [delivery for delivery in waiting if delivery.key == posted.batch_key and delivery.last_error]
    if failed:
        raise StateError(
            "what was posted could not be answered yet",
            got=failed[0].last_error,
            where={"subscriber": failed[0].subscriber, "fact": failed[0].kind, "key": failed[0].key},
            hint="it is tried again a minute later by: creditloop work",
        )
