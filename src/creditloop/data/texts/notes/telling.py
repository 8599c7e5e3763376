"""Field notes (尽调笔记) to events: what a visitor saw or heard of the party visited.

1. Each topic's patterns are looked for, sentence by sentence.
2. A match does not count if it is denied, supposed, bygone or of somebody else (`discounting`), or if the
   note says later that it is over (已结清, 已复工); nor if it was only heard and is denied further on.
3. The first match that counts makes the topic's one event; what was only heard is marked.
4. The amount is the first of its clause and those behind it, up to where the sentence turns to another topic;
   the day is one written in its clause (自2024年3月起停产), else the day of the visit.
"""

from collections.abc import Sequence
from dataclasses import replace

from creditloop.data.texts.days import WrittenDay, days
from creditloop.data.texts.definitions import Evidence, SourceText, TextEvent, quoted
from creditloop.data.texts.figures import case_figures
from creditloop.data.texts.folding import clauses, fold, sentences
from creditloop.data.texts.notes.discounting import REACH, Match, Span, earliest, is_denied, is_discounted
from creditloop.data.texts.phrases import Pattern
from creditloop.data.texts.reading import PatternSet, Topic

SUBJECT, OBSERVED = "subject", "observed"
_MATCHES_MOST = 200
"""Most matches of a topic that are looked at."""
_DENIALS_MOST = 10
"""How many matches behind one that was only heard are asked whether they deny it."""


def read_field_note(source: SourceText, *, patterns: PatternSet) -> tuple[TextEvent, ...]:
    """Read one note: at most one event a topic, in the document's order of topics."""
    text = fold(source.text)
    found = [
        _event(source, text, at, patterns)
        for topic in patterns.topics
        if (at := _first_that_counts(text, topic, patterns)) is not None
    ]
    return tuple(replace(event, event_no=number) for number, event in enumerate(found, start=1))


def _first_that_counts(text: str, topic: Topic, patterns: PatternSet) -> Match | None:
    matches = _matches(text, topic)
    over = max((_last(text, pattern) for pattern in topic.resolved), default=-1) if matches else -1
    counting = (
        match
        for match in matches
        if over < max(0, match.span[1] - REACH) and not is_discounted(text, match, patterns)
    )
    for match in counting:
        if not _heard(text, match, patterns) or not _denied_later(text, match, matches, patterns):
            return match
    return None


def _last(text: str, pattern: Pattern) -> int:
    """Return where a pattern stands last, -1 if nowhere."""
    last, found = -1, pattern.find(text)
    while found is not None:
        last = found[0]
        found = pattern.find(text, found[1])
    return last


def _denied_later(text: str, match: Match, matches: Sequence[Match], patterns: PatternSet) -> bool:
    later = matches[matches.index(match) + 1 :][:_DENIALS_MOST]
    return any(is_denied(text, each, patterns) for each in later)


def _matches(text: str, topic: Topic) -> list[Match]:
    """Return a topic's matches in order, of each pattern the first of each clause."""
    if not any(pattern.expression.search(text) for pattern in topic.patterns):
        return []
    found: list[Match] = []
    for sentence in sentences(text):
        parts = list(clauses(text, *sentence))
        for pattern in topic.patterns:
            found += _in_clauses(text, topic, pattern, sentence, parts)
        if len(found) >= _MATCHES_MOST:
            break
    found.sort(key=lambda match: match.clause)
    return found[:_MATCHES_MOST]


def _in_clauses(
    text: str, topic: Topic, pattern: Pattern, sentence: Span, parts: Sequence[Span]
) -> list[Match]:
    """Return the first match of a pattern in each clause, going through the sentence once."""
    found: list[Match] = []
    first = sentence[0]
    for clause in parts:
        if clause[1] <= first:
            continue
        span = pattern.find(text, max(first, clause[0]), sentence[1])
        if span is None or len(found) >= _MATCHES_MOST:
            break
        if span[0] >= clause[1]:
            first = span[0]
        else:
            found.append(Match(topic=topic, pattern=pattern, span=span, clause=clause, sentence=sentence))
    return found


def _heard(text: str, match: Match, patterns: PatternSet) -> list[tuple[Pattern, Span]]:
    first, after = earliest(match), max(match.span[1], match.clause[1])
    return [
        (each, at)
        for each in patterns.patterns("hearsay")
        if (at := each.find(text, first, after)) is not None
    ]


def _event(source: SourceText, text: str, match: Match, patterns: PatternSet) -> TextEvent:
    topic = match.topic
    day = _day(text, match.clause, source)
    heard = _heard(text, match, patterns)
    told = _told(text, match, patterns)
    figures = case_figures(text, told, patterns) if topic.amount else []
    evidence = [quoted(text, field="cause", pattern_id=match.pattern.pattern_id, span=match.span)]
    evidence += [quoted(text, field="hearsay", pattern_id=each.pattern_id, span=at) for each, at in heard]
    evidence += [
        quoted(text, field="amount", pattern_id=each.pattern_id, span=(each.start, each.end))
        for each in figures[:1]
    ]
    if day is not None:
        evidence.append(
            quoted(text, field="happened_on", pattern_id=day.pattern_id, span=(day.start, day.end))
        )
    return TextEvent(
        document_no=source.document_no,
        event_no=1,
        happened_on=day.day if day else source.day,
        origin=patterns.origin,
        role=SUBJECT,
        cause=topic.cause,
        stage=OBSERVED,
        adverse=topic.adverse,
        amount_fen=figures[0].fen if figures else None,
        known_on=source.known_on,
        hearsay=bool(heard),
        evidence=_as_it_came(source.text, evidence),
    )


def _told(text: str, match: Match, patterns: PatternSet) -> Span:
    """Return how far a sentence tells of one topic: from the match's clause to where another begins."""
    span, clause, sentence = match.span, match.clause, match.sentence
    for first, after in clauses(text, *sentence):
        others = (each for topic in patterns.topics if topic is not match.topic for each in topic.patterns)
        if first >= max(clause[1], span[1]) and any(pattern.find(text, first, after) for pattern in others):
            return clause[0], first
    return clause[0], sentence[1]


def _as_it_came(text: str, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    return tuple(replace(one, quote=text[one.start : one.start + len(one.quote)]) for one in evidence)


def _day(text: str, clause: Span, source: SourceText) -> WrittenDay | None:
    found = (day for day in days(text, *clause, written_on=source.day) if day.day <= source.day)
    return next(found, None)
