"""What a judgment orders (主文): who is to do what, and for how much."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from creditloop.data.texts.amounts import WrittenAmount
from creditloop.data.texts.court.parties import Standing
from creditloop.data.texts.definitions import Evidence, quoted
from creditloop.data.texts.figures import case_figures, totals
from creditloop.data.texts.folding import clauses, sentences
from creditloop.data.texts.phrases import Pattern
from creditloop.data.texts.reading import PatternSet

Span = tuple[int, int]
_SENTENCES_MOST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What was ordered, as far as it bears on one party.

    Attributes:
        any_duty: somebody is to do something.
        burdened: the party itself is.
        guaranteeing: it is to answer for another's debt.
        amount_fen: what it is to pay, with its evidence; None without a figure.
        case_fen: what all are to pay.
    """

    any_duty: bool
    burdened: bool
    guaranteeing: bool
    amount_fen: int | None
    case_fen: int | None
    evidence: tuple[Evidence, ...]
    case_evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class _Duty:
    """One sentence that orders something."""

    pattern: Pattern
    span: Span
    burdened: bool
    figures: tuple[WrittenAmount, ...]


def orders_zone(text: str, patterns: PatternSet) -> Span:
    """Return where the orders stand; the whole text if it does not say so.

    Where an appeal is dismissed, the orders are those that were appealed against.
    """
    headings = _all(patterns.patterns("headings", means="orders"), text)
    if not headings:
        headings = _all(patterns.patterns("headings", means="orders_loose"), text)
    if not headings:
        return 0, len(text)
    last = headings[-1]
    zone = (last[1], _closing(text, last[1], patterns))
    if any(pattern.find(text, *zone) for pattern in patterns.patterns("upheld")):
        return _earlier(text, last[0], patterns) or zone
    return zone


def _all(patterns: Sequence[Pattern], text: str) -> list[Span]:
    found = []
    for pattern in patterns:
        at = pattern.find(text)
        while at is not None:
            found.append(at)
            at = pattern.find(text, at[1])
    return sorted(found)


def _closing(text: str, first: int, patterns: PatternSet) -> int:
    found = (pattern.find(text, first) for pattern in patterns.patterns("headings", means="closing"))
    return min((span[0] for span in found if span), default=len(text))


def _earlier(text: str, before: int, patterns: PatternSet) -> Span | None:
    """Return where the orders stand that an upheld appeal was about."""
    for pattern in patterns.patterns("headings", means="earlier_orders"):
        at = pattern.find(text, 0, before)
        if at is not None:
            ends = (
                each.find(text, at[1], before) for each in patterns.patterns("headings", means="earlier_end")
            )
            return at[1], min((span[0] for span in ends if span), default=before)
    return None


def read_orders(text: str, zone: Span, *, who: Standing, patterns: PatternSet) -> Orders:
    """Read the sentences of the orders: each that lays a duty on somebody, and whether on this party."""
    duties = list(_duties(text, zone, who, patterns))
    mine = [duty for duty in duties if duty.burdened]
    whole = _sum(duties)
    own = _sum(mine)
    guaranteeing = any(duty.pattern.means == "guarantee" for duty in mine)
    if own is None and guaranteeing:
        own = whole
    return Orders(
        any_duty=bool(duties),
        burdened=bool(mine),
        guaranteeing=guaranteeing,
        amount_fen=own[0] if own else None,
        case_fen=whole[0] if whole else None,
        evidence=(*_shown(text, mine), *(_figures(text, own[1]) if own else ())),
        case_evidence=_figures(text, whole[1]) if whole else (),
    )


def _shown(text: str, duties: Sequence[_Duty]) -> tuple[Evidence, ...]:
    return tuple(
        quoted(text, field="adverse", pattern_id=duty.pattern.pattern_id, span=duty.span) for duty in duties
    )


def _figures(text: str, figures: Sequence[WrittenAmount]) -> tuple[Evidence, ...]:
    return tuple(
        quoted(text, field="amount", pattern_id=each.pattern_id, span=(each.start, each.end))
        for each in figures
    )


def _sum(duties: Sequence[_Duty]) -> tuple[int, tuple[WrittenAmount, ...]] | None:
    """Add up what the sentences say; what is owed in all stands for the instalments it is paid in."""
    owed = [duty for duty in duties if duty.pattern.means == "owes" and duty.figures]
    figures = tuple(each for duty in (owed[:1] or duties) for each in duty.figures)
    return (sum(each.fen for each in figures), figures) if figures else None


def _duties(text: str, zone: Span, who: Standing, patterns: PatternSet) -> Iterator[_Duty]:
    for count, (first, after) in enumerate(sentences(text, *zone)):
        if count >= _SENTENCES_MOST:
            return
        kept = list(_clauses_with_duties(text, (first, after), patterns))
        found = _first_duty(text, kept, patterns)
        if found is None:
            continue
        pattern, span = found
        starts = [start for start in _subjects(text, kept, who, patterns) if start < span[0]]
        figures = [each for clause in kept for each in case_figures(text, clause, patterns)]
        counted = figures[:1] if pattern.means == "owes" else totals(text, figures, patterns)
        yield _Duty(pattern, span, bool(starts), tuple(counted))


def _clauses_with_duties(text: str, sentence: Span, patterns: PatternSet) -> Iterator[Span]:
    for clause in clauses(text, *sentence):
        if not any(pattern.find(text, *clause) for pattern in patterns.patterns("not_duties")):
            yield clause


def _first_duty(text: str, kept: Sequence[Span], patterns: PatternSet) -> tuple[Pattern, Span] | None:
    """Return the sentence's duty: the document's first in order of priority, wherever it stands."""
    for pattern in patterns.patterns("duties"):
        for clause in kept:
            span = pattern.find(text, *clause)
            if span is not None:
                return pattern, span
    return None


def _subjects(text: str, kept: Sequence[Span], who: Standing, patterns: PatternSet) -> Iterator[int]:
    """Give the places where the party is named, by name or by its label alone, and does not receive."""
    receiving = patterns.words["payee_before"]
    for first, after in kept:
        for start, end in who.mentions:
            if first <= start < after and end <= after:
                begun = _before_label(text, start, first, who)
                if not text.startswith(receiving, begun - 1, begun):
                    yield start
        yield from _alone(text, (first, after), who, patterns)


def _before_label(text: str, start: int, first: int, who: Standing) -> int:
    """Return where a mention begins, its label included ("向原告张三": at 原告)."""
    ends = (word for word in sorted(who.words, key=len, reverse=True) if text.endswith(word, first, start))
    return start - len(next(ends, ""))


def _alone(text: str, clause: Span, who: Standing, patterns: PatternSet) -> Iterator[int]:
    """Give the places where the party's label stands without a name: 被告于…, 二被告…."""
    if not who.words:
        return
    either = "|".join(re.escape(word) for word in sorted(who.words, key=len, reverse=True))
    for match in re.finditer(either, text[clause[0] : clause[1]]):
        start, end = clause[0] + match.start(), clause[0] + match.end()
        following = text[end : end + 1]
        begun = text[start - 1 : start]
        if following in patterns.words["alone_after"] and begun not in patterns.words["payee_before"]:
            yield start
