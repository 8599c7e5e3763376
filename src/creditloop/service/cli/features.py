"""`creditloop features …`: the catalogue of window features, proofs of it, and the way to production."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from creditloop.data import read_contract
from creditloop.data.catalogue import (
    Catalogue,
    CatalogueEntry,
    FeatureVersion,
    feature_versions,
    live_feature_versions,
    read_catalogue,
)
from creditloop.data.windows import (
    LeakProbe,
    WindowFeature,
    WindowFeatureSet,
    WindowProof,
    contract_named,
    null_rule,
    probe_leaks,
    prove_windows,
    read_window_features,
)
from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import connect
from creditloop.service.cli.features_of import add_features_commands
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, Database, Simulated
from creditloop.service.cli.output import Section, show
from creditloop.service.features import publish_features
from creditloop.service.features.publishing import PROBE_PARTIES, PROOF_PARTIES, PROOF_SEED
from creditloop.service.opening import DATABASE
from creditloop.service.places import find_places

DIFFERS = 1
"""Exit status of a proof that found a difference or a leak: the features must not be used."""
_Document = Annotated[
    Path | None, typer.Argument(help="A document of window features; else all below the folder features.")
]
_Contract = Annotated[
    str | None, typer.Option(help="The contract, by name or path; else the one the document names.")
]
_Parties = Annotated[int, typer.Option(min=1, max=100_000, help="Parties drawn (simulated).")]
_Seed = Annotated[int, typer.Option(help="The same seed draws the same events.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="Features of a party's events over time (时间窗特征).")
    group.command("list")(list_features)
    group.command("prove")(prove)
    group.command("publish")(publish)
    group.command("versions")(versions)
    add_features_commands(group)
    app.add_typer(group, name="features")


def list_features(
    document: _Document = None,
    contract: _Contract = None,
    search: Annotated[
        str, typer.Option(help="Words, any of which name or meaning (中文 or English) must all hold.")
    ] = "",
    source: Annotated[str | None, typer.Option(help="Only of this source (a contract's name).")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Only of this kind.")] = None,
    unit: Annotated[str | None, typer.Option(help='Only of this unit: "fen", "day", "event", …')] = None,
    most: Annotated[int, typer.Option(min=0, help="Show at most so many; the JSON has all of them.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List features, of a document or of the whole catalogue, with meaning, kind, unit and null rule.

    Example: creditloop features list --search "逾期 最长" --source bureau_months
    """
    catalogue = _catalogue(document, contract)
    _check_source(source, catalogue)
    found = catalogue.search(search, source=source, kind=kind, unit=unit)
    record: dict[str, object] = {
        "documents": len(catalogue.sets),
        "features": len(catalogue.entries),
        "sources": catalogue.counts,
        "found": [_entry_record(entry) for entry in found],
    }
    show(
        record | _of_one(catalogue, document),
        sections=_list_sections(catalogue, found, most),
        as_json=as_json,
    )


def prove(
    document: _Document = None,
    contract: _Contract = None,
    parties: _Parties = PROOF_PARTIES,
    seed: _Seed = PROOF_SEED,
    as_json: AsJson = False,
) -> None:
    """Prove that features are the same online and in bulk and that the future changes none of them.

    The events are simulated and drawn to be awkward: on both sides of every window's end, known late,
    corrected later, of values that are not listed or missing. Of a document, or of the whole catalogue. Exit
    status 0: no difference and no leak; 1: there are some.

    Example: creditloop features prove features/card_statement_windows.yaml --parties 200
    """
    proven = [
        (
            features,
            prove_windows(features, parties=parties, seed=seed),
            probe_leaks(features, parties=min(parties, PROBE_PARTIES), seed=seed),
        )
        for features in _catalogue(document, contract).sets
    ]
    records = [proof.as_record() | {"probe": probe.as_record()} for _, proof, probe in proven]
    whole: Mapping[str, object] = {
        "features": sum(proof.features for _, proof, _ in proven),
        "differences": sum(proof.differences for _, proof, _ in proven),
        "leaks": sum(probe.leaks for _, _, probe in proven),
        "simulated": True,
        "documents": records,
    }
    show(whole if document is None else records[0], sections=_proof_sections(proven), as_json=as_json)
    if not all(proof.holds and probe.holds for _, proof, probe in proven):
        raise typer.Exit(DIFFERS)


