"""The order of days in which limits change (额度变更的先后): asked before anything is acknowledged.

A limit is a list of events, and none is put in before another. So what is decided as of a day is refused
when the limit has changed on a later one, or when something was acknowledged for a later day and is about to
be carried out; and what is to be carried out waits for what was acknowledged for an earlier day. That way
nothing is acknowledged that `lend` has to refuse afterwards.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import date
from uuid import UUID

import polars as pl

from creditloop.admit import decision_frame, find_batch, find_case
from creditloop.kernel.errors import OutOfOrder
from creditloop.kernel.storage import ATTEMPTS_MAX, find_open_deliveries, load_queries
from creditloop.lend import check_unchanged_after
from creditloop.service.work import Work


def check_can_follow(work: Work, *, party_ids: Collection[str], on: date) -> None:
    """Check that what is decided about some limits as of a day can still be carried out on that day.

    Nobody else is acknowledged until the transaction ends, so that the answer stays true.

    Raises: OutOfOrder naming the customer and both days.
    """
    load_queries("creditloop.service").lock_limit_order(work.connection)
    # what waits is looked at first: if it was carried out meanwhile, it has become an event
    for day, party_id in _waiting(work, party_ids=party_ids, in_question=lambda day: day > on):
        raise OutOfOrder(
            "a decision about this limit as of a later day is being carried out",
            got=str(on),
            expected=f"{day} or later",
            where={"party": party_id},
        )
    check_unchanged_after(work.connection, party_ids=party_ids, on=on)


def check_turn(work: Work, *, party_ids: Collection[str], on: date) -> None:
    """Check that nothing acknowledged about some limits as of an earlier day is still to be carried out.

    Raises: OutOfOrder naming the customer and both days; it is this one's turn a moment later.
    """
    for day, party_id in _waiting(work, party_ids=party_ids, in_question=lambda day: day < on):
        raise OutOfOrder(
            "a decision about this limit as of an earlier day is to be carried out first",
            got=str(on),
            expected=f"after that of {day}",
            where={"party": party_id},
            hint="try again in a moment, or: creditloop work",
        )


def hold_order(work: Work) -> None:
    """Let nobody acknowledge a decision about a limit until the transaction ends."""
    load_queries("creditloop.service").lock_limit_order(work.connection)


def _waiting(
    work: Work, *, party_ids: Collection[str], in_question: Callable[[date], bool]
) -> Iterator[tuple[date, str]]:
    """Give what is acknowledged about some of the parties, not carried out, and of a day in question.

    What was tried too often waits for a person and holds up nobody.
    """
    for waiting in find_open_deliveries(work.connection):
        if waiting.attempts >= ATTEMPTS_MAX:
            continue
        if waiting.kind == "LimitReviewed":
            yield from _decided(work, UUID(waiting.key), party_ids, in_question)
        elif waiting.kind == "ReviewDecided":
            yield from _ruled(work, UUID(waiting.key), party_ids, in_question)


def _decided(
    work: Work, batch_id: UUID, party_ids: Collection[str], in_question: Callable[[date], bool]
) -> Iterator[tuple[date, str]]:
    batch = find_batch(work.connection, batch_id=batch_id)
    if batch is None or not in_question(batch.dates.business_date):
        return
    decided = decision_frame(work.connection, batch_id=batch_id)
    concerned = decided.filter(pl.col("limit_fen").is_not_null() & pl.col("party_id").is_in(list(party_ids)))
    for party_id in concerned["party_id"]:
        yield batch.dates.business_date, party_id


def _ruled(
    work: Work, case_id: UUID, party_ids: Collection[str], in_question: Callable[[date], bool]
) -> Iterator[tuple[date, str]]:
    state = find_case(work.connection, case_id=case_id)
    day = state.signatures[-1].acted_on
    if state.limit_fen is not None and state.case.party_id in party_ids and in_question(day):
        yield day, state.case.party_id
