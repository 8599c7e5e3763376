"""The JSON Schema of a strategy document, for editors (策略文件的编辑器模式).

It says which keys there are, which of them must be there and of what form, with a meaning for the hover. What
a text means (an expression, a name) is said by `read_policy`, not here: a document that keeps the schema may
still be refused, one that does not is always refused.
"""

from collections.abc import Mapping, Sequence

from creditloop.formula import Kind, NullPolicy
from creditloop.risk.tables import HitPolicy

Schema = dict[str, object]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NAME = "^[A-Za-z_][A-Za-z0-9_]*$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def strategy_schema() -> Schema:
    """Return the schema (JSON Schema 2020-12) of a document that `read_policy` reads."""
    return {
        "$schema": DIALECT,
        "title": "creditloop strategy 策略文件",
        **_object(
            "政策或策略 a policy or strategy",
            required={
                "policy": _text("名称 its name"),
                "product": _text("产品 the product it is for"),
                "stage": _text("阶段 the stage it decides in"),
                "title": _ref("wording"),
                "inputs": _names("输入变量 inputs by name", _ref("input")),
            },
            optional={
                "effective": _ref("effective"),
                "ranking": _ref("ranking"),
                "sources": _names(
                    "按询问顺序 staged sources, in the order they are asked", _ref("staged_source")
                ),
                "decided_when": _condition("成立后不再取数 once true, no further source is asked"),
                "parameters": _names("参数 numbers of the bank, dated and sourced", _ref("parameter")),
                "lists": _names("名单 lists, read as `x in list.name`", _ref("list")),
                "steps": _list("步骤 steps, in order", _ref("step")),
                "tables": _list("决策表 tables, judged after the steps", _ref("table")),
            },
        ),
        "anyOf": [{"required": ["steps"]}, {"required": ["tables"]}],
        "$defs": {**_words(), **_declarations(), **_steps(), **_tables()},
    }


# what the parts of the schema are made of


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _text(meaning: str) -> Schema:
    return {"description": meaning, "type": "string", "minLength": 1}


def _name(meaning: str) -> Schema:
    return {"description": meaning, "type": "string", "pattern": _NAME}


def _among(meaning: str, words: Sequence[str]) -> Schema:
    return {"description": meaning, "enum": list(words)}


def _list(meaning: str, items: Schema, *, least: int = 0) -> Schema:
    return {"description": meaning, "type": "array", "items": items, "minItems": least}


def _names(meaning: str, values: Schema, *, least: int = 0) -> Schema:
    return {
        "description": meaning,
        "type": "object",
        "propertyNames": {"pattern": _NAME},
        "additionalProperties": values,
        "minProperties": least,
    }


