"""Portraits (画像): a party in a few dimensions, each a score of 0 to 1000 made of readable parts.

A document names features — its own, and those of documents of derived features — and for each dimension a
table of points: bands of a feature, the points of each, what they mean. A score is the sum of its parts'
points and nothing else; higher is safer. What is missing is shown as missing and gives the points stated for
it, never those of a zero; where too little is known there is no score. `reading` (`part_reading`) refuses
columns that are kept out, `part_steps` make one program, `scoring` executes it: `portrait_of` one party with
all its parts, `portrait_frame` many. Segments for campaigns are `acquire`'s; this is what the sources say.
"""

from creditloop.data.portraits.definitions import (
    Band,
    Dimension,
    Part,
    PartScore,
    Portrait,
    PortraitDefinition,
    PortraitScore,
    Safer,
)
from creditloop.data.portraits.reading import included_documents, read_portrait
from creditloop.data.portraits.scoring import portrait_frame, portrait_of

__all__ = [
    "Band",
    "Dimension",
    "Part",
    "PartScore",
    "Portrait",
    "PortraitDefinition",
    "PortraitScore",
    "Safer",
    "included_documents",
    "portrait_frame",
    "portrait_of",
    "read_portrait",
]
