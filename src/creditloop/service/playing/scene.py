"""What an entry of a script is carried out with (场景): the work, the book, the script, the entry itself."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from creditloop.service.booking.card_book import BookPlan
from creditloop.service.playing.actors import Actor, Entry, Script
from creditloop.service.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What an entry is carried out with."""

    work: Work
    plan: BookPlan
    script: Script
    entry: Entry

    @property
    def source(self) -> str:
        """What the records name as their source."""
        return f"{self.script.name}/{self.entry.id}"

    @property
    def at(self) -> datetime:
        """The instant of the entry: its local time at the customer."""
        hours = self.work.contract(self.plan.contract).utc_offset_hours
        assert self.entry.at is not None  # the verbs that need it are read with it
        return datetime.combine(self.entry.on, self.entry.at, tzinfo=UTC) - timedelta(hours=hours)

    @property
    def by(self) -> Actor:
        """Who acts."""
        assert self.entry.by is not None  # the verbs that need somebody are read with one
        return self.entry.by
