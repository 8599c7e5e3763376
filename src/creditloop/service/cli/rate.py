"""`creditloop rate`: rate a firm by a plan: portrait, cards by dimension, fusion, policies, and what from."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from creditloop.data.freshness import FreshState
from creditloop.formula import Kind
from creditloop.kernel.money import divide_half_away
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import LOOK_UP, AsJson, Database, Reason, day, reader
from creditloop.service.cli.output import Section, money, percent, show
from creditloop.service.opening import DATABASE
from creditloop.service.portraying import PURPOSE
from creditloop.service.rating import (
    Asking,
    gather_firm,
    open_rating,
    rate_firm,
    rating_record,
    traced_features,
)

_NANO = 1_000_000_000
_ROWS_SHOWN = 8
_HASH_SHOWN = 16
_OUTCOMES = {"approve": "通过 approve", "refer": "转人工 refer", "decline": "拒绝 decline"}
_UNDECIDED = "无法判断，转人工 undecided, so to a person"


def add_commands(app: typer.Typer) -> None:
    """Add the command of this file to the program."""
    app.command("rate")(rate)


def rate(
    plan: Annotated[Path, typer.Argument(help="The rating's plan, e.g. examples/sme_town/rating.yaml.")],
    firm: Annotated[str, typer.Argument(help="The firm or sole trader, e.g. customer/p00000017.")],
    as_of: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The day it is asked about (观察日).")],
    rules_as_of: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="The day whose rules are used; else the same day."),
    ] = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="Show formulas and the lines of files; the JSON has them.")
    ] = False,
    purpose: Annotated[str, typer.Option(help="What it is read for; others' data needs consent.")] = PURPOSE,
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Rate a firm and judge whether it gets the loan (企业评级与审批), with the whole working.

    Its portrait's features give points by dimension, the cards are fused into a score, the policies decide.
    Each number is shown with its rule and version, each feature with the rows of files it was made of. What
    was not read is unknown and named. Reads are logged; nothing is lent and no decision is recorded.

    Example: creditloop rate examples/sme_town/rating.yaml customer/p00000017 --as-of 2025-12-31
    """
    on = day(as_of)
    asking = Asking(firm=firm, as_of=on, reader=reader(), reason=reason, purpose=purpose)
    with bank_of(database).work() as work:
        documents = open_rating(work, path=plan, rules_as_of=on if rules_as_of is None else day(rules_as_of))
        gathered = gather_firm(work, asking, documents=documents)
        traced = traced_features(work, asking, documents=documents, portrait=gathered.portrait)
        record = rating_record(rate_firm(documents, gathered), traced=traced)
    show(record, sections=list(_sections(record, rows=rows)), as_json=as_json)


def _sections(record: Mapping[str, Any], *, rows: bool) -> Iterator[Section]:
    yield _head(record)
    if record["notes"]:
        notes = [(one["zh"], one["en"]) for one in record["notes"]]
        yield Section(title="须先看 read first", columns=("", ""), rows=notes)
    for policy in record["policies"]:
        yield _policy(policy)
    yield _fusion(record["fusion"])
    for card in record["cards"]:
        yield from _card(card)
    yield _portrait(record)
    yield _facts(record["facts"])
    if rows:
        yield _inputs(record)
        yield from _rows(record)
    yield _sources(record["sources"])
    yield Section(
        title="版本 versions",
        columns=("文件 document", "SHA-256"),
        rows=[(one["document"], one["hash"][:_HASH_SHOWN]) for one in record["documents"]],
    )


def _head(record: Mapping[str, Any]) -> Section:
    said = record["outputs"]
    facts = [
        ("结论 outcome", _OUTCOMES.get(record["outcome"], _UNDECIDED)),
        ("评分 score", record["score"]),
        *((name, _said(name, value)) for name, value in said.items() if name != "outcome"),
        ("企业主 owner", record["owner"]),
        ("规则日期 rules as of", record["rules_as_of"]),
    ]
    mark = "（模拟 simulated）" if record["simulated"] else ""
    title = f"{record['title']['zh']} {record['title']['en']}{mark}: {record['firm']}, {record['as_of']}"
    return Section(title=title, columns=("", ""), rows=facts)


def _policy(told: Mapping[str, Any]) -> Section:
    """Return what each table said, by which row, for what reason, and what the row read."""
    return Section(
        title=f"策略 policy {told['policy']}: {told['document']}",
        columns=("表 table", "行 row", "结果 says", "原因 reason", "读取 read"),
        rows=[
            (
                table["table"],
                ", ".join(table["matched"]) or ("–" if table["reached"] else "未执行 not reached"),
                ", ".join(f"{name} = {_said(name, value)}" for name, value in table["outputs"].items())
                or "无法计算 refers",
                "; ".join(f"{one['code']} {one['zh']} {one['en']}" for one in table["reasons"]),
                _read_of(table),
            )
            for table in told["judgement"]["tables"]
        ],
    )


def _read_of(table: Mapping[str, Any]) -> str:
    read = {name: value for row in table["rows"] for name, value in row["values_read"].items()}
    return ", ".join(f"{name} = {_said(name, value)}" for name, value in read.items())


