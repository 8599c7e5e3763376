"""Say what a reader of a run must not overlook: what was not measured, and what came out wrong."""

from collections.abc import Iterator, Mapping
from typing import Any


def warnings_of(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return warnings in both languages, the gravest kinds first."""
    return [{"zh": zh, "en": en} for zh, en in _told(record)]


def _told(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _leaks(record["findings"])
    yield from _of_groups(record)
    yield from _not_measured(record)


def _leaks(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for leak in found["leaks"]:
        name = leak["feature"]
        if leak["accepted"]:
            yield (
                f"{name} 疑似泄漏，按计划说明保留",
                f"{name} looks like a leak and is kept, as the plan says why",
            )
        else:
            yield f"{name} 疑似泄漏，未入模", f"{name} looks like a leak and is left out"
    for one in found["columns"]:
        yield (
            one["zh"] + ("，未入模" if one["left_out"] else ""),
            one["en"] + (", left out" if one["left_out"] else ""),
        )
    for one in found["directions"]:
        name, stated, follows = one["feature"], one["direction"], one["follows"] or "none"
        yield (
            f"{name} 声明方向 {stated}，数据不支持（实际 {follows}）",
            f"{name} is stated to go {stated}; the data do not follow it (they go {follows})",
        )
    if found["row_order_tells"]:
        yield "文件的行序与结果有关", "the order of the rows in the file tells the outcome"


def _of_groups(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    off = [band for band in record["curves"]["calibration"] if not band["holds"]]
    if off:
        count, total = len(off), len(record["curves"]["calibration"])
        yield (
            f"{total} 个分段中 {count} 段的违约概率不在 95% 区间内",
            f"in {count} of {total} bands the pd lies outside the interval of 95 %",
        )
    for part in (record["stability"] or {"parts": []})["parts"]:
        if part["level"] != "green":
            yield (
                f"{part['name']} 的 PSI 为{_LEVEL[part['level']]}",
                f"psi of {part['name']} is {part['level']}",
            )
    if count := record["card"]["rows_late_referred"]:
        yield (
            f"时间外有 {count} 行出现建模样本没有的取值，上线时转人工；时间外数字中该特征不计分",
            f"{count} later rows have a value no fitted row had: a person decides; out of time it counts 0",
        )
    fairness = record["fairness"]
    for one in fairness["attributes"] if fairness else []:
        for group in one["groups"]:
            if group["below_limit"]:
                yield (
                    f"{one['zh']} {group['group']} 组的通过率比低于下限",
                    f"the impact ratio of {one['en']} {group['group']} is below the limit",
                )
    for one in fairness["proxies"] if fairness else []:
        for each in one["features"]:
            if each["named"]:
                yield f"{each['feature']} 可代理{one['zh']}", f"{each['feature']} is a proxy of {one['en']}"


_LEVEL = {"yellow": "黄", "red": "红"}


def _not_measured(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if record["stability"] is None:
        yield (
            "没有时间外样本：所有数字均为同期样本的交叉验证",
            "there are no later rows: every figure is of rows of the same time, cross-fitted",
        )
    if record["rejects"] is None:
        yield (
            "没有被拒客户：数字只说明已通过的客户",
            "there are no rejected: the figures are of accepted customers only",
        )
    if record["fairness"] is None:
        yield (
            "计划没有声明受保护属性，公平性未测",
            "the plan names no protected attribute: fairness is not measured",
        )
    for name in (record["fairness"] or {"not_foretold": []})["not_foretold"]:
        yield (
            f"{name} 没有两个足够大的组，未找代理变量",
            f"{name} has no two groups large enough: proxies of it were not looked for",
        )
    if record["costs"]["white_box_nano"] is None:
        yield "没有挑战者，白盒的代价未测", "there is no challenger: the cost of a white box is not measured"
    if record["costs"]["splitting_nano"] is None:
        yield "没有分源融合与提升卡，分源的代价未测", "the cost of splitting by source is not measured"
    if not record["by_segment"]:
        yield "计划没有声明客群，未分客群验证", "the plan names no segments: none are validated"
