"""`creditloop features of`, `trace`: what is known of one party, and the lines of files it was made of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from creditloop.data import source_table_name, source_tables
from creditloop.data.catalogue import CatalogueEntry
from creditloop.data.events import FeatureTrace, PartyReading, TracedQuantity, party_features, trace_feature
from creditloop.data.windows import WindowFeature
from creditloop.formula import Kind
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import LOOK_UP, AsJson, Database, Reason, day, reader
from creditloop.service.cli.output import Section, money, show
from creditloop.service.features import ChosenFeatures, chosen_features, for_the_door
from creditloop.service.opening import DATABASE
from creditloop.service.work import Work

NOT_THE_SAME = 1
"""Exit status of a trace whose events do not give the value: the feature must not be used."""
_NANO = 10**9
_AsOf = Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The day it is asked about (观察日).")]
_Documents = Annotated[
    list[Path] | None,
    typer.Option("--document", help="A document of window features; else all below the folder features."),
]
_Purpose = Annotated[str, typer.Option(help="What it is read for; a contract says who may read what.")]
_Most = Annotated[int, typer.Option(min=0, help="Print at most so many; the JSON has all of them.")]


def add_features_commands(group: typer.Typer) -> None:
    """Add the commands of this file to `creditloop features`."""
    group.command("of")(features_of)
    group.command("trace")(trace)


def features_of(
    party: Annotated[str, typer.Argument(help="The party's id, e.g. customer/123.")],
    as_of: _AsOf,
    document: _Documents = None,
    search: Annotated[
        str, typer.Option(help="Words, any of which name or meaning (中文 or English) must all hold.")
    ] = "",
    purpose: _Purpose = "audit",
    reason: Reason = LOOK_UP,
    most: _Most = 100,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Show the window features of a party as of a day, from the events known by then; the read is logged.

    A document in production is computed as it was published, any other from its file, and it is told which.
    What was never imported, and what the purpose may not read, is named.

    Example: creditloop features of taiwan_cards/7 --as-of 2005-09-30 --search 还款
    """
    words = search.lower().split()
    with bank_of(database).work() as work:
        asked = _Asked(work, party, day(as_of), purpose, reason)
        told = [
            asked.values(one, words, named=bool(document))
            for one in chosen_features(work, paths=document or ())
        ]
    found = [row for one in told for row in one.rows]
    record = {
        "party": party,
        "as_of": as_of,
        "purpose": purpose,
        "documents": [one.as_record() for one in told if one.refused is None],
        "refused": {one.chosen.features.name: one.refused for one in told if one.refused is not None},
        "values": [one.as_record() for one in found],
    }
    sections = _of_sections(told, f"{party}, {as_of}: {len(found)}", most)
    show(record, sections=sections, as_json=as_json)


