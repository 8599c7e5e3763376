"""`creditloop texts …`: judgments and field notes read as events, and how right the reading is."""

import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from creditloop.data import read_contract
from creditloop.data.texts import (
    Measured,
    PatternSet,
    TextReadings,
    measure,
    read_tagged,
    read_text_file,
)
from creditloop.kernel.documents import read_document
from creditloop.kernel.errors import InputError
from creditloop.service.cli.options import AsJson
from creditloop.service.cli.output import Section, percent, show
from creditloop.service.places import Places, find_places
from creditloop.service.text_patterns import all_patterns, patterns_for

_SHOWN = 20


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="Judgments and field notes as events (文本事件).")
    group.command("read")(read)
    group.command("measure")(measure_tagged)
    app.add_typer(group, name="texts")


def read(
    file: Annotated[Path, typer.Argument(help="Texts of a source: CSV, Parquet or Excel.")],
    source: Annotated[
        str | None, typer.Option(help="Which source's texts (court_texts, …); else the file's name says it.")
    ] = None,
    names: Annotated[
        Path | None, typer.Option(help="CSV or Parquet of party_no, name: how texts name a party.")
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option(help="Write the events here (Parquet), for `creditloop import text_events`."),
    ] = None,
    working: Annotated[
        Path | None,
        typer.Option(help="Write here (Parquet) which pattern on which characters gave each value."),
    ] = None,
    earlier: Annotated[
        list[Path] | None,
        typer.Option(
            help="Events written before (Parquet), of earlier files of the source: what a later version of a"
            " text no longer tells is taken back."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read texts as events: who in which role, over what, how far, how much, against whom.

    Rows that cannot be read are findings; a text that does not name its party is one too. Where a text came
    again with other words, events it no longer tells are taken back.

    Example: creditloop texts read court_texts.parquet --names names.csv --events text_events.parquet
    """
    places = find_places()
    patterns = patterns_for(places, source or file.stem)
    contract = read_contract(places.contract_file(patterns.contract), root=places.documents)
    known = _names(names) if names else {}
    began = time.perf_counter()
    readings = read_text_file(
        file, contract=contract, patterns=patterns, names=known, earlier=_earlier(earlier or [])
    )
    seconds = time.perf_counter() - began
    _write(readings.events, events)
    _write(readings.working, working)
    show(_record(readings, patterns), sections=_sections(readings, patterns, seconds), as_json=as_json)


def measure_tagged(
    folder: Annotated[Path, typer.Argument(help="A tagged document, or a folder of them.")],
    misses: Annotated[int, typer.Option(min=0, help="List so many values that are not as tagged.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Measure the reading on tagged texts: precision and recall of each field, texts a second.

    Example: creditloop texts measure tests/data/texts/tagged
    """
    places = find_places()
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else [folder]
    if not files:
        raise InputError("no tagged document in the folder", got=str(folder), expected="*.yaml")
    records, sections = [], []
    for file in files:
        tagged = read_tagged(read_document(file, root=places.documents))
        patterns = _patterns_of(places, tagged.origin)
        began = time.perf_counter()
        measured = measure(tagged, patterns=patterns)
        speed = round(measured.texts / (time.perf_counter() - began))
        records.append(_measured_record(measured, patterns, speed))
        sections.extend(_measured_sections(measured, speed, misses))
    show({"measured": records}, sections=sections, as_json=as_json)


def _patterns_of(places: Places, origin: str) -> PatternSet:
    found = [each for each in all_patterns(places) if each.origin == origin]
    if not found:
        raise InputError("the bank has no patterns for this kind of text", got=origin)
    return found[0]


def _names(file: Path) -> Mapping[str, tuple[str, ...]]:
    """Read how texts name each party; a party may have several names, one a row."""
    if not file.is_file():
        raise InputError("no such file", got=str(file))
    try:
        frame = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError("the file of names cannot be read", got=str(error).splitlines()[0]) from error
    if not {"party_no", "name"} <= set(frame.columns):
        raise InputError("the file of names lacks a column", got=frame.columns, expected=["party_no", "name"])
    pairs = frame.select(pl.col("party_no", "name").cast(pl.String)).drop_nulls()
    grouped = pairs.filter(pl.col("name") != "").group_by("party_no", maintain_order=True).agg("name")
    return {party: tuple(found) for party, found in grouped.iter_rows()}


def _earlier(files: list[Path]) -> pl.DataFrame | None:
    """Read the events that were written before, of all files together."""
    try:
        frames = [pl.read_parquet(file) for file in files]
        return pl.concat(frames) if frames else None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(
            "the earlier events cannot be read", got=str(error).splitlines()[0], expected="Parquet files"
        ) from error


def _write(frame: pl.DataFrame, file: Path | None) -> None:
    if file is None:
        return
    try:
        frame.write_parquet(file)
    except OSError as error:
        raise InputError("the file cannot be written", got=str(error), where={"file": file.name}) from error


def _record(readings: TextReadings, patterns: PatternSet) -> dict[str, object]:
    return {
        "source": patterns.contract,
        "patterns": patterns.name,
        "patterns_version": patterns.version,
        "patterns_hash": readings.patterns_hash,
        "source_sha256": readings.source_sha256,
        "texts": readings.texts,
        "characters": readings.characters,
        "without_event": readings.without_event,
        "events": _standing(readings).height,
        "withdrawn": readings.withdrawn,
        "adverse": _standing(readings).filter(pl.col("adverse") == "yes").height,
        "counts": [
            {"cause": cause, "role": role, "adverse": adverse, "count": count}
            for cause, role, adverse, count in _counts(readings)
        ],
        "findings": dict(sorted(Counter(finding.code for finding in readings.findings).items())),
    }


def _counts(readings: TextReadings) -> list[tuple[str, str, str, int]]:
    grouped = _standing(readings).group_by("cause", "role", "adverse").len().sort("cause", "role", "adverse")
    return list(grouped.iter_rows())


def _standing(readings: TextReadings) -> pl.DataFrame:
    """Return the events that were read, without the rows that take others back."""
    return readings.events.filter(pl.col("happened_on").is_not_null())


def _sections(readings: TextReadings, patterns: PatternSet, seconds: float) -> list[Section]:
    facts: list[tuple[str, object]] = [
        ("文本 texts", readings.texts),
        ("无事件 without an event", readings.without_event),
        ("事件 events", _standing(readings).height),
        ("撤回 taken back", readings.withdrawn),
        ("每秒 texts a second", round(readings.texts / seconds) if seconds else 0),
        *(
            (f"问题 finding {code}", count)
            for code, count in Counter(f.code for f in readings.findings).items()
        ),
    ]
    return [
        Section(title=f"{patterns.title.both()} v{patterns.version}", columns=("", ""), rows=facts),
        Section(
            title="事件 events",
            columns=("事由 cause", "角色 role", "不利 adverse", "数量 count"),
            rows=_counts(readings),
        ),
        Section(
            title=f"依据示例 working, first {_SHOWN}",
            columns=("文书 text", "字段 field", "模式 pattern", "起止 characters", "原文 quote"),
            rows=[
                (
                    row["document_no"],
                    row["field"],
                    row["pattern_id"],
                    f"{row['start']}-{row['end']}",
                    row["quote"],
                )
                for row in readings.working.head(_SHOWN).iter_rows(named=True)
            ],
        ),
    ]


def _measured_record(measured: Measured, patterns: PatternSet, speed: int) -> dict[str, object]:
    return {
        "tagged": measured.name,
        "part": measured.part,
        "simulated": measured.simulated,
        "patterns_version": patterns.version,
        "patterns_hash": patterns.hash,
        "texts": measured.texts,
        "whole": measured.whole,
        "texts_a_second": speed,
        "fields": [
            {
                "field": score.field,
                "read": score.read,
                "tagged": score.tagged,
                "right": score.right,
                "precision_nano": score.precision_nano,
                "recall_nano": score.recall_nano,
            }
            for score in measured.scores
        ],
        "misses": [
            {"text": miss.text_id, "field": miss.field, "tagged": miss.tagged, "read": miss.read}
            for miss in measured.misses
        ],
    }


def _measured_sections(measured: Measured, speed: int, misses: int) -> list[Section]:
    kind = f"{measured.part}, 模拟 simulated" if measured.simulated else measured.part
    title = f"{measured.name} ({kind}): {measured.whole} / {measured.texts} 全对 whole, {speed:,} /s"
    found = [
        Section(
            title=title,
            columns=(
                "字段 field",
                "读出 read",
                "标注 tagged",
                "正确 right",
                "准确率 precision",
                "召回率 recall",
            ),
            rows=[
                (
                    one.field,
                    one.read,
                    one.tagged,
                    one.right,
                    percent(one.precision_nano),
                    percent(one.recall_nano),
                )
                for one in measured.scores
            ],
        )
    ]
    if misses:
        rows = [(one.text_id, one.field, one.tagged, one.read) for one in measured.misses[:misses]]
        found.append(
            Section(title="不符 misses", columns=("文本 text", "字段 field", "标注", "读出"), rows=rows)
        )
    return found
