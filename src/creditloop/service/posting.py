"""Post a plan's months, each with what follows from it: the same way for the command and for the loop."""

from collections.abc import Iterator
from datetime import date

from creditloop.book import PostedBatch
from creditloop.service.answering import answer_all
from creditloop.service.bank import Bank
from creditloop.service.booking.card_book import BookPlan, post_month


def post_months(bank: Bank, *, plan: BookPlan) -> Iterator[PostedBatch]:
    """Post the months of a plan in order, yielding each once it is posted and answered.

    Raises: as `post_and_answer`.
    """
    for month in plan.months:
        yield post_and_answer(bank, plan=plan, month=month)


def post_and_answer(bank: Bank, *, plan: BookPlan, month: date) -> PostedBatch:
    """Post a month, a piece of work of its own, and let everybody act on it; a repeat returns the first.

    Raises: what `post_month` and `answer_all` raise; what was posted stays posted.
    """
    with bank.work() as work:
        posted = post_month(work, plan=plan, month=month)
    answer_all(bank)
    return posted
