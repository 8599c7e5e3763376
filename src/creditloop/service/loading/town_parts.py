"""Load a town into the bank (导入小镇): each source under its contract, its texts as events, its consents.

1. The parties, then the other sources in the town's order, each in a piece of work of its own: a file whose
   bytes were imported before gives the first result, so that a load that was broken off goes on where it was.
2. Judgments and field notes are read as events; these are a file of the bank's own making, marked as what
   they were made of, and imported as `text_events`.
3. The records of consent, all at once.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from creditloop.data import ImportResult, read_contract
from creditloop.data.identifiers import has_identifiers
from creditloop.data.texts import TextReadings, read_text_file
from creditloop.service.bank import Bank
from creditloop.service.importing import import_source
from creditloop.service.loading.consent_files import take_consent_file
from creditloop.service.root_key import open_keys
from creditloop.service.text_patterns import patterns_for
from creditloop.world import CONSENTS, NAME_IN_TEXTS, SOURCE_CHECKS, SOURCES, Town

Progress = Callable[[int, int | None], None]
TEXT_EVENTS, CONSENT_RECORDS = "text_events", "consents"
TEXT_SOURCES = ("court_texts", "field_notes")
_SIMULATED = {"simulated": "true", "made_by": "creditloop world load"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of one part of a town.

    Attributes:
        rows: rows of the file; `rejected`: those of which something was not loaded.
        findings: how many of each code.
        repeated: whether it was loaded before; rows and findings are of then.
    """

    name: str
    rows: int
    rejected: int
    findings: Mapping[str, int]
    repeated: bool
    simulated: bool
    seconds: float


def town_parts(town: Town) -> tuple[str, ...]:
    """Return the parts of a town in the order in which they are loaded; a source without rows is none."""
    told = {each.file for each in town.files if each.rows}
    sources = [name for name in (*SOURCES, SOURCE_CHECKS) if f"{name}.parquet" in told]
    texts = [TEXT_EVENTS] if set(TEXT_SOURCES) & set(sources) else []
    return (*sources, *texts, *([CONSENT_RECORDS] if CONSENTS in told else []))


def load_part(bank: Bank, town: Town, name: str, *, by: str, progress: Progress) -> Loaded:
    """Load one of the parts of a town.

    Args:
        by: who does it.
    Raises: what importing and recording raise; nothing of the part is loaded then.
    """
    began = time.perf_counter()
    if name == CONSENT_RECORDS:
        return _load_consents(bank, town, began, progress)
    if name == TEXT_EVENTS:
        return _load_texts(bank, town, by, began, progress)
    result = _import(bank, town.folder / f"{name}.parquet", name, by, progress)
    return _loaded(result, result.findings_by_code, began)


def _import(bank: Bank, file: Path, contract: str, by: str, progress: Progress) -> ImportResult:
    with bank.work() as work:
        agreed = work.contract(contract)
        keys = open_keys(work, by=by) if has_identifiers(agreed) else None
        return import_source(work, contract=agreed, file=file, keys=keys, progress=progress)


def _load_texts(bank: Bank, town: Town, by: str, began: float, progress: Progress) -> Loaded:
    """Read the town's texts as events, and import these from a file of their own that is not kept."""
    there = [name for name in TEXT_SOURCES if name in town_parts(town)]
    readings = [_readings(bank, town, name) for name in there]
    events = pl.concat([each.events for each in readings])
    noticed = Counter(finding.code for each in readings for finding in each.findings)
    if events.is_empty():
        return _no_events(noticed, began)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / f"{TEXT_EVENTS}.parquet"
        events.write_parquet(file, metadata=_SIMULATED)
        result = _import(bank, file, TEXT_EVENTS, by, progress)
    return _loaded(result, Counter(result.findings_by_code) + noticed, began)


def _no_events(noticed: Mapping[str, int], began: float) -> Loaded:
    """Return what texts that told nothing came to: there is no file to import."""
    return Loaded(
        name=TEXT_EVENTS,
        rows=0,
        rejected=0,
        findings=dict(noticed),
        repeated=False,
        simulated=True,
        seconds=time.perf_counter() - began,
    )


def _readings(bank: Bank, town: Town, source: str) -> TextReadings:
    patterns = patterns_for(bank.places, source)
    contract = read_contract(bank.places.contract_file(source), root=bank.places.documents)
    file = town.folder / f"{source}.parquet"
    parties = pl.read_parquet(file, columns=["party_no"])["party_no"].unique()
    names = {party: (f"{NAME_IN_TEXTS}{party}",) for party in parties}
    return read_text_file(file, contract=contract, patterns=patterns, names=names)


def _load_consents(bank: Bank, town: Town, began: float, progress: Progress) -> Loaded:
    with bank.work() as work:
        read, taken = take_consent_file(work, town.folder / CONSENTS, progress=progress)
    return Loaded(
        name=CONSENT_RECORDS,
        rows=len(read.records),
        rejected=0,
        findings={},
        repeated=taken.batch_id is None,
        simulated=read.simulated,
        seconds=time.perf_counter() - began,
    )


def _loaded(result: ImportResult, findings: Mapping[str, int], began: float) -> Loaded:
    return Loaded(
        name=result.contract,
        rows=result.rows_read,
        rejected=result.rows_rejected,
        findings=dict(sorted(findings.items())),
        repeated=result.repeated,
        simulated=result.simulated,
        seconds=time.perf_counter() - began,
    )
