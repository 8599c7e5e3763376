"""Carry out a script of actors (执行演员脚本): each entry once, a piece of work, simulated throughout.

1. an entry that was carried out is found by its fact (`ActorActed`) and not done again
2. whom it is about is chosen from what the bank's own records say on that day
3. it is done through the same doors a person would use; where the bank refuses, that is kept as a refusal
4. `ActorActed` says who was chosen, what was done, and what was refused and why
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from creditloop.kernel.errors import ConflictingRepeat, InputError, PolicyError
from creditloop.kernel.facts import Fact
from creditloop.service.bank import Bank
from creditloop.service.booking.card_book import BookPlan
from creditloop.service.playing.actors import Entry, Script, selected
from creditloop.service.playing.deeds import candidates, do
from creditloop.service.playing.scene import Scene
from creditloop.service.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of an entry.

    Attributes:
        parties: who was chosen.
        refused: who was refused, and why; the others were done.
        repeated: it had been carried out before, and this is what became of it then.
    """

    entry: str
    does: str
    on: date
    parties: tuple[str, ...]
    refused: Mapping[str, str]
    repeated: bool

    @property
    def done(self) -> int:
        """How many were done."""
        return len(self.parties) - len(self.refused)

    def as_record(self) -> dict[str, object]:
        """Return it as plain data, without the parties."""
        return {
            "entry": self.entry,
            "does": self.does,
            "on": self.on.isoformat(),
            "chosen": len(self.parties),
            "done": self.done,
            "refused": dict(sorted(Counter(self.refused.values()).items())),
            "simulated": True,
        }


def play_entries(
    bank: Bank, *, plan: BookPlan, script: Script, after: date | None, until: date
) -> Iterator[Played]:
    """Carry out a span of a script, each entry a piece of work, with what follows from it delivered.

    Args:
        plan: the book the customers are of.
        after, until: days in (after, until].
    Raises: PolicyError naming the entry's line if it asks for what cannot be.
    """
    for entry in script.due(after=after, until=until):
        with bank.work() as work:
            played = play_entry(work, plan=plan, script=script, entry=entry)
        bank.deliver()
        yield played


def play_entry(work: Work, *, plan: BookPlan, script: Script, entry: Entry) -> Played:
    """Carry out one entry; a repeat returns the first.

    Raises: ConflictingRepeat if the entry reads otherwise than when it was carried out; PolicyError naming
        its line if it asks for what cannot be.
    """
    key = f"{script.name}/{entry.id}"
    if (first := _first(work, entry, key)) is not None:
        return first
    scene = Scene(work=work, plan=plan, script=script, entry=entry)
    try:
        parties = selected(entry=entry, parties=candidates(scene))
        refused = do(scene, parties=parties)
    except InputError as error:
        raise PolicyError(
            f"the entry {entry.id!r} asks for what cannot be: {error.message}",
            got=error.got,
            expected=error.expected,
            where={**error.where, **entry.where},
        ) from error
    work.adopt(script.document, kind="actors")
    played = Played(
        entry=entry.id, does=entry.does, on=entry.on, parties=parties, refused=refused, repeated=False
    )
    work.say(_acted(work, entry, key, played))
    return played


def _acted(work: Work, entry: Entry, key: str, played: Played | None) -> Fact:
    """Return the fact of an entry that was carried out; without what became of it, only its id counts."""
    said = None if played is None else [[party, why] for party, why in sorted(played.refused.items())]
    return Fact(
        kind="ActorActed",
        key=key,
        occurred_at=datetime.combine(entry.on, time(), tzinfo=UTC),
        known_at=work.now,
        payload={
            "entry": entry.hash,
            "does": entry.does,
            "simulated": True,
            "parties": [] if played is None else list(played.parties),
            "refused": said or [],
        },
    )


def _first(work: Work, entry: Entry, key: str) -> Played | None:
    """Return what became of an entry that was carried out before."""
    payload = work.said(_acted(work, entry, key, None).fact_id)
    if payload is None:
        return None
    if payload["entry"] != entry.hash:
        raise ConflictingRepeat(
            "this entry was carried out with other words",
            got=entry.hash,
            expected=payload["entry"],
            where=entry.where,
        )
    return Played(
        entry=entry.id,
        does=entry.does,
        on=entry.on,
        parties=tuple(payload["parties"]),
        refused=dict(payload["refused"]),
        repeated=True,
    )
