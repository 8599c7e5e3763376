"""Bins of a feature (分箱): what a scorecard reads, in which direction, and the parts its values fall into.

A bin of a number is half-open, `low <= value < high`, None where it is open; a bin of text or of true and
false lists its values; a bin of special codes lists codes, which no interval holds; at most one bin is that
of the missing. They stand in this order: intervals or lists of words, special codes, the missing. Whole
numbers only: counts, fen, nano.
"""

from dataclasses import dataclass
from enum import StrEnum

from creditloop.formula import Kind, check_name
from creditloop.kernel.errors import InputError
from creditloop.kernel.money import divide_half_away, text_from_fen

NANO = 10**9
NUMBERS = frozenset({Kind.INTEGER, Kind.MONEY, Kind.NANO})
"""Kinds whose bins are intervals."""
MISSING_LABEL = "缺失 missing"
_SPECIAL_LABEL = "特殊值 special"
_ANY_LABEL = "任意值 any value"
_INT64 = range(-(2**63), 2**63)


class Direction(StrEnum):
    """How badness moves with the value (方向).

    It rises (up), falls (down), rises and then falls (peak), falls and then rises (valley), or moves any way
    (free). None is stated (none): whichever of up and down is worth more. Always up counts as a peak that
    comes last, and so on: a peak and a valley are never worth less than up or down.
    """

    UP = "up"
    DOWN = "down"
    PEAK = "peak"
    VALLEY = "valley"
    FREE = "free"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFeature:
    """A feature that a scorecard may read (入模变量).

    Attributes:
        direction: how badness moves with the value; text and boolean have no order and take `none`.
        zh, en: what it means, in the words of a reason given to a customer.
        special: codes of a number that mean something else than a number (96: not known), in its whole
            unit: fen, nano. Kept ascending; no interval holds them.
    """

    name: str
    kind: Kind
    direction: Direction
    zh: str
    en: str
    special: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if "__" in check_name(self.name, what="feature"):
            raise InputError("not a name for a feature of a card", got=self.name, expected="no `__`")
        for field, words in (("kind", Kind), ("direction", Direction)):
            word = getattr(self, field)
            if word not in list(words):
                raise InputError(f"no such {field} of a feature: {self.name}", got=word, expected=list(words))
            object.__setattr__(self, field, words(word))
        if self.kind is Kind.DATE:
            raise InputError(
                f"a scorecard reads no date: {self.name}", hint="count the days to the as-of date instead"
            )
        if self.kind not in NUMBERS and self.direction is not Direction.NONE:
            raise InputError(
                f"values of {self.name} have no order, so badness cannot rise or fall with them",
                got=self.direction.value,
                expected=Direction.NONE.value,
            )
        self._check_special()

    def _check_special(self) -> None:
        if self.special and self.kind not in NUMBERS:
            raise InputError(f"only a number has special codes, not {self.name}", got=self.kind.value)
        if len(set(self.special)) != len(self.special) or any(
            type(code) is not int or code not in _INT64 for code in self.special
        ):
            raise InputError(
                f"special codes of {self.name} are whole numbers, each once", got=list(self.special)
            )
        object.__setattr__(self, "special", tuple(sorted(self.special)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """One bin of a feature with what was seen in it, and what it says.

    Attributes:
        low, high: `low <= value < high` of a number; None is open.
        values: of a text or boolean, each in one bin only.
        special: codes of a number; such a bin has no ends.
        missing: whether this is the bin of nulls (and of texts that were not seen).
        rows, bad: of the fit sample.
        woe_nano: ln(share of goods / share of bads) in nano; higher is safer.
        points: what it adds to the score.
    """

    low: int | None = None
    high: int | None = None
    values: tuple[str | bool, ...] = ()
    special: tuple[int, ...] = ()
    missing: bool = False
    rows: int
    bad: int
    woe_nano: int
    points: int = 0

    def label(self, kind: Kind) -> str:
        """Return the bin as people read it: `< 0.5`, `0.5 … < 0.8`, `A, B`, `缺失 missing`."""
        if self.missing:
            return MISSING_LABEL
        if self.special:
            return f"{_SPECIAL_LABEL} {', '.join(_shown(code, kind) for code in self.special)}"
        if kind not in NUMBERS:
            return ", ".join(word_text(value) for value in self.values)
        return interval_label(self.low, self.high, kind)


def interval_label(low: int | None, high: int | None, kind: Kind) -> str:
    """Return a half-open interval as people read it; None is open.

    >>> interval_label(None, 500_000_000, Kind.NANO), interval_label(3, 7, Kind.INTEGER)
    ('< 0.5', '3 … < 7')
    """
    if high is None:
        return _ANY_LABEL if low is None else f">= {_shown(low, kind)}"
    return f"< {_shown(high, kind)}" if low is None else f"{_shown(low, kind)} … < {_shown(high, kind)}"


def number_text(value: int, kind: Kind) -> str:
    """Write a number as a literal of the language.

    >>> number_text(350_000_000, Kind.NANO), number_text(-5, Kind.MONEY), number_text(7, Kind.INTEGER)
    ('0.35', 'yuan(-0.05)', '7')
    """
    if kind is Kind.MONEY:
        return f"yuan({text_from_fen(value)})"
    return nano_text(value) if kind is Kind.NANO else str(value)


def nano_text(value: int) -> str:
    """Write a ratio in nano as a decimal, exactly.

    >>> nano_text(-1_500_000_000), nano_text(0), nano_text(1)
    ('-1.5', '0.0', '0.000000001')
    """
    whole, rest = divmod(abs(value), NANO)
    decimals = f"{rest:09d}".rstrip("0") or "0"
    return f"{'-' if value < 0 else ''}{whole}.{decimals}"


def word_text(value: str | bool) -> str:
    """Write a text as it stands, and true and false as the language does."""
    return str(value).lower() if isinstance(value, bool) else value


def nano_from_float(value: float) -> int:
    """Turn a figure of the fit into nano, half away from zero: the one door from floats to what decides.

    >>> nano_from_float(0.5), nano_from_float(-1e-10)
    (500000000, 0)
    """
    numerator, denominator = value.as_integer_ratio()
    return divide_half_away(numerator * NANO, denominator)


def _shown(value: int, kind: Kind) -> str:
    return text_from_fen(value) if kind is Kind.MONEY else number_text(value, kind)
