"""Close the days of the book that are open, each in parts, each part one piece of work.

1. which day is next: the oldest any shard of the book has to close
2. the shards, put together to parts of some ten thousand loans: a small bank closes its day at once
3. the parts, some at a time: `book.close_shard`, sealed in the same transaction
4. what the close found of loans on the evidence network is noted, if the bank takes part (`network_steps`)
5. the day is said (`DayClosed`), once; a run that was killed before goes on with 4
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from creditloop.book.day_end import (
    SHARDS,
    ClosedShard,
    begins_later,
    close_shard,
    count_loans,
    find_programmes,
    next_day_to_close,
)
from creditloop.kernel.dates import BEIJING_UTC_OFFSET_HOURS, Dates, start_of_day
from creditloop.kernel.facts import Fact
from creditloop.kernel.storage import load_queries
from creditloop.service.answering import answer_all
from creditloop.service.bank import Bank
from creditloop.service.day_end.class_rules import read_class_rules
from creditloop.service.day_end.classifying import read_classifier
from creditloop.service.day_end.network_steps import note_day

PART_LOANS = 50_000
"""Loans from which a part is large enough to be closed by itself."""
PARTS_AT_ONCE = 3
"""Parts closed at a time: while some wait for the database or the log, another computes."""

Told = Callable[[int, int], None]
"""Hears after each part how many of how many are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClosed:
    """A day that is closed, over all parts.

    Attributes:
        loans: loans that have a row for the day.
        principal_fen: principal outstanding at its close.
        interest_accrued_fen, penalty_accrued_fen: accrued for the day, of all lenders.
        own_interest_fen, own_penalty_fen: our part.
        repeated: every part was closed before.
    """

    business_date: date
    rules_as_of: date
    loans: int
    principal_fen: int
    interest_accrued_fen: int
    penalty_accrued_fen: int
    own_interest_fen: int
    own_penalty_fen: int
    repeated: bool


def close_days(
    bank: Bank, *, through: date, rules_as_of: date | None = None, told: Told | None = None
) -> Iterator[DayClosed]:
    """Close every open day up to a date, oldest first, yielding each once it is closed and answered.

    Args:
        rules_as_of: the day whose rules judge; None: each day by the rules in force on it.
    Raises: as `close_one_day`; days closed before stay closed.
    """
    if (unsaid := _unsaid_day(bank)) is not None:
        yield close_one_day(bank, dates=unsaid, told=told)
    while (day := _next_day(bank)) is not None and day <= through:
        yield close_one_day(bank, dates=Dates(business_date=day, rules_as_of=rules_as_of or day), told=told)


def close_one_day(bank: Bank, *, dates: Dates, told: Told | None = None) -> DayClosed:
    """Close a day: the parts that are open, then the whole; a repeat writes nothing.

    Raises: OutOfOrder if the day before is not closed; what `close_shard` raises, naming the loan: the parts
        that are closed stay closed, and the next run goes on with the others.
    """
    parts = _parts(bank)
    done: list[ClosedShard] = []
    with ThreadPoolExecutor(max_workers=PARTS_AT_ONCE) as pool:
        for number, closed in enumerate(pool.map(lambda part: _close_part(bank, dates, part), parts), 1):
            done += closed
            if told is not None:
                told(number, len(parts))
    day = _whole(dates, done)
    note_day(bank, dates=dates)
    _say(bank, day)
    return day


def _parts(bank: Bank) -> list[list[int]]:
    """Return the shards that hold loans, put together to parts."""
    with bank.connection() as connection:
        loans = count_loans(connection)
    parts: list[list[int]] = [[]]
    held = 0
    for shard in sorted(loans):
        parts[-1].append(shard)
        held += loans[shard]
        if held >= PART_LOANS:
            parts.append([])
            held = 0
    return [part for part in parts if part]


def _next_day(bank: Bank) -> date | None:
    with bank.connection() as connection:
        days = [next_day_to_close(connection, shard=shard) for shard in range(SHARDS)]
    return min((day for day in days if day is not None), default=None)


def _unsaid_day(bank: Bank) -> Dates | None:
    """Return the last day that is closed, if a run was killed between its last part and saying so."""
    day = _next_day(bank)
    if day is None:
        return None
    with bank.connection() as connection:
        found = load_queries("creditloop.service.day_end").find_unsaid_day(connection, next_day=day)
    return None if found is None else Dates(business_date=found[0], rules_as_of=found[1])


def _close_part(bank: Bank, dates: Dates, part: Sequence[int]) -> list[ClosedShard]:
    """Close some shards in one piece of work."""
    with bank.work() as work:
        programmes = find_programmes(work.connection)
        classify = read_classifier(work, business_date=dates.business_date, rules_as_of=dates.rules_as_of)
        closed = [
            close_shard(
                work.connection,
                dates=dates,
                shard=shard,
                programmes=programmes,
                classify=classify,
                now=work.now,
            )
            for shard in part
            if not begins_later(work.connection, shard=shard, business_date=dates.business_date)
        ]
        for shard in closed:
            work.recorded(None if shard.repeated else shard.batch_id)
    return closed


def _whole(dates: Dates, parts: list[ClosedShard]) -> DayClosed:
    return DayClosed(
        business_date=dates.business_date,
        rules_as_of=dates.rules_as_of,
        loans=sum(part.loans for part in parts),
        principal_fen=sum(part.principal_fen for part in parts),
        interest_accrued_fen=sum(part.interest_accrued_fen for part in parts),
        penalty_accrued_fen=sum(part.penalty_accrued_fen for part in parts),
        own_interest_fen=sum(part.own_interest_fen for part in parts),
        own_penalty_fen=sum(part.own_penalty_fen for part in parts),
        repeated=bool(parts) and all(part.repeated for part in parts),
    )


def _say(bank: Bank, day: DayClosed) -> None:
    """Say that the day is closed, unless a run before this one did."""
    with bank.work() as work:
        fact = Fact(
            kind="DayClosed",
            key=day.business_date.isoformat(),
            occurred_at=min(
                start_of_day(day.business_date, utc_offset_hours=BEIJING_UTC_OFFSET_HOURS), work.now
            ),
            known_at=work.now,
            payload={
                "business_date": day.business_date,
                "rules_as_of": day.rules_as_of,
                "loans": day.loans,
                "principal_fen": day.principal_fen,
                "documents": {
                    policy.name: policy.document.hash
                    for policy in read_class_rules(work, rules_as_of=day.rules_as_of).policies
                },
            },
        )
        if work.said(fact.fact_id) is None:
            work.say(fact)
    answer_all(bank)
