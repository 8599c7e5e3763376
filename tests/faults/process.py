"""The bank's process in a simulated world: the loan store and the day end behind a door that takes messages.

`PlainProcess` works in bare transactions: fast, for most seeds. `SealedProcess` is a whole bank: each message
a piece of work, sealed and taken under a checkpoint, days closed by `service.day_end.close_days` with the
bank's own rules of classification. What they do with a message is the same code that runs in production.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Protocol
from uuid import UUID

from tests.book.loan_store.stored_loans import by_days
from tests.faults.defects import Defect
from tests.faults.messages import SHARES, DayEnd, Happening, Message, Opening

from creditloop.book.day_end import (
    ClosedShard,
    close_shard,
    count_loans,
    find_programmes,
    next_day_to_close,
)
from creditloop.book.loan_store import BookedEvent, NewLoan, add_programme, book_event, find_loan, open_loan
from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import CreditloopError, UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, connect
from creditloop.service.bank import Bank, open_bank
from creditloop.service.day_end import close_days, closing
from creditloop.service.places import Places

PRODUCT = "instalment_loan"
DOCUMENT_HASH = "a" * 64


class Witness(Protocol):
    """Hears what a piece of work did, before it is committed."""

    def booked(self, message: Opening | Happening, booked: BookedEvent, connection: Connection) -> None:
        """Hear of an event."""

    def closed(self, day: date, shard: int, closed: ClosedShard) -> None:
        """Hear of a shard of a day."""


class Unwatched:
    """Nobody who hears: what was done is looked at in the book."""

    def booked(self, message: Opening | Happening, booked: BookedEvent, connection: Connection) -> None:
        """Say nothing."""

    def closed(self, day: date, shard: int, closed: ClosedShard) -> None:
        """Say nothing."""


class Process(Protocol):
    """Takes messages."""

    def handle(self, message: Message, *, today: date, now: datetime) -> None:
        """Do what a message asks for, on the bank's date and at the bank's moment."""

    def restart(self) -> None:
        """Start again after the process was killed."""

    def leave(self) -> None:
        """End in peace."""


def book_message(
    connection: Connection, message: Opening | Happening, *, today: date, now: datetime
) -> tuple[BookedEvent, UUID | None]:
    """Open a loan or book an event; return what it did, and the batch of a programme that was new."""
    if isinstance(message, Happening):
        booked = book_event(connection, loan_id=message.loan_id, event=message.booked(today), now=now)
        return booked, None
    shares = SHARES[message.programme]
    product = f"{PRODUCT}_{message.programme}"
    known = {programme.number for programme in find_programmes(connection)}
    number = add_programme(connection, product=product, shares=shares, document_hash=DOCUMENT_HASH)
    new = NewLoan(
        loan_id=message.loan_id,
        party_id=message.party_id,
        retail=True,
        programme_no=number,
        terms=message.terms,
        rules=message.rules,
    )
    booked = open_loan(connection, new=new, pay_out=message.pay_out(today), now=now)
    if number in known:
        return booked, None
    return booked, content_id("programme", product, list(shares.parties), list(shares.weights), DOCUMENT_HASH)


@dataclass(slots=True, kw_only=True)
class PlainProcess:
    """Bare transactions.

    Attributes:
        draw: whether a day is closed in one transaction or one for each shard.
        defect: what is wrong with this bank, in a test of the simulator itself.
        arrivals: messages taken.
    """

    url: str
    witness: Witness
    draw: Random
    defect: Defect | None = None
    arrivals: int = 0
    held: Connection | None = None

    def restart(self) -> None:
        """Nothing is kept but the connection, and that is gone."""
        self.held = None

    def leave(self) -> None:
        """End in peace."""
        if self.held is not None:
            self.held.close()
            self.held = None

    def handle(self, message: Message, *, today: date, now: datetime) -> None:
        """See `Process`."""
        self.arrivals += 1
        if isinstance(message, DayEnd):
            return self._close(through=today - timedelta(days=1), now=now)
        if self.defect is Defect.FORGETS_REPEATS and isinstance(message, Happening):
            message = self._renamed(message)
        with self._transaction() as connection:
            booked, _ = book_message(connection, message, today=today, now=now)
            self.witness.booked(message, booked, connection)
        return None

    def _renamed(self, message: Happening) -> Happening:
        """Give a message that came before another key, so that nobody knows it again."""
        with self._transaction() as connection:
            try:
                known = find_loan(connection, loan_id=message.loan_id).history
            except UnknownId:
                return message
        if all(event.id != message.event.id for event in known):
            return message
        return replace(message, event=replace(message.event, id=f"{message.event.id}-{self.arrivals}"))

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """Work in a transaction on the connection that is held; a broken one is replaced next time."""
        if self.held is None:
            self.held = connect(self.url)
        try:
            with self.held.transaction():
                yield self.held
        except CreditloopError:
            raise
        except Exception:
            self.held.close()
            self.held = None
            raise

    def _close(self, *, through: date, now: datetime) -> None:
        """Close every open day, oldest first."""
        apart = self.draw.random() < 0.5
        while True:
            with self._transaction() as connection:
                days = {
                    shard: next_day_to_close(connection, shard=shard) for shard in count_loans(connection)
                }
            day = min((each for each in days.values() if each is not None), default=None)
            if day is None or day > through:
                return
            due = [shard for shard in sorted(days) if days[shard] == day]
            for part in [[shard] for shard in due] if apart else [due]:
                with self._transaction() as connection:
                    self._close_part(connection, day, part, now)

    def _close_part(self, connection: Connection, day: date, part: list[int], now: datetime) -> None:
        programmes = find_programmes(connection)
        for shard in part:
            closed = close_shard(
                connection,
                dates=Dates(business_date=day, rules_as_of=day),
                shard=shard,
                programmes=programmes,
                classify=by_days,
                now=now,
            )
            self.witness.closed(day, shard, closed)


@dataclass(slots=True, kw_only=True)
class SealedProcess:
    """A whole bank.

    Attributes:
        draw: how large the parts of a day are, and what becomes of the others when one fails.
    """

    url: str
    places: Places
    witness: Witness
    draw: Random
    now: datetime
    bank: Bank = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Open the bank again: it takes in what was sealed and not yet signed."""
        self.bank = open_bank(places=self.places, clock=lambda: self.now)

    def leave(self) -> None:
        """A bank holds no connection."""

    def handle(self, message: Message, *, today: date, now: datetime) -> None:
        """See `Process`."""
        self.now = now
        if isinstance(message, DayEnd):
            # in a simulated world the seed alone decides; a real process has its own workers
            turns = nullcontext() if isinstance(self.witness, Unwatched) else self._turns()
            with turns:
                list(close_days(self.bank, through=today - timedelta(days=1)))
            return
        with self.bank.work() as work:
            booked, programme = book_message(work.connection, message, today=today, now=work.now)
            work.recorded(programme)
            work.recorded(None if booked.repeated else booked.batch_id)
            self.witness.booked(message, booked, work.connection)

    def _turns(self) -> AbstractContextManager[None]:
        return one_at_a_time(self.witness, draw=self.draw)


