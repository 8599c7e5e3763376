"""`creditloop portrait …`: a party's portrait with every part, and whether the documents hold."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from creditloop.data.derived import CheckResult, ClassResult
from creditloop.data.freshness import SourceFreshness
from creditloop.data.portraits import PartScore, PortraitDefinition, PortraitScore
from creditloop.formula import NANO, Kind, Proof, Value, prove
from creditloop.kernel.money import divide_half_away
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import LOOK_UP, AsJson, Database, Reason, day, reader
from creditloop.service.cli.output import Section, money, percent, show
from creditloop.service.opening import DATABASE
from creditloop.service.places import find_places
from creditloop.service.portraying import (
    PURPOSE,
    PartyPortrait,
    PortraitDocuments,
    ReadWindows,
    party_portraits,
)

DIFFERS = 1
"""Exit status of a check that found a difference: the portraits must not be used."""
_DECIMALS = 4
_Documents = Annotated[
    list[Path] | None,
    typer.Option("--document", help="A document of a portrait; else those of the party's kind, or all."),
]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="Portraits of parties: dimensions, scores and their parts (画像).")
    group.command("show")(show_portrait)
    group.command("check")(check)
    app.add_typer(group, name="portrait")


def show_portrait(
    party: Annotated[str, typer.Argument(help="The party's id, e.g. customer/123.")],
    as_of: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The day it is asked about (观察日).")],
    document: _Documents = None,
    purpose: Annotated[str, typer.Option(help="What it is read for; others' data needs consent.")] = PURPOSE,
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Show the portraits of a party: scores of 0 to 1000, higher safer, each with its parts.

    A source that is stale, never asked or not consented to is named, and its parts are shown as missing.

    Example: creditloop portrait show customer/p00000017 --as-of 2025-12-31
    """
    with bank_of(database).work() as work:
        found = party_portraits(
            work,
            party_id=party,
            as_of=day(as_of),
            reader=reader(),
            reason=reason,
            purpose=purpose,
            paths=document or (),
        )
    record = {"party": party, "as_of": as_of, "portraits": [_record(one) for one in found]}
    show(record, sections=[section for one in found for section in _sections(one)], as_json=as_json)