def trace(
    feature: Annotated[str, typer.Argument(help="Name of a feature, as `creditloop features list` has it.")],
    party: Annotated[str, typer.Option(help="The party's id, e.g. customer/123.")],
    as_of: _AsOf,
    document: _Documents = None,
    purpose: _Purpose = "audit",
    reason: Reason = LOOK_UP,
    most: _Most = 30,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Show the events a feature of a party was made of, each with its file and row; the read is logged.

    A ratio shows both its sides. The value is computed again from the events shown, and must be the same.

    Example: creditloop features trace card_sum_bill_92d --party taiwan_cards/7 --as-of 2005-09-30
    """
    with bank_of(database).work() as work:
        chosen = _having(chosen_features(work, paths=document or ()), feature)
        asked = _Asked(work, party, day(as_of), purpose, reason)
        found = trace_feature(
            work.connection, features=chosen.features, name=feature, reading=asked.reading(chosen)
        )
    show(_trace_record(found, chosen), sections=_trace_sections(found, chosen, most), as_json=as_json)
    if not found.holds:
        raise typer.Exit(NOT_THE_SAME)


# what is asked


def _having(documents: Iterator[ChosenFeatures], name: str) -> ChosenFeatures:
    read = 0
    for chosen in documents:
        if any(one.name == name for one in chosen.features.features):
            return chosen
        read += 1
    raise UnknownId(
        f"no such window feature in {read} documents",
        got=name,
        hint="creditloop features list DOCUMENT --search WORDS",
    )


def _version_id(chosen: ChosenFeatures) -> str | None:
    return None if chosen.version is None else str(chosen.version.batch_id)


def _version_text(chosen: ChosenFeatures) -> str:
    if chosen.version is None:
        return f"草稿 draft: {chosen.features.document.path}"
    return f"{chosen.features.name} {chosen.version.version_no}: 已上线 in production"


@dataclass(frozen=True, slots=True)
class _Value:
    """A feature's value."""

    feature: WindowFeature
    value: int | None

    @property
    def text(self) -> str:
        """The value for a person."""
        return _text(self.feature.kind, self.value)

    def as_record(self) -> dict[str, object]:
        """Return it as plain data."""
        meaning = self.feature.meaning
        return {
            "name": self.feature.name,
            "value": self.value,
            "kind": self.feature.kind.value,
            "unit": self.feature.unit,
            "zh": meaning.zh,
            "en": meaning.en,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a document's features are of the party, or why that cannot be said."""

    chosen: ChosenFeatures
    rows: Sequence[_Value] = ()
    refused: str | None = None

    def as_record(self) -> dict[str, object]:
        """Return which document it was, as plain data."""
        features, version = self.chosen.features, self.chosen.version
        return {
            "window_features": features.name,
            "hash": features.hash,
            "contract": features.contract,
            "contract_hash": features.contract_hash,
            "version": _version_id(self.chosen),
            "version_no": None if version is None else version.version_no,
            "features": len(self.rows),
        }


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who is asked about, as of which day, for what and why."""

    work: Work
    party: str
    as_of: date
    purpose: str
    reason: str

    def reading(self, chosen: ChosenFeatures) -> PartyReading:
        """Return the reading of the party's events: who consents, and what is masked, is as of today."""
        in_force = self.work.contract(chosen.features.contract)
        return PartyReading(
            contract=for_the_door(chosen.contract, in_force=in_force),
            party_id=self.party,
            as_of=self.as_of,
            purpose=self.purpose,
            reader=reader(),
            reason=self.reason,
            now=self.work.now,
            record_denial=self.work.record_denial,
        )

    def values(self, chosen: ChosenFeatures, words: Sequence[str], *, named: bool) -> _Told:
        """Compute what is searched for; a refusal is raised only of a document that was named."""
        features = chosen.features
        every = (CatalogueEntry(one, features) for one in features.features)
        wanted = {entry.feature.name: entry.feature for entry in every if entry.holds(words)}
        if not wanted:
            return _Told(chosen=chosen)
        table = chosen.contract.table(features.table.name)
        assert table is not None, "the features were checked against this contract"
        name = source_table_name(chosen.contract, table)
        if not named and name not in {one.name for one in source_tables(self.work.connection)}:
            return _Told(chosen=chosen, refused=f"{name}: 没有导入过 nothing was imported")
        try:
            found = party_features(
                self.work.connection, features=features, names=wanted, reading=self.reading(chosen)
            )
        except InputError as refused:
            if named:
                raise
            return _Told(chosen=chosen, refused=refused.message)
        return _Told(chosen=chosen, rows=[_Value(wanted[key], value) for key, value in found.items()])


# what is shown


def _text(kind: Kind, value: int | None) -> str:
    if value is None:
        return "–"
    if kind is Kind.MONEY:
        return money(value)
    if kind is not Kind.NANO:
        return f"{value:,}"
    units, rest = divmod(abs(value), _NANO)
    decimals = f"{rest:09d}".rstrip("0") or "0"
    return f"{'-' if value < 0 else ''}{units:,}.{decimals}"


def _of_sections(told: Sequence[_Told], title: str, most: int) -> list[Section]:
    found = [row for one in told for row in one.rows]
    sections = [
        Section(
            title=title + (f", {most} shown" if len(found) > most else ""),
            columns=("特征 feature", "值 value", "含义 meaning"),
            rows=[(one.feature.name, one.text, one.feature.meaning.both()) for one in found[:most]],
        )
    ]
    if computed := [one for one in told if one.rows]:
        sections.append(
            Section(
                title="特征文档 documents",
                columns=("文档 document", "版本 version", "特征 features"),
                rows=[
                    (one.chosen.features.title.both(), _version_text(one.chosen), len(one.rows))
                    for one in computed
                ],
            )
        )
    if refused := [(one.chosen.features.title.both(), one.refused) for one in told if one.refused]:
        sections.append(
            Section(title="没有读取 not read", columns=("文档 document", "原因 why"), rows=refused)
        )
    return sections


def _trace_record(found: FeatureTrace, chosen: ChosenFeatures) -> dict[str, object]:
    return {
        **_Value(found.feature, found.value).as_record(),
        "party": found.party_id,
        "as_of": found.as_of.isoformat(),
        "document": chosen.features.hash,
        "version": _version_id(chosen),
        "source": found.source,
        "events_read": found.events_read,
        "recomputed": found.recomputed,
        "holds": found.holds,
        "parts": [_part_record(part) for part in found.parts],
    }


def _part_record(part: TracedQuantity) -> dict[str, object]:
    return {
        "zh": part.meaning.zh,
        "en": part.meaning.en,
        "kind": part.kind.value,
        "value": part.value,
        "events": [
            {
                "values": dict(one.values),
                "contributed": one.contributed,
                "file": one.origin.file_name,
                "file_sha256": one.origin.file_sha256,
                "source_row": one.origin.source_row,
                "batch": str(one.origin.batch_id),
                "row_no": one.row_no,
            }
            for one in part.events
        ],
    }


def _trace_sections(found: FeatureTrace, chosen: ChosenFeatures, most: int) -> list[Section]:
    facts = [
        ("含义 meaning", found.feature.meaning.both()),
        ("值 value", _text(found.feature.kind, found.value)),
        ("客户 party", found.party_id),
        ("观察日 as of", found.as_of),
        ("来源表 source", found.source),
        ("版本 version", _version_text(chosen)),
        ("当日已知事件 events known by then", found.events_read),
        ("仅由下列事件重算 computed again from these", _text(found.feature.kind, found.recomputed)),
        ("一致 the same", found.holds),
    ]
    sections = [Section(title=found.feature.name, columns=("", ""), rows=facts)]
    return [*sections, *(_part_section(part, most) for part in found.parts)]


def _part_section(part: TracedQuantity, most: int) -> Section:
    shown = part.events[:most]
    title = f"{part.meaning.both()}: {_text(part.kind, part.value)}; {len(part.events)} 条 events"
    return Section(
        title=title + (f", {most} shown" if len(part.events) > most else ""),
        columns=("贡献 contributed", "事件 event", "文件 file", "行 row"),
        rows=[
            (
                _contributed(part, one.contributed),
                _event(one.values),
                one.origin.file_name,
                one.origin.source_row,
            )
            for one in shown
        ],
    )


def _contributed(part: TracedQuantity, value: int | str | None) -> str:
    if isinstance(value, int) and part.kind is Kind.MONEY:
        return money(value)
    return "–" if value is None else str(value)


def _event(values: Mapping[str, object]) -> str:
    return ", ".join(
        f"{name} {money(value) if name.endswith('_fen') and isinstance(value, int) else value}"
        for name, value in values.items()
        if value is not None
    )
