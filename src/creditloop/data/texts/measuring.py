"""How right the reading is: tagged texts (标注集), precision and recall of each field.

A tagged document holds texts with the events a person found in them. Events of a text are paired by cause
for notes (one a topic) and by order for judgments (one a party). For each field

    precision = right values / values read
    recall    = right values / values tagged

where a null is no value, and of `adverse` only "yes" is one: a plaintiff read as adverse costs precision, a
burdened guarantor not seen costs recall. Ratios are in nano; null where nothing was read or tagged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from creditloop.data.texts.bulk import read_text
from creditloop.data.texts.definitions import SourceText, TextEvent
from creditloop.data.texts.reading import COURT, NOTE, PatternSet
from creditloop.kernel.documents import Document, Node
from creditloop.kernel.errors import InputError
from creditloop.kernel.money import divide_half_away, fen_from_text

FIELDS = ("role", "cause", "stage", "adverse", "amount", "happened_on", "hearsay")
NANO = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedText:
    """A text with what a person read in it: each event with its fields; one that is missing is null."""

    text_id: str
    source: SourceText
    events: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedSet:
    """A tagged document and its texts.

    Attributes:
        part: "dev" if patterns were written on it, "held_out" if they were not.
        simulated: whether the texts are invented.
    """

    name: str
    part: str
    origin: str
    simulated: bool
    texts: tuple[TaggedText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldScore:
    """Counts of one field: values read, tagged, and both and equal."""

    field: str
    read: int
    tagged: int
    right: int

    @property
    def precision_nano(self) -> int | None:
        """Right values among those read."""
        return divide_half_away(self.right * NANO, self.read) if self.read else None

    @property
    def recall_nano(self) -> int | None:
        """Right values among those tagged."""
        return divide_half_away(self.right * NANO, self.tagged) if self.tagged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """One value that is not as tagged."""

    text_id: str
    field: str
    tagged: object
    read: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What measuring a tagged set gave: scores by field, texts without any miss, and the misses."""

    name: str
    part: str
    simulated: bool
    texts: int
    whole: int
    scores: tuple[FieldScore, ...]
    misses: tuple[Miss, ...]


def read_tagged(document: Document) -> TaggedSet:
    """Read a tagged document.

    Raises: PolicyError naming file, line and field.
    """
    entries = document.root.mapping(
        required=["tagged_texts", "part", "origin", "simulated", "tagged_by", "day", "known_on", "texts"],
        optional=[],
    )
    origin = entries["origin"].text(among=[COURT, NOTE])
    day, known_on = entries["day"].day(), entries["known_on"].day()
    texts = tuple(_tagged(node, day, known_on) for node in entries["texts"].items())
    if len({each.text_id for each in texts}) != len(texts):
        raise entries["texts"].fail("two texts of one id", got=len(texts))
    return TaggedSet(
        name=entries["tagged_texts"].text(),
        part=entries["part"].text(among=["dev", "held_out"]),
        origin=origin,
        simulated=entries["simulated"].boolean(),
        texts=texts,
    )


def _tagged(node: Node, day: date, known_on: date) -> TaggedText:
    entries = node.mapping(required=["id", "text", "events"], optional=["party"])
    name = entries["id"].text()
    names = (entries["party"].text(),) if "party" in entries else ()
    return TaggedText(
        text_id=name,
        source=SourceText(
            party_no=name,
            document_no=name,
            names=names,
            day=day,
            known_on=known_on,
            text=entries["text"].text(),
        ),
        events=tuple(_expected(item, day) for item in entries["events"].items()),
    )


def _expected(node: Node, day: date) -> Mapping[str, object]:
    """Read one tagged event; the day of the source is the event's where none is tagged."""
    entries = node.mapping(required=["cause"], optional=FIELDS)
    found: dict[str, object] = {name: entry.value for name, entry in entries.items()}
    if "amount" in entries:
        amount = entries["amount"].value
        found["amount"] = None if amount is None else fen_from_text(str(amount))
    found.setdefault("happened_on", day)
    return found


def measure(tagged: TaggedSet, *, patterns: PatternSet) -> Measured:
    """Read every text of a tagged set and compare.

    Raises: InputError if the set is of another kind of text than the patterns.
    """
    if tagged.origin != patterns.origin:
        raise InputError("the tagged texts are of another kind", got=tagged.origin, expected=patterns.origin)
    counts = {field: [0, 0, 0] for field in FIELDS}
    misses: list[Miss] = []
    for each in tagged.texts:
        read = read_text(each.source, patterns=patterns)
        for expected, event in _pairs(each.events, read, tagged.origin):
            misses.extend(_compare(each.text_id, expected, event, counts))
    return Measured(
        name=tagged.name,
        part=tagged.part,
        simulated=tagged.simulated,
        texts=len(tagged.texts),
        whole=len(tagged.texts) - len({miss.text_id for miss in misses}),
        scores=tuple(
            FieldScore(field=field, read=read, tagged=wanted, right=right)
            for field, (read, wanted, right) in counts.items()
        ),
        misses=tuple(misses),
    )


def _pairs(
    expected: Sequence[Mapping[str, object]], read: Sequence[TextEvent], origin: str
) -> Iterator[tuple[Mapping[str, object], Mapping[str, object]]]:
    def key(event: Mapping[str, object], place: int) -> object:
        return event["cause"] if origin == NOTE else place

    wanted = {key(event, place): event for place, event in enumerate(expected)}
    given = {key(event, place): event for place, event in enumerate(map(_values, read))}
    for name in dict.fromkeys([*wanted, *given]):
        yield wanted.get(name, {}), given.get(name, {})


def _values(event: TextEvent) -> dict[str, object]:
    return {
        "role": event.role,
        "cause": event.cause,
        "stage": event.stage,
        "adverse": "yes" if event.adverse else None,
        "amount": event.amount_fen,
        "happened_on": event.happened_on,
        "hearsay": True if event.hearsay else None,
    }


def _compare(
    text_id: str, expected: Mapping[str, object], event: Mapping[str, object], counts: dict[str, list[int]]
) -> Iterator[Miss]:
    for field, count in counts.items():
        wanted, given = expected.get(field), event.get(field)
        count[0] += given is not None
        count[1] += wanted is not None
        count[2] += given is not None and given == wanted
        if given != wanted:
            yield Miss(text_id=text_id, field=field, tagged=wanted, read=given)
