"""Judgments (裁判文书) to events: the party's role, the cause, the stage, the amount, the day.

1. The party is found by its names, its role by the label before them (`parties`).
2. The orders are found, and whether they burden it (`orders`).
3. The stage is what was decided if that says it, else what kind of text it is.
4. The amount is what the party is to pay, for others what the case is about; where nothing is ordered, what
   was claimed.
5. The day is that of the decision, else the day the source states.
6. It is against the party only if the role and the orders say so: a plaintiff never, a defendant whose
   plaintiff lost or withdrew not, a guarantor who is ordered to pay yes. What cannot be told counts against
   a defendant, and the working says that it could not be told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from creditloop.data.texts.amounts import WrittenAmount
from creditloop.data.texts.court.orders import Orders, Span, orders_zone, read_orders
from creditloop.data.texts.court.parties import Standing, standing
from creditloop.data.texts.days import MONTH, WrittenDay, days
from creditloop.data.texts.definitions import Evidence, SourceText, TextEvent, quoted
from creditloop.data.texts.figures import case_figures
from creditloop.data.texts.folding import fold, sentences
from creditloop.data.texts.phrases import Pattern
from creditloop.data.texts.reading import PatternSet

UNDECIDED = "adverse.undecided"
"""Evidence of a defendant about whom the orders could not be read: counted against it."""
_TAIL = 300
_HEAD = 1_500
_NEAR = 40
_ROLES = {"counter_defendant": "plaintiff", "counter_plaintiff": "defendant"}


@dataclass(frozen=True, slots=True)
class _Told:
    """A value with what it stands on."""

    value: str | None
    evidence: tuple[Evidence, ...] = ()


def read_court_text(source: SourceText, *, patterns: PatternSet) -> TextEvent | None:
    """Read one judgment for one party; None if the party is not named, or it cannot be told on which side."""
    text = fold(source.text)
    who = standing(text, names=[fold(name) for name in source.names], patterns=patterns)
    if not who.mentions:
        return None
    zone = orders_zone(text, patterns)
    orders = read_orders(text, zone, who=who, patterns=patterns)
    stage = _stage(text, zone, patterns)
    results = _results(text, zone, patterns)
    role = _role(text, who, orders, patterns)
    if role.value is None:
        return None
    cause = _cause(text, patterns)
    adverse = _adverse(role.value, stage.value, orders, results)
    fen, figures = _amount(text, role.value, stage.value, orders, results, patterns)
    day = _day(text, stage, source)
    return TextEvent(
        document_no=source.document_no,
        event_no=1,
        happened_on=day.day if day else source.day,
        origin=patterns.origin,
        role=role.value,
        cause=cause.value or "other",
        stage=stage.value,
        adverse=adverse.value == "yes",
        amount_fen=fen,
        known_on=source.known_on,
        hearsay=False,
        evidence=_from_the_text(
            source.text,
            (
                *role.evidence,
                *cause.evidence,
                *stage.evidence,
                *adverse.evidence,
                *figures,
                *_day_shown(text, day),
            ),
        ),
    )


def _from_the_text(text: str, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Quote the text as it came, not as it was folded; each place once a field."""
    return tuple(
        dict.fromkeys(replace(one, quote=text[one.start : one.start + len(one.quote)]) for one in evidence)
    )


def _told(text: str, field: str, pattern: Pattern, span: Span) -> _Told:
    shown = quoted(text, field=field, pattern_id=pattern.pattern_id, span=span)
    return _Told(pattern.means, (shown,))


# role


def _role(text: str, who: Standing, orders: Orders, patterns: PatternSet) -> _Told:
    """Say what the party is; one that claims and is ordered to pay on a counterclaim is a defendant too."""
    label = _ROLES.get(who.label or "", who.label)
    if label == "plaintiff" and who.countered and orders.burdened:
        return _Told("defendant", who.evidence)
    if label in {"appellant", "appellee", None}:
        return _Told("defendant" if orders.burdened else None, (*who.evidence, *orders.evidence))
    if label == "defendant":
        vouched = _vouched(text, who, patterns)
        if vouched or orders.guaranteeing:
            return _Told("guarantor", (*who.evidence, *(vouched or orders.evidence)))
    return _Told(label, who.evidence)


