"""`creditloop features …`: what window features a document stands for, and that both executions agree."""

from pathlib import Path
from typing import Annotated

import typer

from creditloop.data import read_contract
from creditloop.data.windows import (
    WindowFeature,
    WindowFeatureSet,
    contract_named,
    prove_windows,
    read_window_features,
)
from creditloop.service.cli.options import AsJson
from creditloop.service.cli.output import Section, show
from creditloop.service.places import find_places

DIFFERS = 1
"""Exit status of a proof that found a difference: the features must not be used."""
_Document = Annotated[Path, typer.Argument(help="The document of window features.")]
_Contract = Annotated[
    str | None, typer.Option(help="The contract, by name or path; else the one the document names.")
]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="Features of a party's events over time (时间窗特征).")
    group.command("list")(list_features)
    group.command("prove")(prove)
    app.add_typer(group, name="features")


def list_features(
    document: _Document,
    contract: _Contract = None,
    search: Annotated[
        str, typer.Option(help="Words, any of which name or meaning (中文 or English) must all hold.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List the features a document stands for, with meaning, kind and unit.

    Example: creditloop features list features/card_statement_windows.yaml --search 还款
    """
    read = _read(document, contract)
    found = [feature for feature in read.features if _holds(feature, search.lower().split())]
    record = {
        "window_features": read.name,
        "contract": read.contract,
        "hash": read.hash,
        "features": len(read.features),
        "found": [
            {
                "name": feature.name,
                "kind": feature.kind.value,
                "unit": feature.unit,
                "zh": feature.meaning.zh,
                "en": feature.meaning.en,
            }
            for feature in found
        ],
    }
    section = Section(
        title=f"{read.title.both()}: {len(found)} / {len(read.features)}",
        columns=("特征 feature", "类型 kind", "含义 meaning"),
        rows=[(one.name, _kind(one), one.meaning.both()) for one in found],
    )
    show(record, sections=[section], as_json=as_json)


def prove(
    document: _Document,
    contract: _Contract = None,
    parties: Annotated[int, typer.Option(min=1, max=100_000, help="Parties drawn.")] = 500,
    seed: Annotated[int, typer.Option(help="The same seed draws the same events.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Prove that every feature is the same for one party online and for all in bulk, on simulated events.

    The events are drawn to be awkward: on both sides of every window's end, known late, of values that are
    not listed or missing. Exit status 0: no difference; 1: there are some.

    Example: creditloop features prove features/card_statement_windows.yaml --parties 200
    """
    proof = prove_windows(_read(document, contract), parties=parties, seed=seed)
    facts = [
        ("特征 features", f"{proof.features:,}"),
        ("客户（模拟） parties, simulated", f"{proof.parties:,}"),
        ("事件（模拟） events, simulated", f"{proof.events:,}"),
        ("差异 differences", f"{proof.differences:,}"),
        ("始终同值的特征 features of one value only", f"{len(proof.constant):,}"),
    ]
    differing = Section(
        title="差异示例 differences",
        columns=("客户 party", "观察日 as of", "特征 feature", "在线 online", "批量 in bulk"),
        rows=[(one.party, one.as_of, one.feature, one.online, one.bulk) for one in proof.first],
    )
    sections = [Section(title="一致性证明 proof", columns=("", ""), rows=facts)]
    show(proof.as_record(), sections=[*sections, *([differing] if proof.first else [])], as_json=as_json)
    if not proof.holds:
        raise typer.Exit(DIFFERS)


def _read(document: Path, contract: str | None) -> WindowFeatureSet:
    places = find_places()
    text = places.document(document)
    named = contract or contract_named(text)
    return read_window_features(
        text, contract=read_contract(places.contract_file(named), root=places.documents)
    )


def _holds(feature: WindowFeature, words: list[str]) -> bool:
    told = f"{feature.name} {feature.meaning.zh} {feature.meaning.en}".lower()
    return all(word in told for word in words)


def _kind(feature: WindowFeature) -> str:
    return f"{feature.kind.value} ({feature.unit})" if feature.unit else feature.kind.value