def _said(name: str, value: object) -> str:
    """Write what a rule read or a policy says, by its name: fen as money, null as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    return money(value) if isinstance(value, int) and name.endswith("_fen") else str(value)


def _fusion(told: Mapping[str, Any]) -> Section:
    rows = [
        (
            one["learner"],
            _decimal(one["log_odds_nano"]),
            _decimal(one["weight_nano"]),
            _decimal(one["adds_nano"]),
        )
        for one in told["terms"]
    ]
    total = [
        ("intercept", "", "", _decimal(told["intercept_nano"])),
        ("合计 sum", "", "", _decimal(told["log_odds_nano"])),
    ]
    scale = told["scale"]
    said = f"{scale['score_at']} = {scale['odds_at']}:1, PDO {scale['points_to_double_odds']}"
    return Section(
        title=f"融合 fusion {told['fusion']}: {told['score']} ({said})",
        columns=("学习器 learner", "坏的对数几率 log-odds of bad", "权重 weight", "贡献 adds"),
        rows=[*rows, *total],
    )


def _card(card: Mapping[str, Any]) -> Iterator[Section]:
    answer = _decimal(card["score_nano"], 2) if card["answers"] else "没有答案 no answer"
    yield Section(
        title=f"{card['zh']} {card['en']}: {answer} = {_decimal(card['base_nano'], 2)} + 各维度 dimensions",
        columns=("维度 dimension", "候选 offered", "入卡 in the card", "得分 points"),
        rows=[
            (
                f"{one['zh']} {one['en']}",
                one["offered"],
                len(one["features"]),
                _decimal(one["points_nano"], 2),
            )
            for one in card["dimensions"]
        ],
    )
    yield Section(
        title=f"{card['zh']}: 特征得分 points by feature",
        columns=("维度 dimension", "特征 feature", "含义 meaning", "分箱 bin", "得分 points", "失分 lost"),
        rows=[
            (
                one["zh"],
                each["feature"],
                each["zh"],
                each["bin"] or "–",
                _decimal(each["points_nano"], 2),
                _decimal(each["points_lost_nano"], 2),
            )
            for one in card["dimensions"]
            for each in one["features"]
        ],
    )


def _portrait(record: Mapping[str, Any]) -> Section:
    return Section(
        title="画像维度（专家分）dimensions of the portrait, by expert points",
        columns=("维度 dimension", "得分 score", "已知份额 known"),
        rows=[
            (f"{one['zh']} {one['en']}", one["score"], percent(one["coverage_nano"]))
            for one in record["dimensions"]
        ],
    )


def _facts(facts: list[Mapping[str, Any]]) -> Section:
    return Section(
        title="其他事实 facts beside the portrait",
        columns=("事实 fact", "值 value", "来源 source", "文件与行 file and row"),
        rows=[
            (
                one["name"],
                _said(one["name"], one["value"]),
                one["source"],
                "; ".join(
                    f"{each['file']}:{each['source_row']}" for row in one["rows"] for each in row["versions"]
                ),
            )
            for one in facts
        ],
    )


def _inputs(record: Mapping[str, Any]) -> Section:
    """Return every feature that anything read: its value, its formula, what it is made of, how many rows."""
    windows = record["window_features"]
    return Section(
        title="特征 features read",
        columns=("特征 feature", "值 value", "公式 formula", "由 made of", "行 rows"),
        rows=[
            (
                name,
                _value(one["value"], Kind(one["kind"])),
                one["formula"],
                ", ".join(one["inputs"]),
                sum(len(windows[each]["rows"]) for each in one["inputs"]),
            )
            for name, one in record["features"].items()
        ],
    )


def _rows(record: Mapping[str, Any]) -> Iterator[Section]:
    for name, one in record["window_features"].items():
        if not one["rows"]:
            continue
        count, value = len(one["rows"]), _value(one["value"], Kind(one["kind"]))
        shown = f", {_ROWS_SHOWN} 行显示 shown" if count > _ROWS_SHOWN else ""
        yield Section(
            title=f"{name} {one['zh']}: {value}; {count} 行 rows{shown}",
            columns=("文件 file", "行 row", "表 table"),
            rows=[(each["file"], each["source_row"], each["table"]) for each in one["rows"][:_ROWS_SHOWN]],
        )


def _sources(states: Mapping[str, str]) -> Section:
    """Return the sources that were not read: what they would say is unknown."""
    unread = [(name, state) for name, state in states.items() if state != FreshState.FRESH]
    title = f"来源 sources: {len(states) - len(unread)} 个已读 read, {len(unread)} 个未读 not read"
    return Section(title=title, columns=("来源 source", "状态 state"), rows=unread)


def _value(value: object, kind: Kind) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int):
        return str(value)
    if kind is Kind.MONEY:
        return money(value)
    return _decimal(value) if kind is Kind.NANO else str(value)


def _decimal(nano: int | None, places: int = 6) -> str:
    """Write a number in nano as a decimal, rounded half away from zero."""
    if nano is None:
        return "–"
    scaled = divide_half_away(nano, _NANO // 10**places)
    whole, rest = divmod(abs(scaled), 10**places)
    return f"{'-' if scaled < 0 else ''}{whole}.{rest:0{places}d}"