def _vouched(text: str, who: Standing, patterns: PatternSet) -> tuple[Evidence, ...]:
    """Find a place where the party itself, not the one before it, gives a guarantee."""
    receiving = patterns.words["payee_before"]
    for start, end in who.mentions:
        begun = start - next((len(word) for word in who.words if text.endswith(word, 0, start)), 0)
        if text.startswith(receiving, begun - 1, begun):
            continue
        for pattern in patterns.patterns("guarantees"):
            match = pattern.expression.search(text, end, end + _NEAR)
            if match and not any(sign in text[end : match.start()] for sign in "。；，\n"):
                return (quoted(text, field="role", pattern_id=pattern.pattern_id, span=match.span()),)
    return ()


# cause, stage, results


def _cause(text: str, patterns: PatternSet) -> _Told:
    """Choose the cause that stands first; of those at one place the document's first."""
    found = [
        (span[0], place, pattern, span)
        for place, pattern in enumerate(patterns.patterns("causes"))
        if (span := pattern.find(text))
    ]
    named = [each for each in found if each[2].means != "other"]
    if named:
        _, _, pattern, span = min(named, key=lambda each: each[:2])
        return _told(text, "cause", pattern, span)
    return _first(
        text, (*patterns.patterns("causes_loose"), *patterns.patterns("causes", means="other")), "cause"
    )


def _first(text: str, patterns: Sequence[Pattern], field: str, span: Span | None = None) -> _Told:
    """Return the first pattern of a list that stands in the text."""
    first, after = span or (0, len(text))
    for pattern in patterns:
        found = pattern.find(text, first, after)
        if found:
            return _told(text, field, pattern, found)
    return _Told(None)


def _stage(text: str, zone: Span, patterns: PatternSet) -> _Told:
    decided = _first(text, patterns.patterns("stages_of_orders"), "stage", (max(0, zone[0] - 20), zone[1]))
    if decided.value:
        return decided
    head = min(len(text), _HEAD)
    for pattern in patterns.patterns("stages_of_text"):
        span = pattern.find(text, 0, head if pattern.means == "enforced" else len(text))
        if span is not None:
            return _told(text, "stage", pattern, span)
    return _Told(None)


def _results(text: str, zone: Span, patterns: PatternSet) -> dict[str, Evidence]:
    """Return what else was decided, each with its place."""
    found = {}
    for pattern in patterns.patterns("results"):
        span = pattern.find(text, *zone)
        if span and pattern.means not in found:
            found[pattern.means] = quoted(text, field="adverse", pattern_id=pattern.pattern_id, span=span)
    return found


# against the party or not


def _adverse(role: str, stage: str | None, orders: Orders, results: Mapping[str, Evidence]) -> _Told:
    """Decide whether the event is against the party; see the module for the rule."""
    if role == "plaintiff" or (role == "third_party" and not orders.burdened):
        return _Told("no")
    if orders.burdened:
        return _Told("no" if "finished" in results and stage == "settled" else "yes", orders.evidence)
    for name in ("withdrawn", "finished", "acquitted"):
        if name in results:
            return _Told("no", (results[name],))
    if "convicted" in results and stage == "judged":
        return _Told("yes", (results["convicted"],))
    return _against_nobody(orders, results) if stage in {"judged", "settled"} else _Told("yes")


def _against_nobody(orders: Orders, results: Mapping[str, Evidence]) -> _Told:
    """Say of a decision that does not burden the party that it is not adverse, if it could be read."""
    if "rejected" in results:
        return _Told("no", (results["rejected"],))
    if orders.any_duty:
        return _Told("no")
    return _Told("yes", (Evidence(field="adverse", pattern_id=UNDECIDED, start=0, end=0, quote=""),))


# amount


