"""Texts to events (非结构化文本): judgments and field notes, by patterns that a risk officer can read.

A document of patterns (`features/texts/*.yaml`) says in plain phrases (`phrases`) what stands for which role,
cause, stage or topic, and what denies it; `read_patterns` (`reading`) checks it. A text is written one way
(`folding`), its amounts and days are found (`amounts`, `days`, `figures`), then it is read: a judgment for
one party (`court`), a note topic by topic (`notes`). Each event quotes for each field the pattern's id and
the characters it stands on. `read_text_file` (`bulk`) reads a source's file under its contract and gives rows
for contracts/text_events.yaml, those that take back what a later version of a text no longer tells among them
(`corrections`), their working and findings; `measure` (`measuring`) says how right all this is on tagged
texts. A plaintiff is never a risk.
"""

from creditloop.data.texts.bulk import EVENT_SCHEMA, WORKING_SCHEMA, TextReadings, read_text, read_text_file
from creditloop.data.texts.definitions import Evidence, SourceText, TextEvent
from creditloop.data.texts.measuring import (
    FieldScore,
    Measured,
    Miss,
    TaggedSet,
    TaggedText,
    measure,
    read_tagged,
)
from creditloop.data.texts.phrases import Pattern
from creditloop.data.texts.reading import PatternSet, Topic, read_patterns

__all__ = [
    "EVENT_SCHEMA",
    "WORKING_SCHEMA",
    "Evidence",
    "FieldScore",
    "Measured",
    "Miss",
    "Pattern",
    "PatternSet",
    "SourceText",
    "TaggedSet",
    "TaggedText",
    "TextEvent",
    "TextReadings",
    "Topic",
    "measure",
    "read_patterns",
    "read_tagged",
    "read_text",
    "read_text_file",
]
