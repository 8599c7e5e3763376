"""Names and meanings of window features: made of their parts, the same way for all (命名与释义)."""

from collections.abc import Mapping

from creditloop.data.contracts import Words
from creditloop.data.windows.definitions import (
    OF_MEASURES,
    Aggregate,
    Dimension,
    EventTable,
    Quantity,
    Unit,
    WindowFeature,
)

_ZH: Mapping[Aggregate, str] = {
    Aggregate.COUNT: "{window}{cut}{events}次数",
    Aggregate.SUM: "{window}{cut}{events}{of}合计",
    Aggregate.MEAN: "{window}{cut}{events}{of}均值",
    Aggregate.MAX: "{window}{cut}{events}{of}最大值",
    Aggregate.MIN: "{window}{cut}{events}{of}最小值",
    Aggregate.LATEST: "{window}最近一次{cut}{events}的{of}",
    Aggregate.DISTINCT: "{window}{cut}{events}涉及的{of}个数",
    Aggregate.DAYS_SINCE_LAST: "{window}最近一次{cut}{events}距今天数",
    Aggregate.DAYS_SINCE_FIRST: "{window}最早一次{cut}{events}距今天数",
    Aggregate.ENTROPY: "{window}{cut}{events}按{of}分布的熵（比特）",
    Aggregate.MONTHS_ACTIVE: "{window}有{cut}{events}的月数",
    Aggregate.LONGEST_RUN: "{window}连续有{cut}{events}的最长月数",
    Aggregate.LONGEST_SILENCE: "{window}连续没有{cut}{events}的最长月数",
    Aggregate.LATEST_RUN: "{window}最近一段连续有{cut}{events}的月数",
    Aggregate.MONTHS_SINCE_LAST: "{window}最近一个有{cut}{events}的月份距今月数",
    Aggregate.DEVIATION: "{window}{cut}{events}每月{of}合计的相对平均偏差",
}
_EN: Mapping[Aggregate, str] = {
    Aggregate.COUNT: "number of {events}{cut}, {window}",
    Aggregate.SUM: "sum of {of} of {events}{cut}, {window}",
    Aggregate.MEAN: "mean {of} of {events}{cut}, {window}",
    Aggregate.MAX: "greatest {of} of {events}{cut}, {window}",
    Aggregate.MIN: "least {of} of {events}{cut}, {window}",
    Aggregate.LATEST: "{of} of the newest of {events}{cut}, {window}",
    Aggregate.DISTINCT: "number of different {of} of {events}{cut}, {window}",
    Aggregate.DAYS_SINCE_LAST: "days since the newest of {events}{cut}, {window}",
    Aggregate.DAYS_SINCE_FIRST: "days since the oldest of {events}{cut}, {window}",
    Aggregate.ENTROPY: "entropy in bits of {events}{cut} by {of}, {window}",
    Aggregate.MONTHS_ACTIVE: "months with {events}{cut}, {window}",
    Aggregate.LONGEST_RUN: "most consecutive months with {events}{cut}, {window}",
    Aggregate.LONGEST_SILENCE: "most consecutive months without {events}{cut}, {window}",
    Aggregate.LATEST_RUN: "consecutive months with {events}{cut} up to the newest of them, {window}",
    Aggregate.MONTHS_SINCE_LAST: "months since the newest month with {events}{cut}, {window}",
    Aggregate.DEVIATION: "relative mean deviation of the monthly sum of {of} of {events}{cut}, {window}",
}


def name_of(quantity: Quantity, table: EventTable, *, prefix: str) -> str:
    """Return the name of a quantity: prefix, aggregate, what of, the values it is cut by, the window."""
    cuts = (table.dimension(name).named(value) for name, value in quantity.where)
    parts = [prefix, quantity.aggregate, quantity.of, *cuts]
    return "_".join([*(str(part) for part in parts if part is not None), str(quantity.window)]).lower()


def meaning_of(quantity: Quantity, table: EventTable) -> Words:
    """Return what a quantity says, in both languages."""
    cuts = [_cut(table.dimension(name), value) for name, value in quantity.where]
    of = _of(quantity, table)
    size, by_day = quantity.window.size, quantity.window.unit is Unit.DAY
    zh = {
        "window": f"近{size}天" if by_day else f"近{size}个自然月",
        "cut": "、".join(words.zh for words in cuts),
        "events": table.meaning.zh,
        "of": of.zh,
    }
    en = {
        "window": f"last {size} days" if by_day else f"last {size} calendar months",
        "cut": f" ({', '.join(words.en for words in cuts)})" if cuts else "",
        "events": table.meaning.en,
        "of": of.en,
    }
    return Words(zh=_ZH[quantity.aggregate].format(**zh), en=_EN[quantity.aggregate].format(**en))


def _cut(dimension: Dimension, value: str) -> Words:
    """Return a value's words; with its dimension's where it could be taken for another's."""
    words = dimension.values[value]
    if not dimension.prefix:
        return words
    return Words(zh=f"{dimension.meaning.zh}为{words.zh}的", en=f"{dimension.meaning.en}: {words.en}")


def _of(quantity: Quantity, table: EventTable) -> Words:
    meanings: dict[str | None, Words] = {None: Words(zh="", en="")}
    for part in table.parts:
        meanings[part.name] = part.meaning
    return meanings[quantity.of]


def ratio_meaning(one: Words, other: Words) -> Words:
    """Return what a ratio of two quantities says."""
    return Words(zh=f"{one.zh}÷{other.zh}", en=f"{one.en}, divided by: {other.en}")


def null_rule(feature: WindowFeature) -> Words:
    """Return what a feature is where there is nothing to compute it of (空值规则)."""
    aggregate = feature.quantities[0].aggregate
    if len(feature.quantities) > 1:
        return _RATIO_NULL
    if aggregate is Aggregate.SUM:
        return _SUM_NULL
    if feature.without_events is not None:
        return _SILENCE if aggregate is Aggregate.LONGEST_SILENCE else _ZERO
    if aggregate is Aggregate.DEVIATION:
        return _DEVIATION_NULL
    return _MEASURE_NULL if aggregate in OF_MEASURES else _EVENT_NULL


_ZERO = Words(zh="没有事件时为0，从不为空", en="0 without an event, never null")
_SILENCE = Words(zh="没有事件时为全部月数，从不为空", en="all the months without an event, never null")
_SUM_NULL = Words(
    zh="没有事件时为0，有事件而都没有该数值时为空",
    en="0 without an event, null where there are events and none has the number",
)
_EVENT_NULL = Words(zh="没有事件时为空", en="null without an event")
_MEASURE_NULL = Words(zh="没有带该数值的事件时为空", en="null without an event that has the number")
_DEVIATION_NULL = Words(zh="各月合计为0时为空", en="null where the months add up to 0")
_RATIO_NULL = Words(
    zh="任一侧为空、除数为0或超出64位时为空",
    en="null where either side is, the divisor is 0, or the result has no 64 bits",
)
