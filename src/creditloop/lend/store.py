"""Keeping limits: taken over once, changed by decisions and by the customer's answers, never edited.

Whoever writes holds the table of events until the end of the transaction, so that nobody else numbers an
event in between. A repeat of a run returns the first.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from uuid import UUID

import polars as pl

from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import ConflictingRepeat, InputError, OutOfOrder, UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, load_queries
from creditloop.lend.agreement import Agreement, Basis, make_agreement
from creditloop.lend.batches import Contents, LendBatch, find_batch, insert_run
from creditloop.lend.carrying_out import CarriedOut, carry_out
from creditloop.lend.letters import Letter
from creditloop.lend.limits import LimitEvent, answered, granted
from creditloop.lend.records import check_unchanged_after, find_limit_history, limits_in_force
from creditloop.risk import Policy

_SQL = "creditloop.lend"
WriteLetters = Callable[[CarriedOut], Sequence[Letter]]
"""Writes the letters of what was carried out; it is handed in, because it needs the reasons."""


def grant_limits(
    connection: Connection, *, limits: pl.DataFrame, source: str, product: str, dates: Dates, now: datetime
) -> LendBatch:
    """Take over every customer's limit: the first event of each.

    Args:
        limits: party_id, limit_fen, source_ref.
        source: what they were taken from, e.g. the contract's table and the month.
    Raises: ConflictingRepeat if other limits were taken over from there; OutOfOrder if a customer has one
        already; InputError if an amount is below 0.
    """
    load_queries(_SQL).lock_limits(connection)
    known = set(limits_in_force(connection, on=date.max)["party_id"])
    events = [
        granted(party_id=party, limit_fen=amount, occurred_on=dates.business_date, source_ref=source_ref)
        for party, amount, source_ref in limits.select("party_id", "limit_fen", "source_ref")
        .sort("party_id")
        .iter_rows()
    ]
    contents = Contents(events=events)
    batch_id = content_id("limits_taken_over", product, source, dates.business_date, dates.rules_as_of)
    if (first := find_batch(connection, batch_id=batch_id)) is not None:
        if first.content_hash != contents.hash():
            raise _conflict("other limits were taken over from there", first, got=contents.hash())
        return first
    if twice := next((event.after.party_id for event in events if event.after.party_id in known), None):
        raise OutOfOrder("the customer has a limit already", got=twice)
    return insert_run(
        connection,
        batch_id=batch_id,
        kind="migration",
        product=product,
        dates=dates,
        source=source,
        contents=contents,
        simulated=False,
        now=now,
    )


def record_decisions(
    connection: Connection,
    *,
    decisions: pl.DataFrame,
    policy: Policy,
    letter_policy: Policy,
    write: WriteLetters,
    source: str,
    product: str,
    dates: Dates,
    simulated: bool,
    now: datetime,
) -> LendBatch:
    """Carry out decisions on their business date, and record what was done with its letters.

    Args:
        decisions: columns of `carrying_out.DECISIONS`.
        source: the batch or review they come from; the same source is carried out once.
    Raises: ConflictingRepeat if it was carried out by another policy; OutOfOrder if a customer's limit has
        changed on a later day already; what `carry_out` raises.
    """
    load_queries(_SQL).lock_limits(connection)
    batch_id = content_id("limit_decisions", product, source)
    if (first := find_batch(connection, batch_id=batch_id)) is not None:
        if (first.policy_hash, first.letter_policy_hash) != (policy.hash, letter_policy.hash):
            raise _conflict("these decisions were carried out by another policy", first, got=policy.hash)
        return first
    done = carry_out(
        decisions=decisions,
        limits=_current(connection, decisions["party_id"], dates.business_date),
        policy=policy,
        product=product,
        on=dates.business_date,
        simulated=simulated,
    )
    letters = write(done)
    return insert_run(
        connection,
        batch_id=batch_id,
        kind="decisions",
        product=product,
        dates=dates,
        source=source,
        contents=Contents(acts=done.acts, events=done.events, agreements=done.agreements, letters=letters),
        simulated=simulated,
        now=now,
        policy_hash=policy.hash,
        letter_policy_hash=letter_policy.hash,
    )


def record_answers(
    connection: Connection,
    *,
    party_ids: Collection[str],
    accepted: bool,
    source: str,
    product: str,
    dates: Dates,
    simulated: bool,
    now: datetime,
) -> LendBatch:
    """Record customers' answer to the raise on offer, all of them or none; an acceptance makes an agreement.

    Args:
        source: what the answers came by, e.g. the entry of a script; the same one is recorded once.
    Raises: ConflictingRepeat if it was recorded as the other answer; OutOfOrder if nothing is on offer, or
        something happened on a later day already; UnknownId if a customer has no limit; InputError if nobody
        is named.
    """
    load_queries(_SQL).lock_limits(connection)
    parties = sorted(set(party_ids))
    if not parties:
        raise InputError("an answer is somebody's", got="no customers", where={"source": source})
    batch_id = content_id("limit_answers", product, source, parties)
    if (first := find_batch(connection, batch_id=batch_id)) is not None:
        if (first.agreements > 0) != accepted or first.dates != dates:
            raise _conflict("this answer was recorded otherwise", first, got="yes" if accepted else "no")
        return first
    events = [_answer(connection, party, accepted, dates, source, simulated) for party in parties]
    agreements = [_accepted(connection, event, product) for event in events] if accepted else []
    return insert_run(
        connection,
        batch_id=batch_id,
        kind="answer",
        product=product,
        dates=dates,
        source=source,
        contents=Contents(events=events, agreements=agreements),
        simulated=simulated,
        now=now,
    )


def _answer(
    connection: Connection, party_id: str, accepted: bool, dates: Dates, source: str, simulated: bool
) -> LimitEvent:
    last = find_limit_history(connection, party_id=party_id)[-1]
    check_unchanged_after(connection, party_ids=[party_id], on=dates.business_date)
    return answered(
        state=last.after,
        accepted=accepted,
        occurred_on=dates.business_date,
        source_ref=source,
        simulated=simulated,
    )


def _accepted(connection: Connection, event: LimitEvent, product: str) -> Agreement:
    """Make the agreement of an accepted raise, at the price that was decided with the offer."""
    after = event.after
    assert after.decision_id is not None  # an offer has a decision, or `answered` had refused
    return make_agreement(
        party_id=after.party_id,
        product=product,
        decision_id=after.decision_id,
        limit_fen=after.limit_fen,
        rate_annual_nano=_rate(connection, after.party_id, after.decision_id),
        made_on=event.occurred_on,
        basis=Basis.ACCEPTED,
        simulated=event.simulated,
    )


def _current(connection: Connection, parties: pl.Series, on: date) -> pl.DataFrame:
    """Return the limits of some customers, none of which may have changed after the day."""
    check_unchanged_after(connection, party_ids=parties.to_list(), on=on)
    return limits_in_force(connection, on=on, party_ids=parties.to_list())


def _rate(connection: Connection, party_id: str, decision_id: UUID) -> int | None:
    row = load_queries(_SQL).find_act(connection, party_id=party_id, decision_id=decision_id)
    if row is None:
        raise UnknownId("no such decision was carried out", got=str(decision_id), where={"party": party_id})
    rate: int | None = row[1]
    return rate


def _conflict(message: str, first: LendBatch, *, got: str) -> ConflictingRepeat:
    expected = first.policy_hash or first.content_hash
    return ConflictingRepeat(message, got=got, expected=expected, where={"batch": str(first.batch_id)})