@contextmanager
def one_at_a_time(witness: Witness, *, draw: Random) -> Iterator[None]:
    """Close the parts of a day in an order that the seed alone decides, and tell of each."""
    plain = closing.ThreadPoolExecutor, closing.PART_LOANS, closing.close_shard

    def told(connection: Connection, *, dates: Dates, shard: int, **named: Any) -> ClosedShard:
        closed = close_shard(connection, dates=dates, shard=shard, **named)
        witness.closed(dates.business_date, shard, closed)
        return closed

    closing.ThreadPoolExecutor = lambda max_workers: _Turns(draw)  # type: ignore[assignment,misc]
    closing.PART_LOANS = draw.choice([1, 50_000])
    closing.close_shard = told
    try:
        yield
    finally:
        closing.ThreadPoolExecutor, closing.PART_LOANS, closing.close_shard = plain  # type: ignore[misc]


class _Turns:
    """A pool of workers who take turns; after a failure the others go on or do not, as in a real pool."""

    def __init__(self, draw: Random) -> None:
        self.draw = draw

    def __enter__(self) -> "_Turns":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def map(self, work: Callable[[Any], Any], parts: Iterable[Any]) -> Iterator[Any]:
        waiting = list(parts)
        order = self.draw.sample(range(len(waiting)), len(waiting))
        done: dict[int, Any] = {}
        failed: Exception | None = None
        for number in order:
            if failed is not None and self.draw.random() < 0.5:
                continue
            try:
                done[number] = work(waiting[number])
            except Exception as error:
                failed = failed or error
        if failed is not None:
            raise failed
        return iter([done[number] for number in range(len(waiting))])
