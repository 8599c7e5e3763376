"""One text, written one way: full-width digits, other brackets, control characters; places stay the same.

Each character becomes exactly one, so that a place in the folded text is the place in the text as it came.
"""

import re
from collections.abc import Iterator, Mapping

from creditloop.data.texts.phrases import SENTENCE_ENDS

_ASCII = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B) if chr(code - 0xFEE0).isalnum()}
_CONTROLS = {code: " " for code in (*range(0x20), *range(0x7F, 0xA0), 0x3000) if code != 0x0A}
_UNSEEN = dict.fromkeys((0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF), " ")
_SIGNS: Mapping[str, str] = {
    "(": "（", ")": "）", "[": "（", "]": "）", "【": "（", "】": "）", "〔": "（", "〕": "）",
    ":": "：", ";": "；", "!": "！", "?": "？", "．": ".", "％": "%", "￥": "¥", "－": "-", "﹣": "-",
    "○": "〇", "Ｏ": "〇", "\u2028": "\n", "\u2029": "\n",
}  # fmt: skip
_TABLE: dict[int, int | str] = {
    **_CONTROLS, **_UNSEEN, **_ASCII, **{ord(sign): to for sign, to in _SIGNS.items()}
}  # fmt: skip
_SENTENCE = re.compile(rf"[^{SENTENCE_ENDS}]+")
_CLAUSE = re.compile(r"(?:[^，,]|[，,](?=[0-9]{3}))+")


def fold(text: str) -> str:
    """Write a text one way (归一), character by character; the result has the same length."""
    return text.translate(_TABLE)


def sentences(text: str, first: int = 0, after: int | None = None) -> Iterator[tuple[int, int]]:
    """Give the places of the sentences of a folded text, in order."""
    for match in _SENTENCE.finditer(text, first, len(text) if after is None else after):
        yield match.span()


def clauses(text: str, first: int, after: int) -> Iterator[tuple[int, int]]:
    """Give the places of a sentence's clauses; a comma between digits parts nothing."""
    for match in _CLAUSE.finditer(text, first, after):
        yield match.span()
