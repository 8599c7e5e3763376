"""What one worker makes (分工): its sources for every shard in order, each appended to its own files."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from creditloop.world import truth
from creditloop.world.draws import Ints
from creditloop.world.planted.people import people_of
from creditloop.world.planted.shard import Shard, shard_of
from creditloop.world.planted.shocks import shocks_of
from creditloop.world.setting import Setting
from creditloop.world.sources.asking import CHECKED, NOT_HEARD, missing, source_checks
from creditloop.world.sources.catalogue import SOURCE_CHECKS, SOURCES
from creditloop.world.sources.consents import (
    PLANTED,
    RECORDS,
    consent_needs,
    consent_records,
    planted_consents,
)
from creditloop.world.writing.corrections import Told, as_known, tell
from creditloop.world.writing.files import ShardFile
from creditloop.world.writing.schema import arrow_rows, source_schema

TRUTH = "truth"
"""In place of a source: the truth about parties, contagion, missing sources, consents; and their records."""
CONSENTS = "consents.parquet"
"""The bank's record of consents: of no contract, see `sources.consents`."""
HEARD = ".heard"
"""Folder of one file a source while the town is built: the first day each party is told of, as int32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A worker's share of the work.

    Attributes:
        contracts: folder of the contracts.
        folder: where the files go.
        names: its sources, and TRUTH if that is its work as well.
    """

    setting: Setting
    contracts: Path
    folder: Path
    names: tuple[str, ...]


def shard_count(setting: Setting) -> int:
    """Return how many shards a town has."""
    return -(-setting.parties // int(setting.plan["town.shard_parties"]))


def make_share(share: Share, *, done: Callable[[], None]) -> dict[str, int]:
    """Write a worker's files; `done` is called after each shard.

    Returns: rows of each file, by its path within the folder.
    """
    setting = share.setting
    planted = shocks_of(setting)
    makers = [_maker(share, name) for name in share.names]
    for index in range(shard_count(setting)):
        shard = shard_of(setting, planted, index=index, numbers=_numbers(setting, index))
        for maker in makers:
            maker.add(shard)
        done()
    return {file: rows for maker in makers for file, rows in maker.close().items()}


def make_checks(setting: Setting, *, contracts: Path, folder: Path) -> dict[str, int]:
    """Write the source that says when the others were asked, once they are made; forget what was kept for it.

    Returns: rows of its file, by its path within the folder.
    """
    schema = source_schema(contracts, SOURCE_CHECKS)
    name = f"{SOURCE_CHECKS}.parquet"
    file = ShardFile(folder / name, schema.arrow, group_rows=int(setting.plan["town.rows_of_group"]))
    heard = [np.memmap(folder / HEARD / source, dtype=np.int32, mode="r") for source in CHECKED]
    for index in range(shard_count(setting)):
        people = people_of(setting, _numbers(setting, index))
        days = np.column_stack([days[people.number[0] : people.number[-1] + 1] for days in heard])
        rows = source_checks(setting, index, people, days.astype(np.int64))
        file.append(arrow_rows(schema, rows, people.number))
    file.close()
    shutil.rmtree(folder / HEARD)
    return {name: file.rows}


def _numbers(setting: Setting, index: int) -> Ints:
    """Return the party numbers of a shard."""
    size = int(setting.plan["town.shard_parties"])
    return np.arange(index * size, min((index + 1) * size, setting.parties), dtype=np.int64)


def _maker(share: Share, name: str) -> "_SourceMaker | _TruthMaker":
    return _TruthMaker(share) if name == TRUTH else _SourceMaker(share, name)


class _SourceMaker:
    """Makes one source: its file, and the truth about its late and corrected facts where it can have any."""

    def __init__(self, share: Share, name: str) -> None:
        self._name, self._source = name, SOURCES[name]
        self._schema = source_schema(share.contracts, name)
        kept = {f"{name}.parquet": self._schema.arrow}
        if self._source.usual_days is not None:
            kept[f"{truth.FOLDER}/late/{name}.parquet"] = truth.LATE
        if self._source.amount is not None:
            kept[f"{truth.FOLDER}/corrected/{name}.parquet"] = truth.CORRECTED
        group_rows = int(share.setting.plan["town.rows_of_group"])
        self._files = {
            file: ShardFile(share.folder / file, schema, group_rows=group_rows)
            for file, schema in kept.items()
        }
        heard = share.folder / HEARD / name
        heard.parent.mkdir(exist_ok=True)
        self._heard = heard.open("wb")

    def add(self, shard: Shard) -> None:
        """Append a shard's rows and the truth about them."""
        told = self._told(shard)
        file, *truths = self._files.values()
        if self._source.usual_days is not None:
            truths.pop(0).append(truth.late(shard, self._source.day, told))
        if self._source.amount is not None:
            rows = truth.corrected(shard, self._source.day, self._source.amount, told, first_row=file.rows)
            truths.pop(0).append(rows)
        file.append(arrow_rows(self._schema, told.rows, shard.people.number))
        self._heard.write(_first_known(told, len(shard)).tobytes())

    def close(self) -> dict[str, int]:
        """Finish the files; return the rows of each."""
        self._heard.close()
        for file in self._files.values():
            file.close()
        return {name: file.rows for name, file in self._files.items()}

    def _told(self, shard: Shard) -> Told:
        rows = self._source.make(shard)
        rows = rows.take(~missing(shard.setting, shard.people, self._name)[rows.party])
        if self._source.usual_days is None:
            return as_known(shard.setting, rows)
        return tell(
            shard.setting,
            shard.generator(f"told.{self._name}"),
            rows,
            day=self._source.day,
            amount=self._source.amount,
            usual_days=self._source.usual_days,
        )


def _first_known(told: Told, parties: int) -> NDArray[np.int32]:
    """Return the first day on which something of each party was known, or NOT_HEARD."""
    first = np.full(parties, NOT_HEARD, dtype=np.int32)
    np.minimum.at(first, told.rows.party, told.rows.whole("known_on").astype(np.int32))
    return first


class _TruthMaker:
    """Makes what is of no source: the truth about parties, and the bank's records of their consents."""

    def __init__(self, share: Share) -> None:
        group_rows = int(share.setting.plan["town.rows_of_group"])
        needs = consent_needs(share.contracts, (*SOURCES, SOURCE_CHECKS))
        tables: dict[str, tuple[pa.Schema, Callable[[Shard], pa.Table]]] = {
            f"{truth.FOLDER}/parties.parquet": (truth.PARTIES, truth.parties),
            f"{truth.FOLDER}/contagion.parquet": (truth.CONTAGION, truth.contagion),
            f"{truth.FOLDER}/missing_sources.parquet": (truth.MISSING, truth.missing),
            f"{truth.FOLDER}/consents.parquet": (PLANTED, partial(planted_consents, needs=needs)),
            CONSENTS: (RECORDS, partial(consent_records, needs=needs)),
        }
        self._open = {
            name: (ShardFile(share.folder / name, schema, group_rows=group_rows), table)
            for name, (schema, table) in tables.items()
        }

    def add(self, shard: Shard) -> None:
        for file, table in self._open.values():
            file.append(table(shard))

    def close(self) -> dict[str, int]:
        for file, _ in self._open.values():
            file.close()
        return {name: file.rows for name, (file, _) in self._open.items()}
