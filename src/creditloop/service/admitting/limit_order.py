"""The order of days in which limits change (额度变更的先后): asked before anything is acknowledged.

A limit is a list of events that begins with its being taken over, and none is put in before another. So what
is decided as of a day is refused when the limit has changed on a later one, when something was acknowledged
for a later day and is about to be carried out, or when there is no limit by then; and what is to be carried
out waits for what was acknowledged for an earlier day, or earlier for the same one. That way nothing is
acknowledged that `lend` has to refuse afterwards, and the last word about a day is the one that holds.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import polars as pl

from creditloop.admit import decision_frame, find_batch, find_case
from creditloop.kernel.errors import OutOfOrder
from creditloop.kernel.storage import ATTEMPTS_MAX, find_open_deliveries, load_queries
from creditloop.lend import check_taken_over, check_unchanged_after
from creditloop.service.work import Work


def check_can_follow(work: Work, *, party_ids: Collection[str], on: date) -> None:
    """Check that what is decided about some limits as of a day can still be carried out on that day.

    Nobody else is acknowledged until the transaction ends, so that the answer stays true.

    Raises: OutOfOrder naming the customer and both days, or a customer whose limit was not taken over.
    """
    hold_order(work)
    # what waits is looked at first: if it was carried out meanwhile, it has become an event
    for waiting in _waiting(work):
        if waiting.day > on and (party_id := waiting.one_of(party_ids)):
            raise OutOfOrder(
                "a decision about this limit as of a later day is being carried out",
                got=str(on),
                expected=f"{waiting.day} or later",
                where={"party": party_id},
            )
    check_unchanged_after(work.connection, party_ids=party_ids, on=on)
    check_taken_over(work.connection, party_ids=party_ids, on=on)


def check_turn(work: Work, *, party_ids: Collection[str], on: date, acknowledged: UUID | None = None) -> None:
    """Check that nothing acknowledged about some limits before is still to be carried out.

    Args:
        acknowledged: the batch or case that is to be carried out: of what is as of the same day only that
            counts which was acknowledged before it, or a freeze might be followed by the keep it replaced.
            None for what nobody has acknowledged yet.
    Raises: OutOfOrder naming the customer and both days; it is this one's turn a moment later.
    """
    known = list(_waiting(work))
    own = next((place for place, one in enumerate(known) if one.about == acknowledged), None)
    same_day = len(known) if acknowledged is None else own or 0
    for place, waiting in enumerate(known):
        is_before = waiting.day < on or (waiting.day == on and place < same_day)
        if is_before and (party_id := waiting.one_of(party_ids)):
            raise OutOfOrder(
                "a decision about this limit as of an earlier day is to be carried out first"
                if waiting.day < on
                else "a decision about this limit that was made before is to be carried out first",
                got=str(on),
                expected=f"after that of {waiting.day}",
                where={"party": party_id},
                hint="try again in a moment, or: creditloop work",
            )


def hold_order(work: Work) -> None:
    """Let nobody acknowledge a decision about a limit until the transaction ends."""
    load_queries("creditloop.service").lock_limit_order(work.connection)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """What is acknowledged about limits and not carried out: a batch of decisions, or a case."""

    about: UUID
    day: date
    parties: Callable[[], Collection[str]]

    def one_of(self, party_ids: Collection[str]) -> str | None:
        """Return one of the customers it is about, None if it is about none of them."""
        return min(set(party_ids).intersection(self.parties()), default=None)


def _waiting(work: Work) -> Iterator[_Waiting]:
    """Give what is acknowledged and not carried out, in the order in which it was acknowledged.

    What was tried too often waits for a person and holds up nobody.
    """
    for waiting in find_open_deliveries(work.connection):
        if waiting.attempts >= ATTEMPTS_MAX:
            continue
        if waiting.kind == "LimitReviewed":
            yield from _decided(work, UUID(waiting.key))
        elif waiting.kind == "ReviewDecided":
            yield from _ruled(work, UUID(waiting.key))


def _decided(work: Work, batch_id: UUID) -> Iterator[_Waiting]:
    def parties() -> Collection[str]:
        decided = decision_frame(work.connection, batch_id=batch_id)
        return decided.filter(pl.col("limit_fen").is_not_null())["party_id"].to_list()

    batch = find_batch(work.connection, batch_id=batch_id)
    if batch is not None:
        yield _Waiting(about=batch_id, day=batch.dates.business_date, parties=parties)


def _ruled(work: Work, case_id: UUID) -> Iterator[_Waiting]:
    state = find_case(work.connection, case_id=case_id)
    parties = [] if state.limit_fen is None else [state.case.party_id]
    yield _Waiting(about=case_id, day=state.signatures[-1].acted_on, parties=lambda: parties)
