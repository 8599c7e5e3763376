"""What keeps a match of a note from counting: denied, supposed, bygone, untrue, or of somebody else.

Each list of the document has a reach of its own, so that one can tell where its words must stand:

- in the clause (分句) up to the match: `denied_before` (no further than 24 characters), `supposed`,
  `bygone`, `of_others` (24 again); in it: `denied_within`; in the clause behind it: `denied_after`,
  `supposed_after`
- in an earlier clause of the sentence: `supposed_onward` (如果…，就停产); `denied_onward`, if there is
  nothing but the match in its clause (未发现停产，欠薪，失联); `of_others_onward`, unless the talk has come
  back to the party since (`of_the_party`: 隔壁厂早关了，该户…)
- behind it in the sentence: `untrue`
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from creditloop.data.texts.folding import clauses
from creditloop.data.texts.phrases import Pattern
from creditloop.data.texts.reading import PatternSet, Topic

Span = tuple[int, int]
REACH = 24
"""How far before a match, in characters, a denial or somebody else is looked for."""
_SENTENCE_REACH = 200
"""How far in a sentence, in characters, what stands in other clauses is looked for."""
_BREAKS = ("而", "导致", "只好", "被迫", "致使", "因此", "所以", "但", "只能", "不得不")
"""What parts a denial from what follows it: 没有订单而停产 stops all the same."""
_BETWEEN = re.compile(r"[\s、和及或与以及等的情况形现象问题行为也都]*+")
"""What may stand beside matches in a clause of a list that a denial goes on over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A pattern of a topic found in a note: its place, its clause and its sentence."""

    topic: Topic
    pattern: Pattern
    span: Span
    clause: Span
    sentence: Span


def earliest(match: Match) -> int:
    """Return how far before a match its sentence is looked at."""
    return max(match.sentence[0], match.clause[0] - _SENTENCE_REACH)


def is_denied(text: str, match: Match, patterns: PatternSet) -> bool:
    """Say whether the note itself says that it is not so."""
    start, end = match.span
    near = max(match.clause[0], start - REACH)
    if any(_denies(text, each, near, start, match, patterns) for each in patterns.patterns("denied_before")):
        return True
    if _any(text, patterns.patterns("denied_within"), start, end):
        return True
    if _denied_by_list(text, match, patterns):
        return True
    if _any(text, patterns.patterns("denied_after"), end, _behind(text, match)):
        return True
    return _any(text, patterns.patterns("untrue"), end, min(match.sentence[1], end + _SENTENCE_REACH))


def is_discounted(text: str, match: Match, patterns: PatternSet) -> bool:
    """Say whether a match does not count, for whatever reason."""
    (start, end), (first, _) = match.span, match.clause
    if is_denied(text, match, patterns):
        return True
    if any(_any(text, patterns.patterns(part), first, end) for part in ("supposed", "bygone")):
        return True
    if _any(text, patterns.patterns("supposed_onward"), earliest(match), start):
        return True
    if _any(text, patterns.patterns("supposed_after"), end, _behind(text, match)):
        return True
    return _of_others(text, match, patterns)


def _any(text: str, patterns: tuple[Pattern, ...], first: int, after: int) -> bool:
    return any(pattern.find(text, first, after) is not None for pattern in patterns)


def _behind(text: str, match: Match) -> int:
    """Return where the clause that begins behind a match ends."""
    after = next((at for _, at in clauses(text, match.span[1], match.sentence[1])), match.span[1])
    return max(match.clause[1], after)


def _places(text: str, pattern: Pattern, first: int, after: int) -> Iterator[Span]:
    found = pattern.find(text, first, after)
    while found is not None:
        yield found
        found = pattern.find(text, found[1], after)


def _denies(text: str, pattern: Pattern, first: int, at: int, match: Match, patterns: PatternSet) -> bool:
    """Say whether a denial stands before the match with nothing between that parts them.

    A denial of one character (未, 无, 不) must stand right before it; a longer one reaches over a list. One
    that belongs to another match (没有订单) denies nothing else.
    """
    for found in _places(text, pattern, first, at):
        between = text[found[1] : at]
        if not between:
            return True
        reaches = found[1] - found[0] > 1 and not any(each in between for each in _BREAKS)
        if reaches and not _belongs_elsewhere(text, found, match, patterns):
            return True
    return False


def _belongs_elsewhere(text: str, denial: Span, match: Match, patterns: PatternSet) -> bool:
    """Say whether a denial is part of what another topic says, or of another match of this one."""
    every = (pattern for topic in patterns.topics for pattern in topic.patterns)
    for pattern in every:
        found = pattern.find(text, denial[0], match.clause[1])
        if found is not None and found[0] == denial[0] and denial[1] < found[1] <= match.span[0]:
            return True
    return False


def _denied_by_list(text: str, match: Match, patterns: PatternSet) -> bool:
    """Say whether a denial in an earlier clause goes on over a list of which the match is an item."""
    earlier = list(clauses(text, earliest(match), match.clause[0]))
    rest = text[match.clause[0] : match.span[0]] + text[match.span[1] : match.clause[1]]
    if match.span[1] > match.clause[1] or not _BETWEEN.fullmatch(rest):
        return False
    for first, after in reversed(earlier[-4:]):
        if _any(text, patterns.patterns("denied_onward"), first, after):
            return True
        if after - first > REACH:
            return False
    return False


def _of_others(text: str, match: Match, patterns: PatternSet) -> bool:
    """Say whether somebody else is told of, as the clause names it or an earlier one did."""
    start = match.span[0]
    near = max(match.clause[0], start - REACH)
    for pattern in patterns.patterns("of_others"):
        if pattern.pattern_id not in match.topic.despite and pattern.find(text, near, start):
            return True
    onward = (
        place
        for pattern in patterns.patterns("of_others_onward")
        if pattern.pattern_id not in match.topic.despite
        for place in _places(text, pattern, earliest(match), start)
    )
    back = patterns.patterns("of_the_party")
    return any(not _any(text, back, place[1], start) for place in onward)
