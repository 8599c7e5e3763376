"""The repository's documents of patterns and tagged texts, read once, and texts to read with them."""

from datetime import date
from functools import cache
from pathlib import Path

from creditloop.data.texts import PatternSet, SourceText, TaggedSet, read_patterns, read_tagged
from creditloop.kernel.documents import read_document

REPOSITORY = Path(__file__).parents[3]
TAGGED = Path(__file__).parent / "tagged"
FILES = {"court": "court.yaml", "note": "field_notes.yaml"}


@cache
def patterns(origin: str) -> PatternSet:
    """The patterns for one kind of text."""
    return read_patterns(read_document(REPOSITORY / "features/texts" / FILES[origin], root=REPOSITORY))


@cache
def tagged(name: str) -> TaggedSet:
    """A tagged document."""
    return read_tagged(read_document(TAGGED / f"{name}.yaml", root=REPOSITORY))


def source(text: str, *names: str, day: date = date(2024, 6, 20)) -> SourceText:
    """A text delivered for one party."""
    return SourceText(
        party_no="p1", document_no="d1", names=names, day=day, known_on=date(2024, 6, 25), text=text
    )
