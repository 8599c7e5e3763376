"""The three policies a whitelist is kept by, and the names of what they read."""

from dataclasses import dataclass

from creditloop.risk import Policy

REFERRED = "refer"
"""What stands where a rule could not be evaluated: a person looks at it (转人工)."""
INVITED = "invited"
"""The outcome that opens an invitation, and keeps an open one open."""
SCREENED = "screened_"
"""Begins the name of an input of the re-screening rules that is the value kept with the last screening."""
DAYS_SINCE = "days_since_screened"
"""The input that is the age of the last screening, in days."""
TABLE = "whitelist"
"""The table of the whitelist's rules that gives the outcome."""
SCORE = "score"
"""The input of the whitelist's rules that is a card's score."""
PORTRAIT = ("segment", "utilisation_band", "payment_habit", "trend")
"""The parts of a portrait (画像), each an output of the portrait's policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The policies of a product, as in force on the rules date.

    Attributes:
        portrait: the readable parts of a party.
        whitelist: who is invited, watched or closed.
        rescreen: what sets off a re-screening.
    """

    portrait: Policy
    whitelist: Policy
    rescreen: Policy

    @property
    def features_read(self) -> tuple[str, ...]:
        """The features that any of the policies reads, each once, sorted."""
        screening = (*self.portrait.inputs, *self.whitelist.inputs)
        names = {entry.name for entry in screening} - {*PORTRAIT, SCORE}
        return tuple(sorted(names | set(self.features_watched)))

    @property
    def features_watched(self) -> tuple[str, ...]:
        """The features whose change since the last screening is looked at."""
        names = {entry.name.removeprefix(SCREENED) for entry in self.rescreen.inputs} - {DAYS_SINCE}
        return tuple(sorted(names))