def _object(meaning: str, *, required: Mapping[str, Schema], optional: Mapping[str, Schema]) -> Schema:
    return {
        "description": meaning,
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def _condition(meaning: str) -> Schema:
    return {"description": meaning, "type": ["string", "boolean"], "minLength": 1}


def _scalar(meaning: str) -> Schema:
    return {"description": meaning, "type": ["string", "integer", "boolean"]}


def _number(meaning: str) -> Schema:
    """An expression, or a whole number; a decimal is kept as text by the reader of documents."""
    return {"description": meaning, "type": ["string", "number"]}


def _day(meaning: str) -> Schema:
    return {"description": meaning, "type": "string", "pattern": _DAY}


def _words() -> Schema:
    wording = _object(
        "中英文 in both languages", required={"zh": _text("中文"), "en": _text("English")}, optional={}
    )
    source = _object(
        "出处 where it is from",
        required={"title": _text("名称 what it is")},
        optional={
            "reference": _text("网址或条款 address or section"),
            "checked": _day("核对日期 when it was looked up"),
        },
    )
    reason = _object(
        "原因码 why: stable code and wording",
        required={"code": _text("代码 stable over versions"), "zh": _text("中文"), "en": _text("English")},
        optional={"customer": _ref("wording")},
    )
    kind = _among("类型 what its values are", [kind.value for kind in Kind])
    return {"wording": wording, "source": source, "reason": reason, "kind": kind}


def _declarations() -> Schema:
    return {**_inputs(), **_numbers(), **_sources()}


def _inputs() -> Schema:
    null = _among(
        "空值规则 what a null does to a rule that needs it", [policy.value for policy in NullPolicy]
    )
    values = _list("取值 the only values there are", _scalar("取值 a value"), least=1)
    declared = {"null": null, "values": values, "unit": _text("单位 unit, for people")}
    return {
        "table_input": _object(
            "表的输入 an input of a table", required={"kind": _ref("kind")}, optional=declared
        ),
        "input": _object(
            "输入变量 an input",
            required={"kind": _ref("kind")},
            optional={
                **declared,
                "source": _name("数据源 the staged source that gives it"),
                "path": _text("路径 where an outside document has it"),
                "meaning": _ref("wording"),
            },
        ),
    }


def _numbers() -> Schema:
    dated = _object(
        "某日起的数值 a value since a day",
        required={"from": _day("生效日 since"), "value": _number("数值 the value"), "source": _ref("source")},
        optional={},
    )
    entry = _object(
        "名单条目 an entry of a list",
        required={
            "value": _scalar("取值 the value"),
            "from": _day("生效日 since"),
            "reason": _text("原因 why it is on the list"),
            "source": _ref("source"),
        },
        optional={"to": _day("失效日（不含）up to, but not on")},
    )
    return {
        "parameter": _object(
            "参数 a number of the bank",
            required={
                "kind": _ref("kind"),
                "unit": _text("单位 unit"),
                "values": _list("按生效日 by effective date", dated, least=1),
            },
            optional={"meaning": _ref("wording")},
        ),
        "list": _object(
            "名单 a list",
            required={
                "kind": _ref("kind"),
                "title": _ref("wording"),
                "entries": _list("条目 its entries", entry),
            },
            optional={},
        ),
    }


def _sources() -> Schema:
    return {
        "effective": _object(
            "有效期 when the document holds",
            required={"from": _day("起 since")},
            optional={"to": _day("止（不含）until")},
        ),
        "ranking": _object(
            "告知函解释的输出 the output a letter explains",
            required={"output": _name("输出 an output")},
            optional={
                "most": {"description": "最多几条原因 reasons at most", "type": "integer", "minimum": 1},
                "source": _ref("source"),
            },
        ),
        "staged_source": _object(
            "数据源 a source asked only while the case is undecided",
            required={"title": _ref("wording"), "cost": _number("每次费用 cost of asking, e.g. yuan(2.00)")},
            optional={},
        ),
    }


def _tables() -> Schema:
    cell: Schema = {
        "description": "单元格 a cell: > 5, [1..10), A, B, not A, B, null, - (anything)",
        "type": ["string", "number", "boolean", "null"],
    }
    when: Schema = {"anyOf": [_condition("条件 a condition"), _names("按变量的单元格 cells by name", cell)]}
    then = _names("输出值 a value for each output", _scalar("取值或表达式 a value or an expression"))
    output = _object(
        "输出 an output",
        required={"kind": _ref("kind")},
        optional={
            "values": _list("取值 the only values a row may give", _scalar("取值 a value"), least=1),
            "unit": _text("单位 unit"),
            "collect": {
                "description": "收集所有命中行的值 the values of all rows that match",
                "type": "boolean",
            },
        },
    )
    row = _object(
        "规则 a rule",
        required={"id": _name("规则编号 stays over versions"), "when": when, "reason": _ref("reason")},
        optional={"then": then, "from": _day("生效日 since"), "to": _day("失效日（不含）until")},
    )
    otherwise = _object(
        "其余情形 what holds where no row matches",
        required={"reason": _ref("reason")},
        optional={"then": then},
    )
    table = _object(
        "决策表 a decision table",
        required={
            "id": _name("编号 its id"),
            "hit_policy": _among(
                "命中方式 which matching rows count", [policy.value for policy in HitPolicy]
            ),
            "outputs": _names("输出 outputs by name", output),
            "rows": _list("规则 rows, in order", row, least=1),
        },
        optional={
            "inputs": _names("只读取这些 reads only these", _ref("table_input")),
            "otherwise": otherwise,
        },
    )
    return {"table": table, "cell": cell}


def _steps() -> Schema:
    named = {"name": _name("名称 its name"), "kind": _ref("kind")}
    expression = _object(
        "表达式 a named expression",
        required={**named, "value": _number("表达式 an expression"), "meaning": _ref("wording")},
        optional={},
    )
    holders = {
        "table": _ref("table"),
        "scorecard": _scorecard(),
        "switch": _switch(),
        "limit": _limit(named),
        "strategy": _sub_strategy(),
    }
    kinds = [_object(word, required={word: schema}, optional={}) for word, schema in holders.items()]
    return {"step": {"anyOf": [expression, *kinds]}}


def _scorecard() -> Schema:
    points: Schema = {"description": "分值 points", "type": "integer"}
    given = {"points": points}
    bin_ = _object(
        "分箱 a bin",
        required={"when": {"description": "取值范围 a cell", "$ref": "#/$defs/cell"}, **given},
        optional={"reason": _ref("reason")},
    )
    part = _object(
        "评分项 a part",
        required={
            "id": _name("编号 its id"),
            "input": _name("读取的变量 what it reads"),
            "bins": _list("分箱 bins; the first that holds counts", bin_, least=1),
        },
        optional={
            "missing": _object("空值 points of a null", required=given, optional={"reason": _ref("reason")})
        },
    )
    return _object(
        "评分卡 a scorecard",
        required={
            "id": _name("编号 its id"),
            "base": {"description": "基础分 base points", "type": "integer"},
            "output": _name("输出 the name of its points"),
            "parts": _list("评分项 its parts", part, least=1),
        },
        optional={},
    )


def _switch() -> Schema:
    steps = _list("步骤 steps", _ref("step"))
    branch = _object(
        "分支 a branch",
        required={"id": _name("编号 its id"), "when": _condition("条件 a condition"), "steps": steps},
        optional={},
    )
    return _object(
        "分支选择 a switch: the first branch whose condition holds",
        required={"id": _name("编号 its id"), "branches": _list("分支", branch, least=1), "otherwise": steps},
        optional={},
    )


def _limit(named: Mapping[str, Schema]) -> Schema:
    rounding = _object(
        "取整 a step",
        required={
            "size": _number("步长 its size"),
            "rounded": _among("方向 direction", ["down", "up", "nearest"]),
        },
        optional={},
    )
    return _object(
        "额度或利率公式 an amount or rate with caps and a step",
        required={**named, "value": _number("公式 an expression"), "meaning": _ref("wording")},
        optional={"at_least": _number("下限 at least"), "at_most": _number("上限 at most"), "step": rounding},
    )


def _sub_strategy() -> Schema:
    return _object(
        "子策略 another document, judged in place",
        required={
            "id": _name("编号 its id"),
            "document": _text("文件 its path, relative to this document"),
            "gives": _names(
                "取回的名称 names here, by its name there", _name("其中的名称 a name there"), least=1
            ),
        },
        optional={"with": _names("给它的输入 its inputs", _scalar("表达式 an expression"))},
    )
