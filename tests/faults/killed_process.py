"""What a process does that is killed in the middle of it: messages in order, each said once it is done."""

from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from random import Random

from tests.faults.messages import DayEnd, Message, drawn_happening, drawn_opening
from tests.faults.process import SealedProcess, Unwatched

from creditloop.kernel.errors import CreditloopError
from creditloop.service.places import Places

START = date(2026, 1, 29)
DAYS = 4


def said_in_order(seed: int) -> list[tuple[Message, date]]:
    """Return what the channel says, in its order, each with the business date."""
    draw = Random(seed)
    openings = [drawn_opening(draw, number=number, start=START) for number in range(3)]
    said: list[tuple[Message, date]] = [(opening, START) for opening in openings]
    for passed in range(DAYS):
        day = START + timedelta(days=passed)
        for opening in openings:
            for _ in range(draw.randint(0, 2)):
                number = len(said)
                earlier = [f"e{each}" for each in range(number) if _is_of(said[each][0], opening.loan_id)]
                message = drawn_happening(draw, opening=opening, number=number, day=day, earlier=earlier)
                said.append((message, day))
        said.append((DayEnd(number=passed), day + timedelta(days=1)))
    return said


def _is_of(message: Message, loan_id: str) -> bool:
    return not isinstance(message, DayEnd) and message.loan_id == loan_id


def work_off(folder: str, url: str, seed: int, first: int, acknowledged: Pipe) -> None:
    """Do what the messages ask for from one on, saying each that is done: the process that is killed."""
    now = datetime(START.year, START.month, START.day, 9, tzinfo=UTC)
    process = SealedProcess(
        url=url, places=_places(Path(folder), url), witness=Unwatched(), draw=Random(seed), now=now
    )
    for number, (message, today) in enumerate(said_in_order(seed)[first:], first):
        try:
            process.handle(message, today=today, now=now + (today - START))
        except CreditloopError as refused:
            acknowledged.send((number, type(refused).__name__))
        else:
            acknowledged.send((number, None))


def _places(folder: Path, url: str) -> Places:
    return Places(
        documents=folder / "documents", state=folder / "state", environment={"CREDITLOOP_DATABASE_URL": url}
    )
