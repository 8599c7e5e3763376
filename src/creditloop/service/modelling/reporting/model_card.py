"""Write the model card (模型说明): what the model is for and not for, what it was made of, how it does.

Markdown in both languages, drawn from the run's record alone; its head is what a register asks for.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from creditloop.service.modelling.reporting.drawing import CANDIDATE_EN, CANDIDATE_ZH
from creditloop.service.modelling.reporting.pictures import shown_decimal, shown_percent


def model_card_text(record: Mapping[str, Any]) -> str:
    """Return the model card."""
    parts = (_head, _use, _data, _figures, _groups, _limits, _versions)
    return "\n".join(line for part in parts for line in part(record)) + "\n"


def _head(record: Mapping[str, Any]) -> Iterator[str]:
    said = record["model"]
    kind = record["choice"]["chosen"]
    yield f"# {said['title_zh']} {said['title_en']}"
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| 模型 model | `{said['name']}`，{CANDIDATE_ZH[kind]} {CANDIDATE_EN[kind]} |"
    yield f"| 产品 product | {_cell(said['product'])} |"
    yield f"| 负责人 owner | {_cell(said['owner'])} |"
    yield f"| 开发 developer | {_cell(said['developer'])} |"
    yield f"| 建模日 fitted on | {said['fitted_on']} |"
    yield ""


def _use(record: Mapping[str, Any]) -> Iterator[str]:
    said, target = record["model"], record["model"]["target"]
    yield "## 用途与目标 Use and target"
    yield ""
    yield from _both(said["use"])
    yield from _both({"zh": f"目标：{target['zh']}。", "en": f"Target: {target['en']}."})
    yield (
        f"特征观察截至 {said['observed_until']}，结果 {said['outcome_known_by']} 知晓。"
        " Features are observed until the first day, the outcome is known by the second."
    )
    yield ""


def _data(record: Mapping[str, Any]) -> Iterator[str]:
    said, sample = record["model"], record["sample"]
    yield "## 样本 Sample"
    yield ""
    yield from _both(said["sample"])
    counts = {"建模 fitted on": "rows", "其中坏 of them bad": "bad", "时间外 later": "rows_late"}
    for words, name in {**counts, "被拒 rejected": "rows_rejected"}.items():
        yield f"- {words}: {sample[name]:,}"
    for name, value in sample["facts"].items():
        yield f"- {name}: {value}"
    yield ""


def _figures(record: Mapping[str, Any]) -> Iterator[str]:
    folds = record["model"]["folds"]
    yield f"## 表现 Performance ({folds} folds, mean ± sd)"
    yield ""
    yield "| 模型 model | AUC | KS | Brier | 校准误差 calibration | 时间外 AUC out of time |"
    yield "|---|---|---|---|---|---|"
    for one in record["candidates"]:
        name = f"{CANDIDATE_ZH[one['kind']]} {CANDIDATE_EN[one['kind']]}"
        mark = " **入选 chosen**" if one["kind"] == record["choice"]["chosen"] else ""
        told = (
            f"{shown_decimal(one[f'{figure}_nano'])} ± {shown_decimal(one[f'{figure}_sd_nano'])}"
            for figure in ("auc", "ks", "brier", "calibration")
        )
        late = shown_decimal((one["out_of_time"] or {}).get("auc_nano"))
        yield f"| {name}{mark} | {' | '.join(told)} | {late} |"
    yield ""
    costs = record["costs"]
    yield (
        f"白盒的代价 cost of the white box: {shown_decimal(costs['white_box_nano'])} AUC；"
        f"分源的代价 cost of splitting: {shown_decimal(costs['splitting_nano'])} AUC。"
    )
    yield ""


def _groups(record: Mapping[str, Any]) -> Iterator[str]:
    yield "## 公平性 Fairness"
    yield ""
    fairness = record["fairness"]
    if fairness is None:
        yield "没有测量：计划没有声明受保护属性。 Not measured: the plan names no protected attribute."
    else:
        share = shown_percent(fairness["approve_share_nano"], 0)
        yield f"设想通过最安全的 {share}；属性不入模。"
        yield f"As if the safest {share} were approved; no model reads the attributes."
        yield ""
        yield "| 属性 attribute | 组 group | 通过率比 impact ratio | 平均 pd mean pd | 坏率 bad rate |"
        yield "|---|---|---|---|---|"
        for one in fairness["attributes"]:
            for group in one["groups"]:
                ratio, pd, bad = (
                    shown_percent(group[f"{name}_nano"]) for name in ("impact_ratio", "pd_mean", "bad_rate")
                )
                small = "（太小 too small）" if group["too_small"] else ""
                name = f"{_cell(one['zh'])} {_cell(one['en'])} | {_cell(group['group'])}{small}"
                yield f"| {name} | {ratio} | {pd} | {bad} |"
    yield ""


def _limits(record: Mapping[str, Any]) -> Iterator[str]:
    yield "## 限制与警示 Limits and warnings"
    yield ""
    for one in [*record["model"]["limits"], *record["warnings"]]:
        yield f"- {one['zh']}。 {one['en']}."
    yield ""


def _versions(record: Mapping[str, Any]) -> Iterator[str]:
    yield "## 版本 Versions"
    yield ""
    yield f"- card.yaml: `{record['card']['hash']}`"
    yield f"- {record['model']['plan']}: `{record['model']['plan_hash']}`"
    yield "- 复现 made again by: `creditloop fit` of that plan; the same plan and data give the same bytes"


def _both(words: Mapping[str, str]) -> Iterator[str]:
    yield words["zh"]
    yield words["en"]
    yield ""


def _cell(text: str) -> str:
    """Write a text that others gave as one cell of a table: no bar and no line may end it."""
    return " ".join(str(text).split()).replace("|", "\\|")