def check(
    document: _Documents = None,
    rows: Annotated[int, typer.Option(min=1, max=100_000, help="Random rows, besides the boundaries.")] = 500,
    seed: Annotated[int, typer.Option(help="The same seed draws the same rows.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Check the documents of portraits: they are read, and proven the same for one party and in bulk.

    Exit status 0: no difference; 1: there are some.

    Example: creditloop portrait check --rows 200
    """
    documents = PortraitDocuments(find_places())
    read = [documents.portrait(path) for path in document or documents.paths()]
    proven = [(one, prove(one.program, rows=rows, seed=seed)) for one in read]
    record = {"portraits": [_proof_record(one, proof) for one, proof in proven]}
    section = Section(
        title="画像核对 portraits checked",
        columns=(
            "画像 portrait",
            "维度 dimensions",
            "分项 parts",
            "特征 features",
            "输入 inputs",
            "差异 differences",
        ),
        rows=[
            (
                one.title.both(),
                len(one.dimensions),
                sum(len(each.parts) for each in one.dimensions),
                len(one.draft.features),
                len(one.draft.window_features),
                proof.differences,
            )
            for one, proof in proven
        ],
    )
    show(record, sections=[section], as_json=as_json)
    if not all(proof.holds for _, proof in proven):
        raise typer.Exit(DIFFERS)


def _proof_record(one: PortraitDefinition, proof: Proof) -> dict[str, object]:
    return {
        "portrait": one.name,
        "hash": one.hash,
        "dimensions": {each.name: len(each.parts) for each in one.dimensions},
        "features": len(one.draft.features),
        "inputs": len(one.draft.window_features),
        "sources": list(one.draft.sources),
        "proof": proof.as_record(),
    }


# as JSON


def _record(one: PartyPortrait) -> dict[str, object]:
    portrait = one.portrait
    return {
        "portrait": portrait.name,
        "hash": portrait.definition_hash,
        "dimensions": [_dimension_record(each) for each in portrait.dimensions],
        "classes": {each.classification.name: _class_record(each) for each in portrait.classes},
        "checks": [_check_record(each) for each in portrait.checks],
        "features": {each.feature.name: each.value for each in portrait.values},
        "sources": {each.contract: each.state.value for each in one.sources},
        "windows": [_windows_record(each) for each in one.windows],
    }


def _windows_record(one: ReadWindows) -> dict[str, object]:
    return {
        "window_features": one.features.name,
        "hash": one.features.hash,
        "contract": one.features.contract,
        "version": None if one.version is None else str(one.version.batch_id),
        "version_no": None if one.version is None else one.version.version_no,
    }


def _dimension_record(score: PortraitScore) -> dict[str, object]:
    return {
        "name": score.dimension.name,
        "zh": score.dimension.title.zh,
        "en": score.dimension.title.en,
        "score": score.score,
        "coverage_nano": score.coverage_nano,
        "parts": [_part_record(part) for part in score.parts],
    }


def _part_record(one: PartScore) -> dict[str, object]:
    return {
        "feature": one.part.feature,
        "zh": one.part.meaning.zh,
        "en": one.part.meaning.en,
        "kind": one.part.kind.value,
        "value": one.value,
        "missing": one.missing,
        "band": None if one.band is None else {"zh": one.band.meaning.zh, "en": one.band.meaning.en},
        "points": one.points,
        "points_most": one.part.most,
        "source": one.part.source.title,
        "inputs": {
            number.feature: {"source": number.source, "known": number.known, "value": number.value}
            for number in one.numbers
        },
    }


def _class_record(one: ClassResult) -> dict[str, object]:
    return {
        "class": one.gives,
        "zh": one.called.zh,
        "en": one.called.en,
        "row": None if one.row is None else one.row.id,
        "because": None if one.row is None else {"zh": one.row.because.zh, "en": one.row.because.en},
    }


def _check_record(one: CheckResult) -> dict[str, object]:
    return {
        "code": one.check.code,
        "agreement": one.agreement.value,
        "refers": one.refers,
        "zh": one.told.zh,
        "en": one.told.en,
        "value": one.value,
        "least": one.check.least,
        "most": one.check.most,
        "numbers": {
            number.name: {"source": number.source, "feature": number.feature, "value": number.value}
            for number in one.numbers
        },
        "missing": list(one.missing),
    }


# for people


def _sections(one: PartyPortrait) -> list[Section]:
    portrait = one.portrait
    overview = Section(
        title=f"{portrait.title.both()}: {one.party_id}, {one.as_of}",
        columns=("维度 dimension", "得分 score", "已知份额 known"),
        rows=[
            (each.dimension.title.both(), _points(each.score), percent(each.coverage_nano))
            for each in portrait.dimensions
        ],
    )
    told = [overview, *(_parts_section(each) for each in portrait.dimensions)]
    told += [_class_section(each) for each in portrait.classes]
    if portrait.findings:
        told.append(_findings_section(portrait.findings))
    if unknown := [each for each in one.sources if each.contract in portrait.unknown_sources]:
        told.append(_unknown_section(unknown))
    return [*told, _windows_section(one.windows)]


def _windows_section(windows: Sequence[ReadWindows]) -> Section:
    return Section(
        title="特征文档 features it is made of",
        columns=("文档 document", "版本 version"),
        rows=[
            (
                each.features.name,
                "草稿 draft" if each.version is None else f"{each.version.version_no}: 已上线 in production",
            )
            for each in windows
        ],
    )


def _parts_section(score: PortraitScore) -> Section:
    return Section(
        title=f"{score.dimension.title.both()}: {_points(score.score)}",
        columns=("分项 part", "值 value", "区间 band", "得分 points", "最多 most"),
        rows=[
            (
                part.part.meaning.both(),
                _value(part.value, part.part.kind),
                "缺失 missing" if part.band is None else part.band.meaning.both(),
                _points(part.points),
                part.part.most,
            )
            for part in score.parts
        ],
    )


def _class_section(one: ClassResult) -> Section:
    because = "–" if one.row is None else one.row.because.both()
    return Section(
        title=one.classification.title.both(),
        columns=("分类 class", "原因 because"),
        rows=[(one.called.both(), because)],
    )


def _findings_section(findings: tuple[CheckResult, ...]) -> Section:
    return Section(
        title="来源矛盾 sources that contradict each other",
        columns=("核对 check", "比值 ratio", "各方数值 numbers", "含义 meaning", "转人工 refers"),
        rows=[
            (
                one.check.meaning.both(),
                _value(one.value, one.kind),
                "; ".join(f"{each.source} {_value(each.value, each.kind)}" for each in one.numbers),
                one.told.both(),
                "是 yes" if one.refers else "否 no",
            )
            for one in findings
        ],
    )


def _unknown_section(states: list[SourceFreshness]) -> Section:
    return Section(
        title="未知来源 sources not known",
        columns=("来源 source", "状态 state", "获知 known", "查询 asked"),
        rows=[(one.contract, one.state.value, one.known_on or "–", one.asked_on or "–") for one in states],
    )


def _points(points: int | None) -> str:
    return "–" if points is None else str(points)


def _value(value: Value, kind: Kind) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    if isinstance(value, int) and kind is Kind.MONEY:
        return money(value)
    if isinstance(value, int) and kind is Kind.NANO:
        scaled = divide_half_away(value, NANO // 10**_DECIMALS)
        whole, rest = divmod(abs(scaled), 10**_DECIMALS)
        return f"{'-' if scaled < 0 else ''}{whole}.{rest:0{_DECIMALS}d}"
    return str(value)
