"""What a table says of one case, and how it came to say it (结论与依据)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from creditloop.formula import Input, Match, Result, State, Value, resolve
from creditloop.risk.rules import ReasonCode

CANNOT_EVALUATE = ReasonCode(code="CANNOT_EVALUATE", zh="规则无法计算", en="a rule could not be evaluated")
FAILED = {
    State.OVERFLOW.value: ReasonCode(
        code="OVERFLOW", zh="计算超出范围", en="a computed number is out of range"
    ),
    State.ZERO_DIVISION.value: ReasonCode(code="ZERO_DIVISION", zh="除数为零", en="a division by zero"),
}


class Cause(NamedTuple):
    """Something that makes a case refer: the row, the state it ended in, the inputs it could depend on."""

    row: str
    state: int
    reads: tuple[str, ...]


class RowWorking(NamedTuple):
    """One row's part in a verdict.

    Attributes:
        result: of its condition, also where an earlier row has decided.
        values_read: the inputs its condition depends on, as they were given; an absent one is not here.
    """

    row: str
    result: Result
    values_read: Mapping[str, object]

    @property
    def match(self) -> Match:
        """What the row alone says of the case."""
        return resolve(self.result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a table says of one case.

    Attributes:
        version: the hash of the table's program.
        state: 0 decided; otherwise the case refers, and this is the worst state met (see `formula.State`).
        outputs: by name; hit policy first: the value, collect: the matched rows' values in order. Empty if
            the case refers.
        matched: ids of the rows that count, "otherwise" where none matched.
        referred: ids of the rows whose condition or output could not be evaluated and was needed.
        reasons: of the matched rows in order, then why the case refers.
        missing: inputs of the table that are null or absent; `broken`: that are not as declared.
        reached: whether it was needed: not where another branch was taken, or a source was not asked.
    """

    table: str
    version: str
    state: int
    outputs: Mapping[str, Value | tuple[Value, ...]]
    matched: tuple[str, ...]
    referred: tuple[str, ...]
    reasons: tuple[ReasonCode, ...]
    working: tuple[RowWorking, ...]
    missing: tuple[str, ...]
    broken: tuple[str, ...]
    reached: bool = True

    @property
    def refers(self) -> bool:
        """Whether a person must decide (转人工)."""
        return self.state != State.OK


def missing_and_broken(
    inputs: Sequence[Input], row: Mapping[str, object]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the inputs that are null or absent, and of those that are not as declared."""
    missing, broken = list[str](), list[str]()
    for entry in inputs:
        value = row.get(entry.name)
        if value is None:
            missing.append(entry.name)
        elif not entry.takes(value):
            broken.append(entry.name)
    return tuple(missing), tuple(broken)


@lru_cache(maxsize=4096)
def missing_reason(name: str) -> ReasonCode:
    """The reason of a value that is null or absent."""
    return ReasonCode(code=f"MISSING_{name.upper()}", zh=f"缺少 {name}", en=f"{name} is missing")


@lru_cache(maxsize=4096)
def broken_reason(name: str) -> ReasonCode:
    """The reason of a value that is not as declared."""
    return ReasonCode(code=f"BROKEN_{name.upper()}", zh=f"{name} 不合规", en=f"{name} is not as declared")


def refer_reasons(cause: Cause, *, missing: Sequence[str], broken: Sequence[str]) -> Iterator[ReasonCode]:
    """Give the reasons behind a cause; always at least one."""
    found = False
    for name in cause.reads:
        if name in missing:
            yield missing_reason(name)
        elif name in broken:
            yield broken_reason(name)
        found = found or name in missing or name in broken
    if cause.state in FAILED:
        yield FAILED[cause.state]
    elif not found:
        yield CANNOT_EVALUATE
