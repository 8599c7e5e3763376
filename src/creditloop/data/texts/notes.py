"""Field notes (尽调笔记) to events: what a visitor saw or heard of the party visited.

1. Each topic's patterns are looked for, sentence by sentence.
2. A match does not count if its clause denies it (未发现…, …不存在), asks or fears it (是否…, 若…), tells of
   somebody else (隔壁厂…) or of old times (曾…), or if the note says later that it is over (已结清, 已复工).
3. The first match that counts makes the topic's one event; what was only heard is marked.
4. The amount is the first of its clause and those behind it, up to where the sentence turns to another topic;
   the day is one written in its clause (自2024年3月起停产), else the day of the visit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from creditloop.data.texts.days import WrittenDay, days
from creditloop.data.texts.definitions import Evidence, SourceText, TextEvent, quoted
from creditloop.data.texts.figures import case_figures
from creditloop.data.texts.folding import clauses, fold, sentences
from creditloop.data.texts.phrases import Pattern
from creditloop.data.texts.reading import PatternSet, Topic

Span = tuple[int, int]
SUBJECT, OBSERVED = "subject", "observed"
_DENIAL_REACH = 24
_MATCHES_MOST = 200
_BREAKS = ("而", "导致", "只好", "被迫", "致使", "因此", "所以", "但")
"""What parts a denial from what follows it: 没有订单而停产 stops all the same."""


def read_field_note(source: SourceText, *, patterns: PatternSet) -> tuple[TextEvent, ...]:
    """Read one note: at most one event a topic, in the document's order of topics."""
    text = fold(source.text)
    found = [
        _event(source, text, topic, at, patterns)
        for topic in patterns.topics
        if (at := _first_that_counts(text, topic, patterns)) is not None
    ]
    return tuple(replace(event, event_no=number) for number, event in enumerate(found, start=1))


Match = tuple[Pattern, Span, Span, Span]
"""A pattern, its place, its clause and its sentence."""


def _first_that_counts(text: str, topic: Topic, patterns: PatternSet) -> Match | None:
    if not any(pattern.expression.search(text) for pattern in topic.patterns):
        return None
    for match in _matches(text, topic):
        if not _over(text, topic, match[1][1]) and not _discounted(text, match, patterns):
            return match
    return None


def _matches(text: str, topic: Topic) -> Iterator[Match]:
    count = 0
    for sentence in sentences(text):
        for clause in clauses(text, *sentence):
            for pattern in topic.patterns:
                span = pattern.find(text, clause[0], sentence[1])
                if span is not None and span[0] < clause[1] and count < _MATCHES_MOST:
                    count += 1
                    yield pattern, span, clause, sentence


def _over(text: str, topic: Topic, after: int) -> bool:
    return (
        topic.resolved is not None and topic.resolved.search(text, max(0, after - _DENIAL_REACH)) is not None
    )


def _discounted(text: str, match: Match, patterns: PatternSet) -> bool:
    """Say whether a match does not count: denied, supposed, bygone, or of somebody else."""
    _, (start, end), (first, after), sentence = match
    near = max(first, start - _DENIAL_REACH)
    if any(_denies(text, pattern, near, start) for pattern in patterns.patterns("denied_before")):
        return True
    if any(pattern.find(text, start, end) for pattern in patterns.patterns("denied_within")):
        return True
    behind = max(after, next((at for _, at in clauses(text, end, sentence[1])), end))
    if any(pattern.find(text, end, behind) for pattern in patterns.patterns("denied_after")):
        return True
    if any(
        pattern.find(text, first, end)
        for part in ("supposed", "bygone")
        for pattern in patterns.patterns(part)
    ):
        return True
    if any(pattern.find(text, end, sentence[1]) for pattern in patterns.patterns("untrue")):
        return True
    others = patterns.patterns("of_others")
    return any(pattern.find(text, near, start) for pattern in others)


def _denies(text: str, pattern: Pattern, first: int, at: int) -> bool:
    """Say whether a denial stands before the match with nothing between that parts them.

    A denial of one character (未, 无, 不) must stand right before it; a longer one reaches over a list.
    """
    found = pattern.find(text, first, at)
    while found is not None:
        between = text[found[1] : at]
        if not between or (found[1] - found[0] > 1 and not any(each in between for each in _BREAKS)):
            return True
        found = pattern.find(text, found[1], at)
    return False


def _event(source: SourceText, text: str, topic: Topic, match: Match, patterns: PatternSet) -> TextEvent:
    pattern, span, clause, sentence = match
    day = _day(text, clause, source)
    heard = [
        (each, at)
        for each in patterns.patterns("hearsay")
        if (at := each.find(text, sentence[0], max(span[1], clause[1])))
    ]
    told = _told(text, topic, match, patterns)
    figures = case_figures(text, told, patterns) if topic.amount else []
    evidence = [quoted(text, field="cause", pattern_id=pattern.pattern_id, span=span)]
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


def _told(text: str, topic: Topic, match: Match, patterns: PatternSet) -> Span:
    """Return how far a sentence tells of one topic: from the match's clause to where another begins."""
    _, span, clause, sentence = match
    for first, after in clauses(text, *sentence):
        others = (pattern for each in patterns.topics if each is not topic for pattern in each.patterns)
        if first >= max(clause[1], span[1]) and any(pattern.find(text, first, after) for pattern in others):
            return clause[0], first
    return clause[0], sentence[1]


def _as_it_came(text: str, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    return tuple(replace(one, quote=text[one.start : one.start + len(one.quote)]) for one in evidence)


def _day(text: str, clause: Span, source: SourceText) -> WrittenDay | None:
    found = (day for day in days(text, *clause) if day.day <= source.day)
    return next(found, None)