def publish(
    document: Annotated[Path, typer.Argument(help="The document of window features.")],
    by: Annotated[str, typer.Option("--by", help="The login of who publishes.")],
    parties: Annotated[
        int, typer.Option(min=50, max=100_000, help="Parties drawn for the proof (simulated).")
    ] = PROOF_PARTIES,
    seed: _Seed = PROOF_SEED,
    simulated: Simulated = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Take a document of window features to production: proven, shown not to leak, kept and sealed.

    What differs or leaks is refused. The same text published again gives the first result.

    Example: creditloop features publish features/card_statement_windows.yaml --by modeller
    """
    with bank_of(database).work() as work:
        version = publish_features(
            work, file=document, by=by, parties=parties, seed=seed, simulated=simulated
        )
    show(version.as_record(), sections=[_versions_section([version], frozenset())], as_json=as_json)


def versions(
    document: Annotated[
        str | None, typer.Argument(help="Only of this document, by what it calls itself.")
    ] = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """List documents of window features as published; of each the last one is live.

    Example: creditloop features versions card
    """
    with connect(bank_of(database).url) as connection:
        found = feature_versions(connection, document=document)
        live = frozenset(version.batch_id for version in live_feature_versions(connection))
    records = [version.as_record() | {"live": version.batch_id in live} for version in found]
    show({"versions": records}, sections=[_versions_section(found, live)], as_json=as_json)


def _catalogue(document: Path | None, contract: str | None) -> Catalogue:
    places = find_places()
    if document is None:
        if contract is not None:
            raise InputError(
                "a contract is named for a document", got=contract, expected="a document as well"
            )
        return read_catalogue(places.documents)
    text = places.document(document)
    named = places.contract_file(contract or contract_named(text))
    return Catalogue((read_window_features(text, contract=read_contract(named, root=places.documents)),))


def _check_source(source: str | None, catalogue: Catalogue) -> None:
    if source is not None and source not in catalogue.counts:
        raise InputError("no features of this source", got=source, expected=sorted(catalogue.counts))


def _of_one(catalogue: Catalogue, document: Path | None) -> dict[str, object]:
    """Return what is told of a document where one was named."""
    if document is None:
        return {}
    (features,) = catalogue.sets
    return {"window_features": features.name, "contract": features.contract, "hash": features.hash}


def _entry_record(entry: CatalogueEntry) -> dict[str, object]:
    feature, null = entry.feature, null_rule(entry.feature)
    return {
        "name": feature.name,
        "kind": feature.kind.value,
        "unit": feature.unit,
        "zh": feature.meaning.zh,
        "en": feature.meaning.en,
        "null": {"zh": null.zh, "en": null.en},
        "source": entry.source,
        "document": entry.features.document.path,
    }


def _list_sections(catalogue: Catalogue, found: Sequence[CatalogueEntry], most: int) -> list[Section]:
    total = f"{len(found):,} / {len(catalogue.entries):,}"
    shown = found[:most]
    counts = [(name, f"{count:,}") for name, count in sorted(catalogue.counts.items())]
    sections = [
        Section(
            title=f"特征目录 features: {total}" + (f", 前 first {most}" if len(shown) < len(found) else ""),
            columns=("特征 feature", "类型 kind", "含义 meaning", "无事件时 without"),
            rows=[
                (
                    one.feature.name,
                    _kind(one.feature),
                    one.feature.meaning.both(),
                    _without_events(one.feature),
                )
                for one in shown
            ],
        )
    ]
    by_source = Section(title="按来源 by source", columns=("来源 source", "特征 features"), rows=counts)
    return [by_source, *sections] if len(catalogue.sets) > 1 else sections


def _without_events(feature: WindowFeature) -> str:
    return "空 null" if feature.without_events is None else str(feature.without_events)


def _kind(feature: WindowFeature) -> str:
    return f"{feature.kind.value} ({feature.unit})"


def _proof_sections(proven: Sequence[tuple[WindowFeatureSet, WindowProof, LeakProbe]]) -> list[Section]:
    facts = [
        (
            features.name,
            f"{proof.features:,}",
            f"{proof.parties:,}",
            f"{proof.events:,}",
            f"{proof.differences:,}",
            f"{probe.leaks:,}",
            f"{len(proof.constant):,}",
        )
        for features, proof, probe in proven
    ]
    differing = [
        (one.party, one.as_of, one.feature, one.online, one.bulk)
        for _, proof, _ in proven
        for one in proof.first
    ]
    leaking = [
        (one.party, one.as_of, one.feature, f"{one.execution}, {one.change}", one.before, one.after)
        for _, _, probe in proven
        for one in probe.first
    ]
    found = [
        Section(
            title="一致性与泄漏证明（模拟事件） proof, on simulated events",
            columns=(
                "文件 document",
                "特征 features",
                "客户 parties",
                "事件 events",
                "差异 differences",
                "泄漏 leaks",
                "仅一值 of one value only",
            ),
            rows=facts,
        ),
        Section(
            title="差异示例 differences",
            columns=("客户 party", "观察日 as of", "特征 feature", "在线 online", "批量 in bulk"),
            rows=differing,
        ),
        Section(
            title="泄漏示例 leaks",
            columns=("客户 party", "观察日 as of", "特征 feature", "", "之前 before", "之后 after"),
            rows=leaking,
        ),
    ]
    return [section for section in found if section.rows]


def _versions_section(found: Sequence[FeatureVersion], live: frozenset[object]) -> Section:
    return Section(
        title=f"已发布的特征文件 documents as published: {len(found)}",
        columns=("文件 document", "版本 version", "特征 features", "发布人 by", "状态 state", "文本 text"),
        rows=[
            (
                one.document,
                one.version_no,
                f"{one.features:,}",
                f"{one.published_by}{'（模拟 simulated）' if one.simulated else ''}",
                "在用 live" if one.batch_id in live else "",
                one.document_hash[:12],
            )
            for one in found
        ],
    )
