"""A card of whole points without pairs and special codes, written in the bank's language: a second opinion.

A feature is one choice: its missing first, if the card has a bin for it, then its bins in order. What is
neither, a null without a bin or a text that was not seen, gives a written null, and that refers.
"""

from collections.abc import Callable, Sequence

from creditloop.formula import Input, Kind, Program, PythonFunction, Step, compile_program, python_function
from creditloop.kernel.errors import InputError
from creditloop.risk import Card, FittedFeature, ScoreBand
from creditloop.risk.binning.bins import NUMBERS, Bin, nano_text, number_text

SCORE, PD = "score", "pd_nano"
"""The steps of a card's program that give its answer."""


def points_step(feature: str) -> str:
    """The step that gives a feature's points."""
    return f"points_{feature}"


_MADE = dict[str, PythonFunction]()


def language_function(card: Card) -> PythonFunction:
    """Return a card as a function of the language; made once a card."""
    if card.hash not in _MADE:
        program = card_program(base=card.base, features=card.features, bands=card.bands)
        _MADE[card.hash] = python_function(program)
    return _MADE[card.hash]


def card_program(*, base: int, features: Sequence[FittedFeature], bands: Sequence[ScoreBand]) -> Program:
    """Return the program of a card: `points_<feature>` each, `score`, `pd_nano`."""
    steps = [
        Step(
            points_step(entry.feature.name),
            _choice(entry, lambda part, _: str(part.points)),
            kind=Kind.INTEGER,
        )
        for entry in features
    ]
    total = " + ".join([str(base), *(step.name for step in steps)])
    branches = [f"when {SCORE} < {band.high} then {nano_text(band.pd_nano)}" for band in bands[:-1]]
    last = nano_text(bands[-1].pd_nano)
    pd = f"case {' '.join(branches)} else {last} end" if branches else f"{last} + 0 * {SCORE}"
    steps += [Step(SCORE, total, kind=Kind.INTEGER), Step(PD, pd, kind=Kind.NANO)]
    return compile_program(
        inputs=[Input(entry.feature.name, entry.feature.kind) for entry in features], steps=steps
    )


def _choice(entry: FittedFeature, give: Callable[[Bin, int], str]) -> str:
    """Write a feature as a choice; `give` says what a bin, and its number, give."""
    name, kind = entry.feature.name, entry.feature.kind
    given = [give(part, number) for number, part in enumerate(entry.bins)]
    branches, otherwise = list[str](), "null"
    for part, answer in zip(entry.bins, given, strict=True):
        if part.missing:
            branches.insert(0, f"when {name} is null then {answer}")
            otherwise = answer
        elif kind is Kind.TEXT:
            branches.append(
                f"when {name} in [{', '.join(_quoted(word) for word in part.values)}] then {answer}"
            )
        elif kind is Kind.BOOLEAN:
            branches += [f"when {name if truth else f'not {name}'} then {answer}" for truth in part.values]
        elif part.high is not None:
            branches.append(f"when {name} < {number_text(part.high, kind)} then {answer}")
    if kind in NUMBERS:
        otherwise = given[len(entry.present) - 1]
    return f"case {' '.join(branches)} else {otherwise} end"


def _quoted(word: str | bool) -> str:
    """Write a text as a literal of the language, which has no escapes."""
    assert isinstance(word, str)
    quote = "'" if "'" not in word else '"'
    if quote in word or "\n" in word:
        raise InputError(
            "a text of a feature cannot be written in the language",
            got=repr(word),
            expected="one line, one kind of quote",
        )
    return f"{quote}{word}{quote}"
