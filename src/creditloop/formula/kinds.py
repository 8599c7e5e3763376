"""The kinds of value the language knows, and what a value is when it is not there (空值与状态).

Every evaluation gives a value and a state. A value is there only in state OK; the other states say why not.
States of the operands join (`join_states`): the worst wins, and two nulls whose policies disagree refer. What
a null means is decided only at a rule's boundary (`resolve`), so that no operator, and no `not`, can turn
"unknown" into "no".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, IntEnum, StrEnum
from typing import NamedTuple, TypeGuard
from unicodedata import is_normalized

from creditloop.kernel.errors import InputError

INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1
NANO = 10**9
"""A ratio of 1, in nano: ratios are whole numbers of billionths."""
NANO_DECIMALS = 9

RESERVED = frozenset(
    {"and", "or", "not", "in", "is", "null", "true", "false", "if", "then", "else", "case", "when", "end"}
    | {"parameter", "date", "yuan", "fen"}
)
"""Words of the language; no input, parameter or step may be called so."""

Value = int | str | bool | date | None


class Kind(StrEnum):
    """What a value is: 整数, 金额（分）, 比率（10⁻⁹）, 文本, 真假, 日期."""

    INTEGER = "integer"
    MONEY = "money"
    NANO = "nano"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"


NUMBERS = frozenset({Kind.INTEGER, Kind.MONEY, Kind.NANO})
"""The kinds held as int64: counts, fen, billionths."""


class NullPolicy(StrEnum):
    """What a null of an input does to a rule that needs it: refer, not match, or match (空值规则)."""

    REFER = "refer"
    NO_MATCH = "no_match"
    MATCH = "match"


class State(IntEnum):
    """Whether a value is there, and if not, why; the order is the order of severity.

    1–3 are nulls under the policy of the input they came from; 4–6 cannot be evaluated and nothing swallows
    them. BROKEN_INPUT: the row lacks the key, or its value is not of the declared kind or not among the
    declared values.
    """

    OK = 0
    NULL_MATCH = 1
    NULL_NO_MATCH = 2
    NULL_REFER = 3
    OVERFLOW = 4
    ZERO_DIVISION = 5
    BROKEN_INPUT = 6


_MATCH, _NO_MATCH, _REFER = State.NULL_MATCH.value, State.NULL_NO_MATCH.value, State.NULL_REFER.value
NULL_STATE: Mapping[NullPolicy, State] = {
    NullPolicy.MATCH: State.NULL_MATCH,
    NullPolicy.NO_MATCH: State.NULL_NO_MATCH,
    NullPolicy.REFER: State.NULL_REFER,
}


class Match(Enum):
    """What a rule says of a case: matched (命中), not matched (未命中), or refer (转人工)."""

    MATCHED = "matched"
    NOT_MATCHED = "not_matched"
    REFER = "refer"


class Result(NamedTuple):
    """A value and its state (see `State`); `value` is None unless the state is OK."""

    value: Value
    state: int


def resolve(result: Result) -> Match:
    """Decide at a rule's boundary: what the condition's value, or the policy of a null, says of the case.

    >>> resolve(Result(True, 0)), resolve(Result(None, 2)), resolve(Result(None, 5))
    (<Match.MATCHED: 'matched'>, <Match.NOT_MATCHED: 'not_matched'>, <Match.REFER: 'refer'>)
    """
    if result.state >= State.NULL_REFER:
        return Match.REFER
    if result.state == State.OK:
        return Match.MATCHED if result.value else Match.NOT_MATCHED
    return Match.MATCHED if result.state == State.NULL_MATCH else Match.NOT_MATCHED


def join_states(*states: int) -> int:
    """Join the states of operands: the worst, but two nulls of disagreeing policies refer; False is OK.

    >>> join_states(0, 2), join_states(2, 0, 1), join_states(1, 4, 2), join_states(1, False)
    (2, 3, 4, 1)
    """
    found = max(states)
    return _REFER if found == _NO_MATCH and _MATCH in states else int(found)


@dataclass(frozen=True, slots=True)
class Input:
    """A typed input of a program (输入变量).

    Attributes:
        name: an ASCII identifier, the key of the row and the column of the frame.
        kind: what its values are.
        null: what a null does to the rules that read it.
        values: if given, the only values there are; a rule that compares with another is refused, and a row
            that holds another refers.
        unit: of an integer, for people ("day", "month").
    """

    name: str
    kind: Kind
    null: NullPolicy = NullPolicy.REFER
    values: tuple[Value, ...] | None = None
    unit: str | None = None

    def __post_init__(self) -> None:
        check_name(self.name, what="input")
        object.__setattr__(self, "kind", Kind(self.kind))
        object.__setattr__(self, "null", NullPolicy(self.null))
        if self.values is not None:
            if not self.values or len(set(self.values)) != len(self.values):
                raise InputError(f"the values of {self.name} must be given once each", got=self.values)
            for value in self.values:
                check_value(value, kind=self.kind, name=self.name)

    def takes(self, value: object) -> TypeGuard[Value]:
        """Whether a value that is there keeps the declaration."""
        return is_of_kind(value, self.kind) and (self.values is None or value in self.values)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of the bank's (参数), written `parameter.<name>`; its date and source are its document's.

    Attributes:
        value: of the kind: int for integer, money (fen) and nano (billionths), else str, bool or date.
        where: the place it was read from, for errors.
    """

    name: str
    kind: Kind
    value: Value
    where: Mapping[str, object] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        check_name(self.name, what="parameter")
        object.__setattr__(self, "kind", Kind(self.kind))
        check_value(self.value, kind=self.kind, name=self.name)


