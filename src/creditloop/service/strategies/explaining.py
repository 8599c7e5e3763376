"""Explain a case in words (决策说明): what a strategy says of it, by which row, what was nearest besides.

The working is a judgement's; here it is only put into lines that a credit officer reads, in Chinese or
English. Amounts are in the currency's units, ratios as decimals, days as they are written.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from creditloop.formula import Kind, Match, State
from creditloop.kernel.dates import date_from_text
from creditloop.kernel.errors import InputError
from creditloop.kernel.money import text_from_fen
from creditloop.risk import Judgement, Miss, Policy, ReasonCode, Verdict

LANGUAGES = ("zh", "en")
_NANO = 10**9
_WHOLE = re.compile(r"-?[0-9]{1,40}")
"""A whole number written as text; a longer one does not fit 64 bits, and is broken as the text it is."""
_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "rules_as_of": ("规则日期", "rules as of"),
        "version": ("版本", "version"),
        "document": ("文件", "document"),
        "outcome": ("结论", "Outcome"),
        "refers": ("转人工：有规则无法计算", "left to a person: a rule could not be evaluated"),
        "decided_by": ("决定步骤", "Decided by"),
        "table": ("表", "table"),
        "row": ("行", "row"),
        "nearest": ("最接近命中的规则", "Nearest miss"),
        "held": ("取值", "was"),
        "gap": ("相差", "short by"),
        "reasons": ("原因（按主次）", "Reasons, the main one first"),
        "customer": ("告知客户", "to the customer"),
        "values": ("输入值", "Values given"),
        "steps": ("计算步骤", "Steps"),
        "rules": ("规则结果", "Rules"),
        "decides": ("决定", "decides"),
        "matched": ("命中", "matched"),
        "not_matched": ("未命中", "not matched"),
        "refer": ("无法计算", "refers"),
        "not_reached": ("未执行", "not reached"),
        "read": ("读取", "read"),
        "nothing": ("空", "null"),
        "parts": ("评分卡、额度与分支", "Scorecards, limits and branches"),
        "numbers": ("参数", "Numbers in force"),
        "since": ("起", "since"),
        "source": ("来源", "source"),
        "lists": ("名单", "Lists"),
        "entries": ("条生效", "entries in force"),
        "sources": ("外部数据", "Sources asked"),
        "cost": ("费用", "cost"),
        "true": ("是", "yes"),
        "false": ("否", "no"),
    }
)


def row_values(given: Mapping[str, object], *, policy: Policy) -> dict[str, object]:
    """Return a row of JSON as the values a policy reads: dates and long integers may stand there as text.

    Raises: InputError for a name that is no input, or a number with decimals (amounts are fen, ratios nano).
    """
    kinds = {entry.name: entry.kind for entry in policy.inputs}
    if unknown := sorted(given.keys() - kinds.keys()):
        raise InputError("the strategy has no such input", got=unknown, expected=sorted(kinds))
    return {name: _given(name, value, kinds[name]) for name, value in given.items()}


def explain(judgement: Judgement, *, policy: Policy, language: str) -> list[str]:
    """Return the working of a case as lines of text.

    Args:
        language: "zh" or "en".
    Raises: InputError for another language.
    """
    if language not in LANGUAGES:
        raise InputError("not a language of the bank", got=language, expected=LANGUAGES)
    return list(_Teller(policy, judgement, LANGUAGES.index(language)).lines())


def explanation_record(judgement: Judgement, *, policy: Policy) -> dict[str, object]:
    """Return the working as plain data, with the numbers and texts it stands on."""
    return {
        "policy": policy.name,
        "product": policy.product,
        "stage": policy.stage,
        "document": policy.document.path,
        "hash": policy.hash,
        "rules_as_of": policy.rules_as_of.isoformat(),
        "values": {entry.name: judgement.given.get(entry.name) for entry in policy.inputs},
        "judgement": judgement.as_record(),
        "parameters": [
            {
                "name": entry.parameter.name,
                "value": entry.parameter.value,
                "unit": entry.unit,
                "since": entry.since.isoformat(),
                "source": entry.source.title,
                "reference": entry.source.reference,
            }
            for entry in policy.parameters
        ],
    }


class _Teller:
    """Tells one case in one language; `at` is the language's place in `LANGUAGES`."""

    def __init__(self, policy: Policy, judgement: Judgement, at: int) -> None:
        self.policy = policy
        self.judgement = judgement
        self.at = at
        self.kinds = {entry.name: entry.kind for entry in policy.inputs}
        self.kinds |= {step.name: step.kind for step in policy.program.steps}
        self.kinds |= {output.name: output.kind for output in policy.outputs.values()}

    def lines(self) -> Iterator[str]:
        """Give the lines, part by part."""
        yield from self._head()
        yield from self._why()
        yield from self._values()
        yield from self._rules()
        yield from self._parts()
        yield from self._stands_on()

    def _head(self) -> Iterator[str]:
        policy, judgement = self.policy, self.judgement
        title = (policy.title.zh, policy.title.en)[self.at]
        yield f"{title} ({policy.product}/{policy.stage}/{policy.name})"
        yield f"{self._word('rules_as_of')} {policy.rules_as_of}  {self._word('version')} {policy.version}"
        yield f"{self._word('document')} {policy.document.path} {policy.hash}"
        yield ""
        yield f"{self._word('outcome')}:" + (f" {self._word('refers')}" if judgement.refers else "")
        for name, value in judgement.outputs.items():
            yield f"  {name} = {self._value(value, self.kinds.get(name))}"

    def _why(self) -> Iterator[str]:
        judgement = self.judgement
        if judgement.decided_by is not None:
            table, row = judgement.decided_by
            when = self._when(table, row)
            told = f"{self._word('table')} {table}, {self._word('row')} {row}"
            yield f"{self._word('decided_by')}: {told}" + (f": {when}" if when else "")
        if judgement.nearest is not None:
            yield f"{self._word('nearest')}: {self._miss(judgement.nearest)}"
        yield f"{self._word('reasons')}:"
        for number, entry in enumerate(judgement.ranked, 1):
            place = f"[{entry.table}.{entry.row}]" if entry.table else ""
            yield f"  {number}. {self._reason(entry.reason)} {place}".rstrip()

    def _values(self) -> Iterator[str]:
        yield ""
        yield f"{self._word('values')}:"
        for entry in self.policy.inputs:
            yield f"  {entry.name} = {self._value(self.judgement.given.get(entry.name), entry.kind)}"
        if self.judgement.steps:
            yield f"{self._word('steps')}:"
        for name, result in self.judgement.steps.items():
            state = "" if result.state == State.OK else f" ({State(result.state).name.lower()})"
            yield f"  {name} = {self._value(result.value, self.kinds[name])}{state}"

    def _rules(self) -> Iterator[str]:
        yield ""
        yield f"{self._word('rules')}:"
        for verdict in self.judgement.verdicts:
            yield from self._table(verdict)

    def _table(self, verdict: Verdict) -> Iterator[str]:
        outputs = ", ".join(
            f"{name} = {self._value(value, self.kinds.get(name))}" for name, value in verdict.outputs.items()
        )
        state = "" if verdict.reached else self._word("not_reached")
        yield f"  {self._word('table')} {verdict.table}: {outputs or state or self._word('refer')}"
        for told in verdict.working if verdict.reached else ():
            decides = told.row in verdict.matched
            mark = self._word("decides" if decides else self._match(told.match))
            read = ", ".join(
                f"{name} = {self._value(value, self.kinds.get(name))}"
                for name, value in told.values_read.items()
            )
            line = f"    [{mark}] {told.row}: {self._when(verdict.table, told.row)}"
            yield line + (f"  ({self._word('read')} {read})" if read else "")
        if "otherwise" in verdict.matched:
            yield f"    [{self._word('decides')}] otherwise"

    def _parts(self) -> Iterator[str]:
        """Give scorecards, limits and switches as they were executed: each part's record on a line."""
        parts = self.judgement.as_record()["parts"]
        if not isinstance(parts, list) or not parts:
            return
        yield ""
        yield f"{self._word('parts')}:"
        for part in parts:
            yield "  " + ", ".join(f"{name} {self._plain(value, part)}" for name, value in part.items())

    def _stands_on(self) -> Iterator[str]:
        if self.judgement.asked:
            yield f"{self._word('sources')}:"
        for source in self.judgement.asked:
            failure = f", {source.failure}" if source.failure else ""
            yield f"  {source.source}: {self._word('cost')} {text_from_fen(source.cost_fen)}{failure}"
        if self.policy.parameters:
            yield ""
            yield f"{self._word('numbers')}:"
        for entry in self.policy.parameters:
            parameter = entry.parameter
            value = self._value(parameter.value, parameter.kind)
            since = f"{entry.since} {self._word('since')}" if self.at == 0 else f"since {entry.since}"
            yield f"  {parameter.name} = {value}, {since}; {self._word('source')}: {entry.source.title}"
        for listed in self.policy.lists:
            count = len(listed.listed.values)
            yield f"{self._word('lists')}: {listed.name}, {count} {self._word('entries')}"

    def _miss(self, miss: Miss) -> str:
        told = miss.comparison
        comparison = f"{told.left} {told.sign} {self._bound(told.right, told.kind)}"
        held, gap = self._value(miss.held, told.kind), self._gap(miss.gap, told.kind)
        place = f"{self._word('table')} {miss.table}, {self._word('row')} {miss.row}"
        return f"{place}: {comparison}; {self._word('held')} {held}, {self._word('gap')} {gap}"

    def _reason(self, reason: ReasonCode) -> str:
        text = f"{reason.code} {(reason.zh, reason.en)[self.at]}"
        if reason.customer is None:
            return text
        return f"{text} ({self._word('customer')}: {(reason.customer.zh, reason.customer.en)[self.at]})"

    def _when(self, table: str, row: str) -> str:
        return next((rule.when for rule in self.policy.rules if (rule.table, rule.row) == (table, row)), "")

    def _match(self, match: Match) -> str:
        return {Match.MATCHED: "matched", Match.NOT_MATCHED: "not_matched", Match.REFER: "refer"}[match]

    def _bound(self, text: str, kind: Kind) -> str:
        """Return the right side of a comparison: a number of the kind, or a name."""
        return self._value(int(text), kind) if text.removeprefix("-").isdigit() else text

    def _gap(self, gap: int, kind: Kind) -> str:
        return str(gap) if kind is Kind.DATE else self._value(gap, kind)

    def _plain(self, value: object, part: Mapping[str, object]) -> str:
        kind = Kind(str(part["kind"])) if "kind" in part and type(value) is int else None
        return self._value(value, kind)

    def _value(self, value: object, kind: Kind | None) -> str:
        if value is None:
            return self._word("nothing")
        if isinstance(value, bool):
            return self._word("true" if value else "false")
        if isinstance(value, tuple | list):
            return "[" + ", ".join(self._value(each, kind) for each in value) + "]"
        if isinstance(value, int) and kind is Kind.MONEY:
            return text_from_fen(value)
        if isinstance(value, int) and kind is Kind.NANO:
            return f"{Decimal(value) / _NANO:f}"
        return str(value)

    def _word(self, name: str) -> str:
        return _WORDS[name][self.at]


def _given(name: str, value: object, kind: Kind) -> object:
    where = {"input": name}
    if isinstance(value, float):
        raise InputError("amounts are written in fen, ratios in nano: whole numbers", got=value, where=where)
    if isinstance(value, str) and kind is Kind.DATE:
        return date_from_text(value)
    if isinstance(value, str) and kind in {Kind.INTEGER, Kind.MONEY, Kind.NANO}:
        return int(value) if _WHOLE.fullmatch(value) else value
    if value is None or isinstance(value, str | int | date):
        return value
    raise InputError("a value is a text, a whole number, true, false or null", got=value, where=where)
