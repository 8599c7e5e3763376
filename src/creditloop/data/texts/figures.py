"""Figures (金额) of a case: which of the amounts written in a text are what it is about."""

import re
from collections.abc import Sequence

from creditloop.data.texts.amounts import WrittenAmount, amounts
from creditloop.data.texts.phrases import Pattern
from creditloop.data.texts.reading import PatternSet

_BEFORE, _AFTER = 12, 12
"""How near an amount the words stand that make it none."""
_TOTAL_NEAR = 8


def case_figures(text: str, span: tuple[int, int], patterns: PatternSet) -> list[WrittenAmount]:
    """Return the amounts of a place that are amounts of the case: no bases, rates, wages or costs."""
    before = patterns.patterns("not_amounts", means="before")
    after = patterns.patterns("not_amounts", means="after")
    return [
        each
        for each in amounts(text, *span)
        if not any(
            _ends_with(pattern, text, max(span[0], each.start - _BEFORE), each.start) for pattern in before
        )
        and not any(pattern.expression.match(text, each.end, each.end + _AFTER) for pattern in after)
    ]


_FILLER = re.compile(r"(人民币|本金|约|为|款|计|：|的|\s|借款|货款|元|金额)*+")


def _ends_with(pattern: Pattern, text: str, first: int, at: int) -> bool:
    """Say whether a match ends at the amount, with nothing but filling words between."""
    return any(
        _FILLER.fullmatch(text, match.end(), at) for match in pattern.expression.finditer(text, first, at)
    )


def totals(text: str, figures: Sequence[WrittenAmount], patterns: PatternSet) -> Sequence[WrittenAmount]:
    """Return the stated total (共计…) of a sentence's figures if there is one, else the figures."""
    for each in figures:
        near = max(0, each.start - _TOTAL_NEAR)
        if any(_ends_with(pattern, text, near, each.start) for pattern in patterns.patterns("totals")):
            return [each]
    return figures