def _amount(
    text: str,
    role: str,
    stage: str | None,
    orders: Orders,
    results: Mapping[str, Evidence],
    patterns: PatternSet,
) -> tuple[int | None, tuple[Evidence, ...]]:
    if stage in {"enforced", "filed", None}:
        return _case_amount(text, "enforced" if stage == "enforced" else "filed", patterns)
    if orders.burdened:
        own = tuple(one for one in orders.evidence if one.field == "amount")
        return orders.amount_fen, own
    if orders.case_fen is not None and (role in {"plaintiff", "third_party"}):
        return orders.case_fen, orders.case_evidence
    if stage == "settled" and "rejected" not in results:
        claimed = _case_amount(text, "filed", patterns)
        return claimed if claimed[0] is not None else _case_amount(text, "enforced", patterns)
    return None, ()


def _case_amount(text: str, sort: str, patterns: PatternSet) -> tuple[int | None, tuple[Evidence, ...]]:
    """Return what was claimed (诉讼请求), else the first amount that a word of the case stands before."""
    claimed = _claims(text, patterns) if sort == "filed" else []
    if claimed:
        return sum(each.fen for each in claimed), _written(text, claimed)
    for pattern in patterns.patterns("case_amounts", means=sort):
        for first, after in sentences(text):
            span = pattern.find(text, first, after)
            figures = case_figures(text, (span[1], min(after, span[1] + _NEAR)), patterns) if span else []
            if figures:
                return figures[0].fen, _written(text, figures[:1])
    return None, ()


def _claims(text: str, patterns: PatternSet) -> list[WrittenAmount]:
    heading = min(
        filter(None, (each.find(text) for each in patterns.patterns("headings", means="claims"))),
        default=None,
    )
    if heading is None:
        return []
    ends = (each.find(text, heading[1]) for each in patterns.patterns("headings", means="claims_end"))
    end = min((span[0] for span in ends if span), default=len(text))
    figures = []
    for first, after in sentences(text, heading[1], end):
        if not any(pattern.find(text, first, after) for pattern in patterns.patterns("not_duties")):
            figures += case_figures(text, (first, after), patterns)
    totals = patterns.patterns("totals")
    whole = [each for each in figures if any(one.find(text, each.start - 8, each.start) for one in totals)]
    return whole[:1] or figures


def _written(text: str, figures: Sequence[WrittenAmount]) -> tuple[Evidence, ...]:
    return tuple(
        quoted(text, field="amount", pattern_id=each.pattern_id, span=(each.start, each.end))
        for each in figures
    )


# day


def _day(text: str, stage: _Told, source: SourceText) -> WrittenDay | None:
    """Return the day of the event: that of the filing, or the last one of the text, known by then."""
    if stage.value == "filed" and stage.evidence:
        at = stage.evidence[0].start
        near = [each for each in days(text, max(0, at - _NEAR), at + _NEAR) if _known(each.day, source)]
        if near:
            return min(near, key=lambda each: abs(each.start - at))
    found = [each for each in days(text, max(0, len(text) - _TAIL)) if _known(each.day, source)]
    exact = [each for each in found if each.pattern_id != MONTH]
    alone = stage.value == "filed" or (exact and _signs(text, exact[-1]))
    return exact[-1] if exact and alone else None


def _signs(text: str, day: WrittenDay) -> bool:
    """Say whether a day stands as the text's own: alone on its line or sentence, or with 作出 behind it."""
    before = text[max(0, day.start - 1) : day.start]
    after = text[day.end : day.end + 4].strip("，, ")
    return before in ("", "\n", "。", "；", " ", "：", "于") and (
        not after or after[0] in "\n。书审法（作）判裁"
    )


def _known(day: date, source: SourceText) -> bool:
    return day <= source.known_on


def _day_shown(text: str, day: WrittenDay | None) -> tuple[Evidence, ...]:
    if day is None:
        return ()
    return (quoted(text, field="happened_on", pattern_id=day.pattern_id, span=(day.start, day.end)),)
