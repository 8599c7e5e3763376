"""Who the party is in a judgment: where it is named, and by which label (当事人称谓)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from creditloop.data.texts.definitions import Evidence, quoted
from creditloop.data.texts.phrases import SENTENCE_ENDS, Pattern
from creditloop.data.texts.reading import PatternSet

_MENTIONS_MOST = 2_000
_SHORT_NAME = 4
"""Names up to this length may be the beginning of another's; see `name_after` of the document."""
_LABEL_WINDOW = 60
_LIST_WINDOW = 160
_NICKNAME = re.compile(
    r"（[^（）。；\n]{0,30}?简称[：\s]?[“”\"「]?(?P<name>[^“”\"」（）、，。；\n]{2,30})[“”\"」]?"
)
_JOINED = r"[一二三四五六七八九十0-9]{0,2}(?:（[^（）]{0,60}）)?[：\s]{0,3}"
_LIST_BETWEEN = re.compile(
    rf"{_JOINED}(?:[^，。；：（）诉因向对]|（[^（）]{{0,60}}）){{1,100}}+(?<=[、和及])"
)
_BEHIND = re.compile(r"（[^（）]{0,40}）")
_HAN = re.compile("[\u3400-\u9fff]")


_TELLS_LITTLE = ("appellant", "appellee", "counter_defendant", "counter_plaintiff")
"""Labels that do not say on which side of the case somebody stands."""
Labelled = tuple[Pattern, tuple[int, int]]
"""A label and its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the parties block says of somebody.

    Attributes:
        label: what the label means; None if none stands before any mention.
        countered: somebody claims against this plaintiff in turn (反诉被告).
        mentions: places of its names, in order.
    """

    label: str | None
    words: tuple[str, ...]
    countered: bool
    mentions: tuple[tuple[int, int], ...]
    evidence: tuple[Evidence, ...]


def standing(text: str, *, names: Sequence[str], patterns: PatternSet) -> Standing:
    """Find the party's mentions in a folded text and the first label that stands before one."""
    mentions = _mentions(text, names, patterns)
    known = {text[start:end] for start, end in mentions}
    nicknames = [name for name in _nicknames(text, mentions) if name not in known]
    if nicknames:
        mentions = _mentions(text, [*names, *nicknames], patterns)
    found = [each for start, end in mentions for each in _labels(text, start, end, patterns)]
    found += [] if found else _addressed(text, mentions, patterns)
    chosen = _first_that_tells(found)
    countered = next((each for each in found if each[0].means == "counter_defendant"), None)
    evidence = [
        quoted(text, field="role", pattern_id=pattern.pattern_id, span=span)
        for pattern, span in dict.fromkeys(filter(None, (chosen, countered)))
    ]
    label = chosen[0].means if chosen else None
    return Standing(
        label=label,
        words=tuple(word for each in patterns.patterns("labels", means=label) for word in each.says)
        if label
        else (),
        countered=countered is not None,
        mentions=tuple(mentions),
        evidence=tuple(evidence),
    )


def _labels(text: str, start: int, end: int, patterns: PatternSet) -> Iterator[Labelled]:
    """Give the label before a mention, and one of a counterclaim behind it: 原告某公司（反诉被告）."""
    before = _label(text, start, patterns)
    if before is not None:
        yield before
    behind = _BEHIND.match(text, end)
    unsure = before is None or before[0].means in _TELLS_LITTLE
    for pattern in patterns.patterns("labels") if behind else ():
        span = pattern.find(text, end, behind.end()) if behind else None
        if span is not None and (pattern.means == "counter_defendant" or (unsure and _is_original(pattern))):
            yield pattern, span


def _addressed(text: str, mentions: Sequence[tuple[int, int]], patterns: PatternSet) -> list[Labelled]:
    """Find what a text that is addressed to the party (…：你…) says of it."""
    if not any(
        text.startswith("：", end) and text[:start].rpartition("\n")[2].strip() == ""
        for start, end in mentions
    ):
        return []
    found = ((pattern, pattern.find(text)) for pattern in patterns.patterns("addressed"))
    return [(pattern, span) for pattern, span in found if span]


def _first_that_tells(found: Sequence[Labelled]) -> Labelled | None:
    """Choose the first label that says which side somebody is on; an appellant may be on either."""
    telling = (each for each in found if each[0].means not in _TELLS_LITTLE)
    return next(telling, next(iter(found), None))


def _mentions(text: str, names: Sequence[str], patterns: PatternSet) -> list[tuple[int, int]]:
    after = frozenset(patterns.words["name_after"])
    found: dict[int, int] = {}
    for name in names:
        for start, end in _places(text, name):
            following = text[end : end + 1]
            if len(name) > _SHORT_NAME or not _HAN.match(following) or following in after:
                found[start] = max(end, found.get(start, 0))
    return sorted(found.items())[:_MENTIONS_MOST]


def _places(text: str, name: str) -> Iterator[tuple[int, int]]:
    at = text.find(name) if name else -1
    count = 0
    while at >= 0 and count < _MENTIONS_MOST:
        yield at, at + len(name)
        count += 1
        at = text.find(name, at + len(name))


def _nicknames(text: str, mentions: Sequence[tuple[int, int]]) -> list[str]:
    """Return the short names that the text gives the party right after one of its names."""
    matches = (_NICKNAME.match(text, end) for _, end in mentions[:50])
    return list(dict.fromkeys(match["name"] for match in matches if match))


def _label(text: str, at: int, patterns: PatternSet) -> Labelled | None:
    """Return the label before a name: right before it, or before the list the name stands in."""
    words, right_before, anywhere = _label_expressions(patterns)
    for word in patterns.words["name_before"]:
        at -= len(word) if text.endswith(word, 0, at) else 0
    first = max(0, at - _LABEL_WINDOW)
    match = right_before.search(text, first, at)
    if match is None:
        match = _label_of_list(text, at, anywhere)
    if match is None:
        return None
    within = [found for found in anywhere.finditer(match["within"] or "") if found["label"] in words]
    inner = next((words[found["label"]] for found in within if _is_original(words[found["label"]])), None)
    countered = [
        words[found["label"]] for found in within if words[found["label"]].means == "counter_defendant"
    ]
    outer = words[match["label"]]
    if outer.means in {"appellant", "appellee"} and inner:
        return inner, match.span()
    return (countered[0] if countered else outer), match.span("label")


def _is_original(pattern: Pattern) -> bool:
    return pattern.means in {"plaintiff", "defendant", "third_party", "guarantor"}


def _label_of_list(text: str, at: int, anywhere: re.Pattern[str]) -> re.Match[str] | None:
    first = max((text.rfind(sign, 0, at) for sign in SENTENCE_ENDS), default=-1) + 1
    last = None
    for match in anywhere.finditer(text, max(first, at - _LIST_WINDOW), at):
        last = match
    if last is None or not _LIST_BETWEEN.fullmatch(text, last.end("label"), at):
        return None
    return last


@lru_cache(maxsize=16)
def _expressions_of(words: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    either = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    label = rf"(?P<label>{either})[一二三四五六七八九十0-9]{{0,2}}(?P<within>（[^（）]{{0,60}}）)?"
    return re.compile(rf"{label}[：\s]{{0,3}}\Z"), re.compile(label)


def _label_expressions(
    patterns: PatternSet,
) -> tuple[dict[str, Pattern], re.Pattern[str], re.Pattern[str]]:
    words = {word: pattern for pattern in patterns.patterns("labels") for word in pattern.says}
    return (words, *_expressions_of(tuple(words)))
