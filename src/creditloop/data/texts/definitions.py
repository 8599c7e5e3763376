"""What is read from a text, as values: events with the patterns and places they come from."""

from dataclasses import dataclass
from datetime import date

from creditloop.kernel.money import text_from_fen

QUOTE_MOST = 80
"""Longest quote of a piece of evidence, in characters; its place leads to the rest."""

STANDS, WITHDRAWN = "stands", "withdrawn"
"""Whether an event stands or was taken back by a later version of its text, as the contract codes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """A text as its source gives it.

    Attributes:
        party_no: the party it was delivered for.
        names: how texts name this party: names, former names, or a token; the number is always one.
        day: the day the source states: published, visited.
        known_on: the day the bank came to know the text.
    """

    party_no: str
    document_no: str
    names: tuple[str, ...]
    day: date
    known_on: date
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a field has its value: the pattern's id and the characters `[start, end)` it stands on.

    Attributes:
        field: "role", "cause", "stage", "amount", "happened_on", "adverse", "hearsay".
        quote: the characters themselves, cut at QUOTE_MOST.
    """

    field: str
    pattern_id: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEvent:
    """An event (文本事件) of one party in one text, as contracts/text_events.yaml has it, with its working.

    Attributes:
        stage: None if the text does not say.
        amount_fen: what the party is to pay, or what the case is about; None if the text does not say.
        hearsay: told by somebody else (据称), not seen.
    """

    document_no: str
    event_no: int
    happened_on: date
    origin: str
    role: str
    cause: str
    stage: str | None
    adverse: bool
    amount_fen: int | None
    known_on: date
    hearsay: bool
    evidence: tuple[Evidence, ...]

    def as_row(self, party_no: str) -> dict[str, object]:
        """Return the event as a row of a file under contracts/text_events.yaml; amounts in yuan."""
        return {
            "party_no": party_no,
            "document_no": self.document_no,
            "event_no": self.event_no,
            "standing": STANDS,
            "dated_on": self.happened_on,
            "happened_on": self.happened_on,
            "origin": self.origin,
            "role": self.role,
            "cause": self.cause,
            "stage": self.stage,
            "adverse": "yes" if self.adverse else "no",
            "amount": None if self.amount_fen is None else text_from_fen(self.amount_fen),
            "known_on": self.known_on,
        }


def quoted(text: str, *, field: str, pattern_id: str, span: tuple[int, int]) -> Evidence:
    """Build a piece of evidence from a place in a text."""
    start, end = span
    return Evidence(
        field=field,
        pattern_id=pattern_id,
        start=start,
        end=end,
        quote=text[start : min(end, start + QUOTE_MOST)],
    )
