"""Worked cases (用例) beside a policy: what is given, what must come out, in words a risk officer writes.

`policies/<product>/<stage>/cases/<policy>.yaml` names the date whose rules are used and lists cases; each
gives the policy's inputs (one not given is null) and the steps and outputs expected, `null` where the policy
must refer the case. Money is written in fen, a ratio in nano, as whole numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.documents import Document, Node
from creditloop.kernel.errors import PolicyError
from creditloop.risk.policy import Policy

_DTYPES: Mapping[Kind, type[pl.DataType]] = {
    Kind.INTEGER: pl.Int64,
    Kind.MONEY: pl.Int64,
    Kind.NANO: pl.Int64,
    Kind.TEXT: pl.String,
    Kind.BOOLEAN: pl.Boolean,
    Kind.DATE: pl.Date,
}
_TYPES: Mapping[Kind, type] = {Kind.TEXT: str, Kind.BOOLEAN: bool, Kind.DATE: date}
"""How YAML gives a value of a kind; of the others a whole number."""
_INT64_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A worked case: `given` by input, `expected` by step or output name; `where` is its place."""

    name: str
    given: Mapping[str, object]
    expected: Mapping[str, object]
    where: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFailure:
    """What came out otherwise than expected, by name: (got, expected)."""

    case: Case
    differing: Mapping[str, tuple[object, object]]


def read_cases(document: Document) -> tuple[date, tuple[Case, ...]]:
    """Read a file of cases; return the date whose rules they use, and the cases.

    Raises: PolicyError naming file, line and field.
    """
    entries = document.root.mapping(required=["rules_as_of", "cases"], optional=[])
    cases = tuple(_case(node) for node in entries["cases"].items())
    if not cases:
        raise entries["cases"].fail("there is no case here", expected="at least one")
    return entries["rules_as_of"].day(), cases


def run_cases(policy: Policy, cases: tuple[Case, ...]) -> list[CaseFailure]:
    """Judge every case by the policy; return those that came out otherwise.

    Raises: PolicyError naming the line of a case that gives or expects something the policy does not know.
    """
    kinds = {entry.name: entry.kind for entry in policy.inputs}
    failures = []
    for case in cases:
        _check_names(case.given, known=set(kinds), case=case, what="input")
        _check_types(case, kinds)
        frame = pl.DataFrame(
            {name: [case.given.get(name)] for name in kinds},
            schema={name: _DTYPES[kind] for name, kind in kinds.items()},
        )
        judged = policy.judge_frame(frame).row(0, named=True)
        _check_names(case.expected, known=set(judged) - set(kinds), case=case, what="step or output")
        differing = {
            name: (judged[name], wanted)
            for name, wanted in case.expected.items()
            if (type(judged[name]), judged[name]) != (type(wanted), wanted)  # 1 is not true
        }
        if differing:
            failures.append(CaseFailure(case=case, differing=differing))
    return failures


def _case(node: Node) -> Case:
    parts = node.mapping(required=["case", "given", "expect"], optional=[])
    if not parts["expect"].mapping():
        raise parts["expect"].fail("a case that expects nothing cannot fail", expected="a step or output")
    return Case(
        name=parts["case"].text(),
        given={name: value.plain() for name, value in parts["given"].mapping().items()},
        expected={name: value.plain() for name, value in parts["expect"].mapping().items()},
        where=node.where,
    )


def _check_types(case: Case, kinds: Mapping[str, Kind]) -> None:
    for name, value in case.given.items():
        wanted = _TYPES.get(kinds[name], int)
        if value is not None and (type(value) is not wanted or _beyond_int64(value)):
            raise PolicyError(
                f"not a value of the input {name!r}",
                got=value,
                expected=kinds[name].value,
                where={**case.where, "case": case.name},
            )


def _beyond_int64(value: object) -> bool:
    return isinstance(value, int) and abs(value) > _INT64_MAX


def _check_names(named: Mapping[str, object], *, known: set[str], case: Case, what: str) -> None:
    for name in named:
        if name not in known:
            raise PolicyError(
                f"the policy has no such {what}", got=name, expected=sorted(known), where=case.where
            )
