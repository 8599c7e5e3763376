"""Rules that are norms with names (规则与依据): what each says of a case, its numbers, days and sources.

A policy of such rules has a named condition for each (`steps`: what should be so, in words), and a row that
counts where the condition does not hold (`when: not <name>`, with the reason). So a rule can be told whether
it is kept, broken, or could not be told, and never only when it is broken.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any

from creditloop.formula import Kind, Match, State
from creditloop.kernel.documents import Source
from creditloop.kernel.errors import PolicyError
from creditloop.lend.dated_values import Dated, plain, ratio_from_nano
from creditloop.risk import ExpressionStep, Policy, ReasonCode, TableRow, TableStep, Verdict, Wording

_NEGATED = re.compile(r"not ([a-z_][a-z0-9_]*)")
_NAMES = re.compile(r"(parameter\.|list\.)?\b([A-Za-z_][A-Za-z0-9_]*)\b")
_KEPT_MOST = 512
"""Policies of a day whose rules are remembered with what they read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleNumber:
    """A number or list that a rule reads: what it is, since when, and who says so."""

    name: str
    value: object
    unit: str
    since: date
    source: Source

    def as_record(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "name": self.name,
            "value": plain(self.value),
            "unit": self.unit,
            "since": self.since.isoformat(),
            "source": self.source.title,
            "reference": self.source.reference,
            "checked": self.source.checked.isoformat() if self.source.checked is not None else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """What a rule says of a case.

    Attributes:
        policy, policy_hash, title: the document it stands in.
        rule: its name; `norm` says what should be so.
        holds: None where it could not be told: a person decides.
        why: why it is broken; None unless it is.
        missing: what it would have had to know.
        side: the lender, or lender and partner, from whose side it was asked; None for the loan itself.
        since: the day from which the rule holds as it does: the newest of its numbers', else its document's.
        numbers: what it reads besides the case, with days and sources; a rule without any is its document's.
        facts: what it read of the case.
    """

    policy: str
    policy_hash: str
    title: Wording
    code: str
    rule: str
    norm: Wording
    holds: bool | None
    why: ReasonCode | None
    missing: tuple[str, ...]
    side: str | None
    since: date | None
    numbers: tuple[RuleNumber, ...]
    facts: Mapping[str, object]

    def as_record(self) -> dict[str, object]:
        """Return it as plain data, for pages and JSON."""
        return {
            "policy": self.policy,
            "policy_hash": self.policy_hash,
            "code": self.code,
            "rule": self.rule,
            "norm": {"zh": self.norm.zh, "en": self.norm.en},
            "holds": self.holds,
            "why": self.why.as_record() if self.why is not None else None,
            "missing": list(self.missing),
            "side": self.side,
            "since": self.since.isoformat() if self.since is not None else None,
            "title": {"zh": self.title.zh, "en": self.title.en},
            "numbers": [number.as_record() for number in self.numbers],
            "facts": {name: plain(value) for name, value in self.facts.items()},
        }


def check_norms(policy: Policy) -> Policy:
    """Return a policy whose rows are norms with names.

    Raises: PolicyError naming file and row of one that is not.
    """
    norms = {step.name for step in policy.steps if isinstance(step, ExpressionStep)}
    for table in policy.table_steps:
        for row in table.table.rows:
            named = _NEGATED.fullmatch(row.rule.when)
            if named is None or named[1] not in norms:
                raise PolicyError(
                    "a rule of a drawdown is the negation of a named norm",
                    got=row.rule.when,
                    expected="not <name of a step>",
                    where={"file": policy.document.path, **row.rule.where},
                )
    return policy


def judged_norms(
    policy: Policy,
    given: Mapping[str, object],
    *,
    dated: Mapping[str, RuleNumber],
    side: str | None = None,
) -> tuple[RuleResult, ...]:
    """Judge a case by every rule in force of a policy of norms.

    Args:
        given: a plain value for each input.
        dated: inputs that are numbers of another document, with their days and sources.
        side: from whose side the case is judged.
    """
    judged = policy.judge(given)
    found = list[RuleResult]()
    for table in policy.table_steps:
        found += _of_table(policy, table, judged.verdict(table.id), given, dated, side)
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Norm:
    """What a rule of a policy reads, the same for every case.

    Attributes:
        norm: the step it is the negation of.
        read: (prefix, name) of everything that reads, through the steps it stands on.
        numbers: those of the policy among it, by place in `read`; the others are of another document.
        since: the day from which the row holds, if it says one.
    """

    norm: ExpressionStep
    read: tuple[tuple[str, str], ...]
    numbers: Mapping[tuple[str, str], RuleNumber]
    since: date | None


def _norms(policy: Policy) -> Mapping[str, _Norm]:
    """Return what each rule reads, by its id; worked out once for a policy of a day."""
    key = (policy.document.path, policy.hash, policy.rules_as_of)
    with _KEPT_LOCK:
        found = _KEPT.get(key)
    if found is None:
        found = {row.rule.id: _norm(policy, row) for table in policy.table_steps for row in table.table.rows}
        with _KEPT_LOCK:
            _KEPT[key] = found
            while len(_KEPT) > _KEPT_MOST:
                del _KEPT[next(iter(_KEPT))]
    return found


_KEPT: dict[tuple[str, str, date], Mapping[str, _Norm]] = {}
_KEPT_LOCK = Lock()


def _norm(policy: Policy, row: TableRow) -> _Norm:
    steps = {step.name: step for step in policy.steps if isinstance(step, ExpressionStep)}
    norm = steps[_norm_of(row.rule.when)]
    read = tuple(dict.fromkeys(_names_behind(norm, steps)))
    parameters = {number.name: number for number in _parameters(policy)}
    numbers = {("parameter.", name): parameters[name] for prefix, name in read if prefix == "parameter."}
    numbers |= {("list.", name): number_of_list(policy, name) for prefix, name in read if prefix == "list."}
    return _Norm(norm=norm, read=read, numbers=numbers, since=_rows_since(policy).get(row.rule.id))


def _of_table(
    policy: Policy,
    table: TableStep,
    verdict: Verdict,
    given: Mapping[str, object],
    dated: Mapping[str, RuleNumber],
    side: str | None,
) -> Iterator[RuleResult]:
    norms = _norms(policy)
    for row, working in zip(table.table.rows, verdict.working, strict=True):
        known = norms[row.rule.id]
        norm, read = known.norm, known.read
        numbers = tuple(_numbers(known, dated))
        days = [number.since for number in numbers]
        days += [known.since] if known.since is not None else []
        facts = {name: given[name] for kind, name in read if not kind and _is_fact(name, given, dated)}
        broken = working.match is Match.MATCHED
        # a null that its input lets pass says nothing of the norm: it is not taken for kept
        unknown = not broken and working.result.state != State.OK
        yield RuleResult(
            policy=policy.document.path,
            policy_hash=policy.hash,
            title=policy.title,
            code=row.rule.reason.code,
            rule=norm.name,
            norm=norm.meaning,
            holds=None if unknown else not broken,
            why=row.rule.reason if broken else None,
            missing=tuple(name for name, value in facts.items() if value is None) if unknown else (),
            side=side,
            since=max(days, default=policy.effective.since if policy.effective is not None else None),
            numbers=numbers,
            facts=facts,
        )


def _is_fact(name: str, given: Mapping[str, object], dated: Mapping[str, RuleNumber]) -> bool:
    """Whether a name is of the case: no dated number, unless it was made of one under another name."""
    return name in given and (name not in dated or dated[name].name != name)


def _norm_of(when: str) -> str:
    named = _NEGATED.fullmatch(when)
    assert named is not None, "checked when the rules were read"
    return named[1]


def _names_behind(norm: ExpressionStep, steps: Mapping[str, ExpressionStep]) -> Iterator[tuple[str, str]]:
    """Give (prefix, name) of everything a norm reads, through the steps it stands on."""
    for prefix, name in _NAMES.findall(norm.value):
        if not prefix and name in steps and name != norm.name:
            yield from _names_behind(steps[name], steps)
        else:
            yield prefix, name


def _numbers(known: _Norm, dated: Mapping[str, RuleNumber]) -> Iterator[RuleNumber]:
    for place in known.read:
        if place[0]:
            yield known.numbers[place]
        elif place[1] in dated:
            yield dated[place[1]]


def _rows_since(policy: Policy) -> Mapping[str, date]:
    """Return the day from which each row holds that says one."""
    tables = policy.document.root.mapping()["tables"].items()
    rows = (row.mapping() for table in tables for row in table.mapping()["rows"].items())
    return {row["id"].text(): row["from"].day() for row in rows if "from" in row}


def policy_numbers(policy: Policy) -> tuple[RuleNumber, ...]:
    """Return the numbers and the lists of a policy in force; ratios as ratios, money in fen."""
    in_force = (
        entry for entry in policy.lists if any(each.holds(policy.rules_as_of) for each in entry.entries)
    )
    return (*_parameters(policy), *(number_of_list(policy, entry.name) for entry in in_force))


def _parameters(policy: Policy) -> Iterator[RuleNumber]:
    for entry in policy.parameters:
        value: Any = entry.parameter.value
        yield RuleNumber(
            name=entry.parameter.name,
            value=ratio_from_nano(value) if entry.parameter.kind is Kind.NANO else value,
            unit=entry.unit,
            since=entry.since,
            source=entry.source,
        )


def number_of_list(policy: Policy, name: str) -> RuleNumber:
    """Return a list of a policy as rules read it: its entries in force, since the newest of them came on.

    Raises: PolicyError if the policy has no such list, or nothing of it is in force.
    """
    listed = next((entry for entry in policy.lists if entry.name == name), None)
    entries = [entry for entry in listed.entries if entry.holds(policy.rules_as_of)] if listed else []
    if not entries:
        where = {"file": policy.document.path, "field": f"lists.{name}"}
        raise PolicyError("nothing of this list is in force", got=policy.rules_as_of, where=where)
    newest = max(entries, key=lambda entry: entry.since)
    return RuleNumber(
        name=name,
        value=tuple(entry.value for entry in entries),
        unit="list",
        since=newest.since,
        source=newest.source,
    )


def number_of_term(name: str, term: Dated[object], *, unit: str) -> RuleNumber:
    """Return a term of a product as a number that rules read."""
    return RuleNumber(name=name, value=term.value, unit=unit, since=term.since, source=term.source)
