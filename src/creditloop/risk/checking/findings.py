"""What the checks of a strategy find (策略检查结果): values with a code, a place and a case that shows it.

An error stops publication, a warning should be looked at, a note is information. Whatever is claimed of all
cases is proven; whatever could not be proven is said to be so, under a code of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from creditloop.formula import Value


class Severity(StrEnum):
    """How grave a finding is: an error (错误) stops publication; a warning (警告); a note (提示)."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyFinding:
    """Something the checks found.

    Attributes:
        code: what it is, one of the keys of `FINDINGS`.
        table, rule: the ids it is about, None where it is about neither.
        where: file and line.
        zh, en: said in words.
        witness: a case that shows it, on which the program was run: the inputs that matter, the others may be
            anything. None where no case can show it (a rule that never matches), or none was found.
    """

    code: str
    severity: Severity
    table: str | None
    rule: str | None
    where: Mapping[str, object]
    zh: str
    en: str
    witness: Mapping[str, Value] | None = None

    def as_record(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "table": self.table,
            "rule": self.rule,
            "where": dict(self.where),
            "zh": self.zh,
            "en": self.en,
            "witness": dict(self.witness) if self.witness is not None else None,
        }


@dataclass(frozen=True, slots=True)
class _Wording:
    severity: Severity
    zh: str
    en: str


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE
FINDINGS: Mapping[str, _Wording] = {
    "never_true": _Wording(
        _E, "规则 {rule} 的条件永远不成立：{why_zh}", "rule {rule} can never match: {why_en}"
    ),
    "unreachable": _Wording(
        _E,
        "规则 {rule} 永远轮不到：其所有情形已被前面的规则 {rules} 截住（{how_zh}）",
        "rule {rule} can never decide: earlier rules take every case of it: {rules} ({how_en})",
    ),
    "gap": _Wording(
        _E,
        "决策表 {table} 有无人应答的情形，且没有 otherwise",
        "the table {table} leaves a case that no row answers, and has no otherwise",
    ),
    "possible_gap": _Wording(
        _W,
        "决策表 {table} 可能有无人应答的情形：条件读取计算值，未找到实例，也未能证明没有",
        "the table {table} may leave a case open: it reads computed values, and neither was such a case found"
        " nor proven away",
    ),
    "overlap": _Wording(
        _N,
        "规则 {rule} 与前面 {count} 条规则重叠且结果不同，例如 {other}（{how_zh}）；排在前面者决定",
        "rule {rule} matches cases that {count} earlier rules match with other outputs, e.g. {other}"
        " ({how_en}); the earlier decides",
    ),
    "possible_overlap": _Wording(
        _N,
        "规则 {rule} 与前面的规则 {other} 可能重叠且结果不同：条件读取计算值，未找到实例",
        "rule {rule} and the earlier rule {other} may match the same cases with other outputs: they read"
        " computed values, and no such case was found",
    ),
    "null_stops": _Wording(
        _N,
        "{inputs} 为空时，决策表 {table} 停在规则 {rule}，案件转人工",
        "a null of {inputs} stops the table {table} at rule {rule}: the case is referred",
    ),
    "always_true": _Wording(
        _W,
        "规则 {rule} 的条件恒成立；其后的规则永远轮不到",
        "the condition of rule {rule} always holds: no rule after it can decide",
    ),
    "always_collected": _Wording(
        _W,
        "规则 {rule} 的条件恒成立，每个案件都会命中",
        "the condition of rule {rule} always holds: it counts in every case",
    ),
    "constant_part": _Wording(
        _W,
        "规则 {rule} 的条件中“{part}”{how_zh}",
        "in the condition of rule {rule}, `{part}` {how_en}",
    ),
    "otherwise_unreachable": _Wording(
        _N,
        "决策表 {table} 的 otherwise 永远轮不到：各行已覆盖所有情形",
        "the otherwise of table {table} is never taken: the rows answer every case",
    ),
    "branch_unreachable": _Wording(
        _E,
        "分支 {rule} 永远轮不到：前面的分支已覆盖其所有情形",
        "the branch {rule} is never taken: earlier branches take every case of it",
    ),
    "input_unread": _Wording(_N, "输入变量 {name} 无人读取", "nobody reads the input {name}"),
    "step_unread": _Wording(
        _N,
        "步骤 {name} 无人读取，只作为结果给出",
        "nobody reads the step {name}: it is given as a result only",
    ),
    "parameter_unread": _Wording(
        _N,
        "参数 {name} 未在本文件的表达式中使用",
        "no expression of the document reads the parameter {name}",
    ),
    "list_unread": _Wording(_N, "名单 {name} 无人读取", "nobody reads the list {name}"),
    "list_empty": _Wording(
        _W,
        "名单 {name} 在 {date} 没有生效的条目",
        "the list {name} has no entry in force on {date}",
    ),
    "output_never_given": _Wording(
        _W,
        "决策表 {table} 的输出 {name} 从不给出：所有行都为空",
        "the table {table} never gives its output {name}: every row leaves it null",
    ),
    "value_never_given": _Wording(
        _W,
        "决策表 {table} 的输出 {name} 声明了从不给出的值：{values}",
        "the table {table} declares values of {name} that it never gives: {values}",
    ),
    "reason_missing": _Wording(_E, "规则 {rule} 没有原因码", "rule {rule} has no reason code"),
    "reason_two_wordings": _Wording(
        _W,
        "原因码 {name} 有两种说法：规则 {rule} 与 {other}",
        "the reason code {name} is worded in two ways: rules {rule} and {other}",
    ),
    "reason_shared": _Wording(
        _N,
        "原因码 {name} 用于多条规则：{rules}",
        "the reason code {name} is given by several rules: {rules}",
    ),
    "not_proven": _Wording(
        _W,
        "未能证明：{what_zh}（{why_zh}）",
        "not proven: {what_en} ({why_en})",
    ),
    "not_well_formed": _Wording(_E, "文件有误：{message}", "the document is not well formed: {message}"),
    "case_fails": _Wording(
        _E,
        "用例“{name}”不成立：{what}",
        "the worked case {name!r} does not hold: {what}",
    ),
    "no_cases": _Wording(_N, "没有用例文件 {name}", "there are no worked cases: {name}"),
}
"""Every code with its severity and wording."""


def finding(
    code: str,
    *,
    where: Mapping[str, object],
    table: str | None = None,
    rule: str | None = None,
    witness: Mapping[str, Value] | None = None,
    **words: object,
) -> StrategyFinding:
    """Word a finding.

    Args:
        words: what the wording of the code names besides table and rule.
    """
    wording = FINDINGS[code]
    filled = {"table": table, "rule": rule, **words}
    return StrategyFinding(
        code=code,
        severity=wording.severity,
        table=table,
        rule=rule,
        where={key: value for key, value in where.items() if key in {"file", "line"}},
        zh=wording.zh.format_map(filled),
        en=wording.en.format_map(filled),
        witness=witness,
    )


def publishable(findings: Iterable[StrategyFinding]) -> bool:
    """Whether nothing found stops publication."""
    return all(found.severity is not Severity.ERROR for found in findings)
