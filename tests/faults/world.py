"""One seed's world (simulated): a channel, a network that fails, a bank that is killed; then what must hold.

    1 the channel makes its messages, each with its own key, over some business days
    2 the network loses, doubles and delays them, days even; it loses replies; the channel sends again
    3 the bank takes them one at a time; a strike may fall on any round trip to its database
    4 its clock jumps, so that it books on other days, and closes days too early
    5 then all is calm: what is unanswered is sent until it is answered, the days are closed
    6 what was answered is sent once more: nothing may change

Time is a number of minutes; nothing reads a clock, and every choice is drawn from the seed.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import psycopg
from tests.faults.checks import problems, sealed_problems, unsaid_days
from tests.faults.defects import Defect, planted
from tests.faults.expected import Answer, Expected
from tests.faults.messages import (
    DayEnd,
    Happening,
    Message,
    Opening,
    drawn_happening,
    drawn_opening,
    falsified,
)
from tests.faults.process import PlainProcess, Process, SealedProcess
from tests.faults.site import Site
from tests.faults.wire import Fault, Killed, Strike, Wire, wired

from creditloop.book.day_end import ClosedShard
from creditloop.book.loan_store import BookedEvent
from creditloop.kernel.errors import CreditloopError, SourceError
from creditloop.kernel.storage import Connection

DAY = 24 * 60
_BEIJING = timedelta(hours=8)
_JUMP_MOST = 2
"""Days a clock jumps at most."""
_ROUND_TRIPS = {DayEnd: 150, Opening: 60, Happening: 45}
"""About how many round trips a message takes, at first; then the most that one took."""


_LATER = ("UnknownId", "OutOfOrder", "InputError")
"""Refusals after which the channel tries again: what is missing may be on its way, a day may open."""


class BrokenError(AssertionError):
    """Something that must hold does not."""


@dataclass(slots=True)
class Sent:
    """A message on its way.

    Attributes:
        answered: the reply the channel got that settles it.
        tries: times it arrived while all was calm.
    """

    message: Message
    made_at: int
    answered: str | None = None
    booked: bool = False
    tries: int = 0


@dataclass(kw_only=True)
class World:
    """See the module.

    Attributes:
        sealed: a whole bank, else the book alone.
        defect: what is wrong with the bank.
        unchecked: whether the database's own checks are switched off.
        blind: whether the bank's answers are believed, and only the book is looked at in the end.
        history: what happened, a line each.
        struck: faults that fell, by kind.
    """

    site: Site
    seed: int
    sealed: bool
    defect: Defect | None = None
    unchecked: bool = False
    blind: bool = False
    history: list[str] = field(default_factory=list)
    wire: Wire = field(default_factory=Wire)
    expected: Expected = field(default_factory=Expected)
    struck: dict[Fault, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.draw = Random(self.seed)
        # the end of January: a month's partition is made in the middle of a run
        self.start = date(2026, 1, 31) - timedelta(days=self.draw.randint(0, 4))
        self.days = self.draw.randint(2, 4)
        self.calm_at = (self.days + _JUMP_MOST + 1) * DAY
        self.minute = 0
        self.jumped = 0
        self.queue: list[tuple[int, int, Callable[[], None]]] = []
        self.planned = 0
        self.sent: list[Sent] = []
        self.lengths = dict(_ROUND_TRIPS)
        self.awaited = Answer()
        self.process: Process | None = None
        self.worked = False
        self.refusal = ""
        self.wire.unchecked = self.unchecked
        if self.defect is Defect.CLOSES_BY_HALVES:
            self.wire.halves = "day_posting"

    # 1. the channel

    def make_messages(self) -> None:
        """Put everything that will be said, and every jump of the clock, on the agenda."""
        openings = []
        for number in range(self.draw.randint(2, 4)):
            at = self.draw.randint(0, 2 * DAY)
            openings.append((at, drawn_opening(self.draw, number=number, start=self._day_at(at))))
        for at, opening in openings:
            self._say(opening, at)
        for at, opening in openings:
            self._make_happenings(at, opening)
        for number in range(self.days + _JUMP_MOST):
            self._say(DayEnd(number=number), (number + 1) * DAY + self.draw.randint(0, 300))
        for _ in range(self.draw.randint(0, 3)):
            at, days = self.draw.randint(0, self.days * DAY), self.draw.randint(-_JUMP_MOST, _JUMP_MOST)
            self._at(at, lambda days=days: self._jump(days))  # type: ignore[misc]
            self._at(at + self.draw.randint(10, DAY), lambda: self._jump(0))
        self._at(self.calm_at, lambda: self._jump(0))

    def _make_happenings(self, opened_at: int, opening: Opening) -> None:
        ids: list[str] = []
        times = sorted(self.draw.randint(opened_at, self.days * DAY) for _ in range(self.draw.randint(2, 6)))
        for number, at in enumerate(times):
            message = drawn_happening(
                self.draw, opening=opening, number=number, day=self._day_at(at), earlier=ids
            )
            self._say(message, at)
            if self.draw.random() < 0.08 and (false := falsified(message)) is not None:
                self._say(false, at + self.draw.randint(0, DAY))
            ids.append(message.event.id)

    def _say(self, message: Message, at: int) -> None:
        one = Sent(message, at)
        self.sent.append(one)
        self._at(at, lambda: self._send(one))

    # 2. the network

    def _at(self, minute: int, act: Callable[[], None]) -> None:
        self.planned += 1  # of two things in one minute the one planned first comes first
        heapq.heappush(self.queue, (minute, self.planned, act))

    @property
    def _calm(self) -> bool:
        return self.minute >= self.calm_at

    def _send(self, one: Sent) -> None:
        """Send a message, and again later unless it is answered by then."""
        if one.answered is not None:
            return
        lost, doubled = self.draw.random() < 0.15, self.draw.random() < 0.15
        if not lost or self._calm:
            for _ in range(2 if doubled else 1):
                self._at(self.minute + self._delay(), lambda: self._arrive(one))
        self._at(self.minute + self.draw.randint(60, 900), lambda: self._send(one))

    def _delay(self) -> int:
        """Minutes a message takes: a few, or, seldom, days."""
        return self.draw.randint(DAY // 2, 2 * DAY) if self.draw.random() < 0.1 else self.draw.randint(1, 30)

    def _arrive(self, one: Sent) -> None:
        reply = self._unit(one, calm=self._calm)
        if reply is None or (self.draw.random() < 0.1 and not self._calm):
            return
        one.tries += self._calm
        if reply not in _LATER or one.tries > 2:
            self._at(self.minute + self.draw.randint(1, 20), lambda: self._answered(one, reply))

    def _answered(self, one: Sent, reply: str) -> None:
        if one.answered is None:
            one.answered = reply
            one.booked = reply == "done"

    # 3. the bank

    def _unit(self, one: Sent, *, calm: bool, again: bool = False) -> str | None:
        """Let the bank handle a message; return its reply, None if it gives none.

        Raises: BrokenError if the reply is not the one that is due.
        """
        assert self.process is not None
        message, today = one.message, self._today()
        self.awaited = self.expected.answer(message, today=today, shard_of=self._shard_of)
        self.wire.arm(None if calm else self._strike(message))
        self.worked = False
        strike = self.wire.strike
        told = f"{self._moment()} {message.key}"
        try:
            self.process.handle(message, today=today, now=self._now())
            reply: str | None = "done"
        except Killed:
            reply = None
        except SourceError:
            reply = None
        except CreditloopError as error:
            reply, self.refusal = type(error).__name__, error.diagnostics()
        except (psycopg.OperationalError, OSError):
            reply = None
        except psycopg.Error as error:
            raise BrokenError(f"{message.key}: the database refuses: {error}") from error
        fell = strike is not None and strike.fell
        if self.defect is Defect.ANSWERS_FIRST and self.worked:
            reply = "done"
        self.history.append(f"{told} -> {reply or 'no reply'}{self._told(strike)}")
        if fell and strike is not None:
            self.struck[strike.fault] = self.struck.get(strike.fault, 0) + 1
        if reply is None and not fell:
            raise BrokenError("the bank gave no reply though nothing struck it")
        due = self.awaited.refused or "done"
        if reply is not None and reply != due and not self.blind:
            said = self.refusal if reply != "done" else ""
            raise BrokenError(f"{message.key}: the bank said {reply}, due was {due}: {said}")
        if reply == "done" and isinstance(message, DayEnd) and not self.blind:
            self._check_closed(through=today - timedelta(days=1))
        if again and not self.awaited.repeated and not self.blind and not isinstance(message, DayEnd):
            raise BrokenError(f"{message.key}: what was acknowledged is not in the book any more")
        self.lengths[type(message)] = max(self.lengths[type(message)], self.wire.trips)
        if self.wire.dead:
            self.wire.restart()
            self.process.restart()
        return reply

    def _strike(self, message: Message) -> Strike | None:
        if self.draw.random() > 0.35:
            return None
        fault = self.draw.choice(list(Fault))
        if self.draw.random() < 0.4:
            return Strike(fault, None, passing=self.draw.randint(0, 2) if isinstance(message, DayEnd) else 0)
        return Strike(fault, self.draw.randrange(self.lengths[type(message)]))

    def _told(self, strike: Strike | None) -> str:
        if strike is None or not strike.fell:
            return ""
        return f"   [{strike.fault} {'COMMIT' if strike.at is None else f'round trip {strike.at}'}]"

    def booked(self, message: Opening | Happening, booked: BookedEvent, connection: Connection) -> None:
        """Compare what the bank did with what is due, before it commits; it counts once it is committed."""
        due = self.awaited
        got = (booked.event, booked.legs, booked.repeated)
        if (due.event, due.legs, due.repeated) != got and not self.blind:
            raise BrokenError(f"{message.key}: booked {got}, due was {(due.event, due.legs, due.repeated)}")
        self.worked = True
        if due.repeated or due.event is None:
            return
        event, legs = due.event, due.legs
        if isinstance(message, Opening):
            row = connection.execute(
                "SELECT shard FROM book.loan WHERE loan_id = %s", (message.loan_id,)
            ).fetchone()
            assert row is not None
            opening, shard = message, int(row[0])
            self.wire.staged.append(lambda: self.expected.open(opening, shard=shard))
        self.wire.staged.append(lambda: self.expected.book(message.loan_id, event=event, legs=legs))

    def closed(self, day: date, shard: int, closed: ClosedShard) -> None:
        """Hear of a closed shard; it counts once it is committed."""
        last = self.expected.closed.get(shard)
        if closed.repeated != (last is not None and day <= last) and not self.blind:
            raise BrokenError(
                f"{day}, shard {shard}: closed after {last}, and the bank says repeated: {closed.repeated}"
            )
        self.wire.staged.append(lambda: self.expected.close(shard=shard, day=day))

    def _check_closed(self, *, through: date) -> None:
        """After a day end is acknowledged every shard that had a loan by then is closed."""
        for loan in self.expected.loans.values():
            if (
                loan.events[0].booked_on <= through
                and self.expected.closed.get(loan.shard, date.min) < through
            ):
                raise BrokenError(
                    f"shard {loan.shard} is not closed through {through}, and the bank said it was"
                )

    # 4. the clock

    def _jump(self, days: int) -> None:
        if days != self.jumped:
            self.history.append(f"{self._moment()} the bank's clock jumps to {days:+d} days")
        self.jumped = days

    def _day_at(self, minute: int) -> date:
        return self.start + timedelta(days=minute // DAY)

    def _today(self) -> date:
        return self._day_at(self.minute) + timedelta(days=self.jumped)

    def _now(self) -> datetime:
        midnight = datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC) - _BEIJING
        return midnight + timedelta(days=self.jumped, minutes=self.minute)

    def _moment(self) -> str:
        return f"{self._day_at(self.minute)} {self.minute % DAY // 60:02}:{self.minute % 60:02}"

    def _shard_of(self, party_id: str) -> int | None:
        loans = self.expected.loans.values()
        return next((loan.shard for loan in loans if loan.opening.party_id == party_id), None)

    # 5. and 6.: calm

    def run(self) -> str:
        """Play the seed and check everything; return the hash of every row of the book.

        Raises: BrokenError if something does not hold.
        """
        try:
            digest = self.play()
            self._check()
            with wired(self.wire), planted(self.defect):
                for one in self.sent:
                    if one.booked:
                        self._unit(one, calm=True, again=True)
        finally:
            self.leave()
        if self.site.digest() != digest:
            raise BrokenError("what was sent again changed the book")
        return digest

    def play(self) -> str:
        """Play the seed; return the hash of every row of the book.

        Raises: BrokenError if the bank says what it should not.
        """
        self.site.empty(whole=self.sealed)
        with wired(self.wire), planted(self.defect):
            self.process = self._process()
            self.make_messages()
            while self.queue:
                self.minute, _, act = heapq.heappop(self.queue)
                act()
            self.minute = (self.minute // DAY + 1) * DAY
            self._unit(Sent(DayEnd(number=-1), self.minute), calm=True)
        return self.site.digest()

    def leave(self) -> None:
        """End the bank's process, if one was begun."""
        if self.process is not None:
            self.process.leave()
        for connection in self.wire.connections:
            connection.close()

    def _process(self) -> Process:
        draw = Random(self.seed + 1)
        if not self.sealed:
            return PlainProcess(url=self.site.url, witness=self, draw=draw, defect=self.defect)
        return SealedProcess(
            url=self.site.url, places=self.site.places, witness=self, draw=draw, now=self._now()
        )

    def _check(self) -> None:
        found: list[Any] = list(problems(self.site.observer, self.expected))
        for one in self.sent:
            if one.answered is None:
                found.append(f"{one.message.key} was never answered")
            elif one.booked and not self._stands(one.message):
                found.append(f"{one.message.key} was acknowledged and is not in the book")
        if isinstance(self.process, SealedProcess):
            found += sealed_problems(self.site.observer, self.process.bank)
            found += [f"{day} is closed and was never said" for day in unsaid_days(self.site.observer)]
        if found:
            raise BrokenError("\n".join(found))

    def _stands(self, message: Message) -> bool:
        if isinstance(message, DayEnd):
            return True
        loan = self.expected.loans.get(message.loan_id)
        if loan is None or isinstance(message, Opening):
            return loan is not None
        same = [event for event in loan.events if event.id == message.event.id]
        return len(same) == 1