@dataclass(frozen=True, slots=True)
class ListOfValues:
    """A list of the bank's (名单), asked by `x in list.<name>`; its entries' sources are its document's.

    Attributes:
        values: of the kind, each once, in any order; none is a list that nothing is in.
        where: the place it was read from, for errors.
    """

    name: str
    kind: Kind
    values: tuple[Value, ...]
    where: Mapping[str, object] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        check_name(self.name, what="list")
        object.__setattr__(self, "kind", Kind(self.kind))
        if len(set(self.values)) < len(self.values):
            twice = next(value for value in self.values if self.values.count(value) > 1)
            raise InputError(f"the list {self.name} holds a value twice", got=twice)
        for value in self.values:
            check_value(value, kind=self.kind, name=self.name)


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CLASS: Mapping[Kind, type] = {
    Kind.INTEGER: int,
    Kind.MONEY: int,
    Kind.NANO: int,
    Kind.TEXT: str,
    Kind.BOOLEAN: bool,
    Kind.DATE: date,
}


def check_name(name: str, *, what: str) -> str:
    """Refuse a name that cannot be written in the language."""
    if not _NAME.fullmatch(name) or name in RESERVED or name.startswith("__"):
        raise InputError(
            f"not a name for {what}",
            got=repr(name),
            expected="ASCII letters, digits and _, not beginning with __, no reserved word",
        )
    return name


def is_of_kind(value: object, kind: Kind) -> TypeGuard[Value]:
    """Whether a plain value is of the kind, by exact class: true is no integer, an instant no date."""
    if type(value) is not _CLASS[kind]:
        return False
    return kind not in NUMBERS or (isinstance(value, int) and INT64_MIN <= value <= INT64_MAX)


def all_of_kind(values: Iterable[object], kind: Kind) -> bool:
    """Whether every plain value that is there is of the kind."""
    there = [value for value in values if value is not None]
    if len(set(map(type, there))) > 1 or not all(is_of_kind(value, kind) for value in there[:1]):
        return False
    return not there or all(is_of_kind(end, kind) for end in (min(there), max(there)))  # type: ignore[type-var]


def check_value(value: Value, *, kind: Kind, name: str) -> None:
    """Refuse a declared value that is not of its kind; text must be in Unicode's NFC form."""
    if not is_of_kind(value, kind):
        raise InputError(f"a value of {name} is not of its kind", got=repr(value), expected=kind.value)
    if isinstance(value, str) and not is_clean_text(value):
        raise InputError(f"a text of {name} is not in Unicode NFC form", got=ascii(value))


def is_clean_text(text: str) -> bool:
    """Whether a text is in Unicode's NFC form and holds no half of a surrogate pair."""
    return is_normalized("NFC", text) and not any("\ud800" <= sign <= "\udfff" for sign in text)
